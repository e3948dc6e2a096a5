/** What the speaker asks of the kernel's tables of links and addresses. One adapter speaks rtnetlink; one fake keeps arrays. */
import type { Prefix } from "../net/ipv4.ts";

export interface Link {
  readonly index: number;
  readonly name: string;
  /** Administratively up and with carrier. */
  readonly isUp: boolean;
  /** Six bytes, lower-case hex with colons. */
  readonly mac: string;
  readonly mtu: number;
}

export interface LinkAddress {
  readonly interface: string;
  readonly prefix: Prefix;
  /** Whether the address carries our mark in the kernel (IFA_PROTO, Linux 5.18). */
  readonly isOurs: boolean;
}

/** Every call may throw OperationFailure `kernel-refused`, when the kernel does not answer. */
export interface AddressTable {
  links(): Promise<readonly Link[]>;
  /** All IPv4 addresses of the namespace, marked or not. */
  addresses(): Promise<readonly LinkAddress[]>;
  /**
   * Adds the address with our mark; one that is there unmarked gets it. Throws OperationFailure `interface-missing`,
   * `address-refused` or `not-permitted`.
   */
  add(interfaceName: string, prefix: Prefix): Promise<void>;
  /** Removes an address; one that is gone already is no failure. */
  remove(interfaceName: string, prefix: Prefix): Promise<void>;
  /** Calls back on every kernel notification about links or addresses, and says nothing of what changed: look again. */
  onChange(changed: () => void): Disposable;
}
