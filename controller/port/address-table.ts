/** What the speaker asks of the kernel's tables of links and addresses. One adapter speaks rtnetlink; one fake keeps arrays. */
import type { IpPrefix } from "../net/ip.ts";
import type { Lifetime } from "../net/lifetime.ts";

export interface Link {
  readonly index: number;
  readonly name: string;
  /** Administratively up and with carrier. */
  readonly isUp: boolean;
  /** Six bytes, lower-case hex with colons. */
  readonly mac: string;
  readonly mtu: number;
  /** Whether it is a router of IPv6: neighbours believe what is announced from it. */
  readonly forwardsIpv6: boolean;
}

export interface LinkAddress {
  readonly interface: string;
  readonly prefix: IpPrefix;
  /** Whether the address carries our mark in the kernel (IFA_PROTO, Linux 5.18). */
  readonly isOurs: boolean;
  /** False for an IPv6 address that duplicate address detection is looking at, or has found to be taken. */
  readonly isUsable: boolean;
}

export interface Refreshment {
  readonly interface: string;
  readonly prefix: IpPrefix;
  readonly lifetime: Lifetime;
}

/** Addresses that a router takes over. Whoever claims the same again passes the same object, so that what was made ready for it is found. */
export interface AddressClaim {
  readonly interface: string;
  readonly prefixes: readonly IpPrefix[];
  readonly lifetime: Lifetime;
}

/** Every call may throw OperationFailure `kernel-refused`, when the kernel does not answer. */
export interface AddressTable {
  links(): Promise<readonly Link[]>;
  /** All addresses of the namespace, marked or not. */
  addresses(): Promise<readonly LinkAddress[]>;
  /**
   * Adds the address with our mark; one that is there unmarked gets it. It takes packets on
   * return. One of IPv6 is never the source of a connection by itself. Throws OperationFailure `interface-missing`, `address-refused` or `not-permitted`.
   */
  add(interfaceName: string, prefix: IpPrefix, lifetime?: Lifetime): Promise<void>;
  /**
   * Adds those that are not there, with our mark, all at once: it has happened on return. Answers which ones it has added, in
   * their order. What is there already, is refused, or takes more than a word to the kernel is not among them, and `add` sees to it.
   * It wakes nobody who watches.
   */
  claim(claim: AddressClaim): readonly IpPrefix[];
  /** It may be claimed later: what can be made ready for that is. */
  prepare(claim: AddressClaim): void;
  /**
   * Begins the lifetimes of addresses of ours anew, all at once: it has happened on return. It wakes nobody who watches.
   * Throws OperationFailure `kernel-refused` when one or more were refused.
   */
  refresh(refreshments: readonly Refreshment[]): void;
  /** Removes an address; one that is gone already is no failure. */
  remove(interfaceName: string, prefix: IpPrefix): Promise<void>;
  /** Calls back on every kernel notification about links or addresses, and says nothing of what changed: look again. */
  onChange(changed: () => void): Disposable;
}
