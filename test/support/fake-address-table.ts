/** The kernel's tables as arrays. It passes the same contract as the rtnetlink adapter (test/contract). */
import { formatIpPrefix, type IpPrefix, isIpv6 } from "../../controller/net/ip.ts";
import type { Lifetime } from "../../controller/net/lifetime.ts";
import { after, type Instant, secondsToMillis } from "../../controller/net/time.ts";
import type {
  AddressClaim,
  AddressTable,
  Link,
  LinkAddress,
  Refreshment,
} from "../../controller/port/address-table.ts";
import type { AlarmClock } from "../../controller/port/clock.ts";
import { OperationFailure } from "../../controller/port/failure.ts";
import { Gate } from "./gate.ts";

export class FakeAddressTable implements AddressTable {
  #links: Link[] = [];
  #addresses: LinkAddress[] = [];
  /** errno's name by address: the kernel refuses to add it. */
  readonly refusals = new Map<string, string>();
  readonly #watchers = new Set<() => void>();
  readonly #ends = new Map<string, Disposable>();
  /** Of every call of `refresh`, how many addresses it was for. */
  readonly refreshes: number[] = [];
  /** How often it was asked for all addresses. */
  timesAsked = 0;
  #clock: AlarmClock | null = null;
  readonly #looks = new Gate();
  readonly #additions = new Gate();
  #isOutdated = false;

  constructor(...interfaceNames: readonly string[]) {
    for (const name of interfaceNames) this.setLink(name, true);
  }

  async links(): Promise<readonly Link[]> {
    await this.#looks.opened;
    return [...this.#links];
  }

  async addresses(): Promise<readonly LinkAddress[]> {
    this.timesAsked++;
    const asked = this.#isOutdated ? [...this.#addresses] : null;
    await this.#looks.opened;
    return asked ?? [...this.#addresses];
  }

  /** A look at the tables is answered only after what is returned has been called, as when the kernel has much to tell. */
  stallLooks(
    by:
      | "what is there when it is answered"
      | "what was there when it was asked" = "what is there when it is answered",
  ): () => void {
    this.#isOutdated = by === "what was there when it was asked";
    const answer = this.#looks.close();
    return () => {
      this.#isOutdated = false;
      answer();
    };
  }

  /** What is to be added is added only after what is returned has been called; what is claimed at once is not concerned. */
  stallAdditions(): () => void {
    return this.#additions.close();
  }

  /** Lifetimes end by this clock; without one they never do. */
  ageBy(clock: AlarmClock): void {
    this.#clock = clock;
  }

  async add(interfaceName: string, prefix: IpPrefix, lifetime: Lifetime = null): Promise<void> {
    await this.#additions.opened;
    if (!this.#links.some((link) => link.name === interfaceName))
      throw new OperationFailure({ code: "interface-missing", interface: interfaceName });
    const address = formatIpPrefix(prefix);
    const isTaken = this.#addresses.some((each) => isNamesake(each, interfaceName, prefix) && !each.isOurs);
    const errno = this.refusals.get(address) ?? (isTaken ? "EEXIST" : undefined);
    if (errno !== undefined)
      throw new OperationFailure({ code: "address-refused", interface: interfaceName, address, errno });
    this.#addresses = this.#addresses.filter((each) => !isNamesake(each, interfaceName, prefix));
    this.#put({ interface: interfaceName, prefix, isOurs: true, isUsable: true });
    this.#live(interfaceName, prefix, lifetime);
  }

  claim({ interface: name, prefixes, lifetime }: AddressClaim): readonly IpPrefix[] {
    return prefixes.filter((prefix) => {
      const isThere = this.#addresses.some((each) => isSame(each, name, prefix));
      const isRefused =
        this.refusals.has(formatIpPrefix(prefix)) || !this.#links.some((link) => link.name === name);
      if (isThere || isRefused || isIpv6(prefix.address)) return false;
      this.#addresses = [...this.#addresses, { interface: name, prefix, isOurs: true, isUsable: true }];
      this.#live(name, prefix, lifetime);
      return true;
    });
  }

  prepare(): void {
    // Nothing to make ready.
  }

  refresh(refreshments: readonly Refreshment[]): void {
    this.refreshes.push(refreshments.length);
    for (const { interface: name, prefix, lifetime } of refreshments) {
      if (!this.#addresses.some((each) => isSame(each, name, prefix)))
        this.#put({ interface: name, prefix, isOurs: true, isUsable: true });
      this.#live(name, prefix, lifetime);
    }
  }

  async remove(interfaceName: string, prefix: IpPrefix): Promise<void> {
    this.removeByHand(interfaceName, prefix);
  }

  onChange(changed: () => void): Disposable {
    this.#watchers.add(changed);
    return { [Symbol.dispose]: () => this.#watchers.delete(changed) };
  }

  /** As if whoever watches had died. */
  forgetWatchers(): void {
    this.#watchers.clear();
  }

  /** As `ip addr add` does: without our mark. */
  addByHand(interfaceName: string, prefix: IpPrefix): void {
    this.#put({ interface: interfaceName, prefix, isOurs: false, isUsable: true });
  }

  /** As the kernel shows an IPv6 address while duplicate address detection is looking at it. */
  addTentative(interfaceName: string, prefix: IpPrefix): void {
    this.#put({ interface: interfaceName, prefix, isOurs: false, isUsable: false });
  }

  /** As a speaker that was killed leaves it behind. */
  addLeftover(interfaceName: string, prefix: IpPrefix): void {
    this.#put({ interface: interfaceName, prefix, isOurs: true, isUsable: true });
  }

  removeByHand(interfaceName: string, prefix: IpPrefix): void {
    const rest = this.#addresses.filter((each) => !isSame(each, interfaceName, prefix));
    if (rest.length === this.#addresses.length) return;
    this.#addresses = rest;
    this.#wake();
  }

  setLink(name: string, isUp: boolean): void {
    const known = this.#links.find((link) => link.name === name);
    const index = known?.index ?? Math.max(0, ...this.#links.map((link) => link.index)) + 1;
    const mac = `02:00:00:00:00:${index.toString(16).padStart(2, "0")}`;
    const link: Link = { index, name, isUp, mac, mtu: 1500, forwardsIpv6: known?.forwardsIpv6 ?? false };
    this.#links = [...this.#links.filter((each) => each !== known), link];
    this.#wake();
  }

  /** One on top of another, or with another hardware address. */
  setMac(name: string, mac: string): void {
    this.#links = this.#links.map((link) => (link.name === name ? { ...link, mac } : link));
  }

  setForwarding(name: string, forwardsIpv6: boolean): void {
    this.#links = this.#links.map((link) => (link.name === name ? { ...link, forwardsIpv6 } : link));
    this.#wake();
  }

  /** Its addresses go with it, as in the kernel. */
  removeLink(name: string): void {
    this.#links = this.#links.filter((link) => link.name !== name);
    this.#addresses = this.#addresses.filter((each) => each.interface !== name);
    this.#wake();
  }

  /** `eth0 10.0.0.1/24` each, marked ones with a star: what a test compares. */
  get listing(): readonly string[] {
    return this.#addresses
      .map((each) => `${each.interface} ${formatIpPrefix(each.prefix)}${each.isOurs ? " *" : ""}`)
      .sort();
  }

  #live(interfaceName: string, prefix: IpPrefix, lifetime: Lifetime): void {
    const key = `${interfaceName} ${formatIpPrefix(prefix)}`;
    this.#ends.get(key)?.[Symbol.dispose]();
    this.#ends.delete(key);
    if (lifetime === null || this.#clock === null) return;
    const end: Instant = after(this.#clock.now(), secondsToMillis(lifetime));
    this.#ends.set(
      key,
      this.#clock.alarm(end, () => this.removeByHand(interfaceName, prefix)),
    );
  }

  #put(address: LinkAddress): void {
    const others = this.#addresses.filter((each) => !isSame(each, address.interface, address.prefix));
    this.#addresses = [...others, address];
    this.#wake();
  }

  #wake(): void {
    for (const changed of [...this.#watchers]) changed();
  }
}

/** IPv6 has an address once per link, whatever its length. */
const isNamesake = (each: LinkAddress, interfaceName: string, prefix: IpPrefix): boolean =>
  isIpv6(prefix.address) &&
  each.interface === interfaceName &&
  each.prefix.address === prefix.address &&
  each.prefix.length !== prefix.length;

const isSame = (each: LinkAddress, interfaceName: string, prefix: IpPrefix): boolean =>
  each.interface === interfaceName && formatIpPrefix(each.prefix) === formatIpPrefix(prefix);
