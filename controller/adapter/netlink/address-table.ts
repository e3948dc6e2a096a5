/** The kernel's tables of links and addresses, by rtnetlink. Addresses that it adds carry our mark (IFA_PROTO). */
import { release } from "node:os";
import { formatIpPrefix, type IpPrefix, isIpv6 } from "../../net/ip.ts";
import type { Lifetime } from "../../net/lifetime.ts";
import type { AddressClaim, AddressTable, Link, LinkAddress, Refreshment } from "../../port/address-table.ts";
import { OperationFailure } from "../../port/failure.ts";
import { isVirtualLinkName } from "../../vrrp/virtual-mac.ts";
import { type Libc, SystemCallFailure } from "../libc/libc.ts";
import { AddressSocket, type Creation, creationOf } from "./address-socket.ts";
import { ChangeMonitor } from "./change-monitor.ts";
import { ChangeSocket } from "./change-socket.ts";
import { NLM_F } from "./framing.ts";
import { surelyKeepsMark } from "./kernel-release.ts";
import { LocalRoutes } from "./local-routes.ts";
import {
  ADDRESS_MARK,
  decodeAddress,
  decodeLink,
  encodeAddress,
  encodeAddressDump,
  encodeLinkDump,
  type KernelAddress,
  RTM,
} from "./messages.ts";
import { RouteSocket } from "./route-socket.ts";

/** Both mean that what should be removed is not there. */
const GONE: ReadonlySet<string> = new Set(["EADDRNOTAVAIL", "ENODEV"]);

interface Encoded {
  readonly linkIndex: number;
  readonly lifetime: Lifetime;
  readonly payload: Uint8Array;
}

/** All that is needed for a claim but the calls. */
interface Prepared {
  readonly linkIndex: number;
  readonly keepsMark: boolean;
  readonly prefixes: readonly IpPrefix[];
  readonly creation: Creation;
}

export class NetlinkAddressTable implements AddressTable, Disposable {
  readonly #libc: Libc;
  readonly #route = new RouteSocket();
  readonly #changes: ChangeSocket;
  readonly #localRoutes: LocalRoutes;
  readonly #socket: AddressSocket;
  readonly #monitor: ChangeMonitor;
  readonly #known = new WeakMap<IpPrefix, Encoded>();
  readonly #claims = new WeakMap<AddressClaim, Prepared>();
  /** Whether this kernel keeps the mark. One look is enough, and none is better: it would be on the way of the first take-over. */
  #keepsMark = surelyKeepsMark(release());
  #look: Promise<boolean> | null = null;
  /** Of this turn of the event loop: 250 addresses that are added at once are mostly on one interface. */
  readonly #indexes = new Map<string, number | null>();

  constructor(libc: Libc) {
    this.#libc = libc;
    this.#changes = new ChangeSocket(libc);
    this.#localRoutes = new LocalRoutes(libc);
    const socket = new AddressSocket(libc);
    this.#socket = socket;
    this.#monitor = new ChangeMonitor(libc, () => socket.port);
  }

  async links(): Promise<readonly Link[]> {
    const payloads = await this.#route.dump(RTM.getLink, encodeLinkDump()).catch(refused("list links"));
    return payloads.map(decodeLink).filter((link) => link !== null);
  }

  async addresses(): Promise<readonly LinkAddress[]> {
    const [links, addresses] = await Promise.all([this.links(), this.#kernelAddresses()]);
    const names = new Map(links.map((link) => [link.index, link.name]));
    return addresses.flatMap(({ linkIndex, prefix, mark, isUsable }) => {
      const name = names.get(linkIndex);
      return name === undefined ? [] : [{ interface: name, prefix, isOurs: mark === ADDRESS_MARK, isUsable }];
    });
  }

  async add(interfaceName: string, prefix: IpPrefix, lifetime: Lifetime = null): Promise<void> {
    const linkIndex = this.#indexOf(interfaceName);
    if (linkIndex === null)
      throw new OperationFailure({ code: "interface-missing", interface: interfaceName });
    try {
      const payload = encodeAddress(linkIndex, prefix, lifetime, isVirtualLinkName(interfaceName));
      await this.#addMarked(linkIndex, prefix, payload);
      if (!this.#keepsMark) await this.#verifyMark(linkIndex, prefix);
      if (isIpv6(prefix.address)) await this.#localRoutes.led(linkIndex, prefix.address);
    } catch (error) {
      throw refusal(error, interfaceName, prefix);
    }
  }

  async remove(interfaceName: string, prefix: IpPrefix): Promise<void> {
    const linkIndex = this.#indexOf(interfaceName);
    if (linkIndex === null) return;
    try {
      await this.#delete(linkIndex, prefix);
    } catch (error) {
      throw refusal(error, interfaceName, prefix);
    }
  }

  claim(claim: AddressClaim): readonly IpPrefix[] {
    // To ask for the index is three system calls, in which nobody answers for the addresses. Of an interface that has gone since the
    // claim was made ready the kernel refuses it.
    const linkIndex = this.#claims.get(claim)?.linkIndex ?? this.#indexOf(claim.interface);
    if (linkIndex === null) return [];
    const { prefixes, creation } = this.#prepared(claim, linkIndex);
    if (prefixes.length === 0) return prefixes;
    try {
      const refusals = this.#socket.create(creation);
      return refusals.size === 0 ? prefixes : prefixes.filter((_, place) => !refusals.has(place));
    } catch (error) {
      if (!(error instanceof SystemCallFailure)) throw error;
      // Whoever adds what is missing is told why it is refused.
      return [];
    }
  }

  prepare(claim: AddressClaim): void {
    const linkIndex = this.#indexOf(claim.interface);
    if (linkIndex !== null) this.#prepared(claim, linkIndex);
  }

  refresh(refreshments: readonly Refreshment[]): void {
    const names = new Set(refreshments.map((each) => each.interface));
    const indexes = new Map([...names].map((name) => [name, this.#libc.interfaceIndex(name)]));
    const payloads = refreshments.flatMap(({ interface: name, prefix, lifetime }) => {
      const linkIndex = indexes.get(name) ?? null;
      return linkIndex === null ? [] : [this.#encoded(linkIndex, prefix, lifetime, isVirtualLinkName(name))];
    });
    try {
      const errno = this.#socket.replace(payloads);
      if (errno !== null) throw new SystemCallFailure("rtnetlink", errno);
    } catch (error) {
      refused("refresh addresses")(error);
    }
  }

  onChange(changed: () => void): Disposable {
    return this.#monitor.watch(changed);
  }

  [Symbol.dispose](): void {
    this.#route[Symbol.dispose]();
    this.#changes[Symbol.dispose]();
    this.#localRoutes[Symbol.dispose]();
    this.#socket[Symbol.dispose]();
    this.#monitor[Symbol.dispose]();
  }

  #indexOf(interfaceName: string): number | null {
    const known = this.#indexes.get(interfaceName);
    if (known !== undefined) return known;
    const index = this.#libc.interfaceIndex(interfaceName);
    if (this.#indexes.size === 0) queueMicrotask(() => this.#indexes.clear());
    this.#indexes.set(interfaceName, index);
    return index;
  }

  async #kernelAddresses(): Promise<readonly KernelAddress[]> {
    const dump = this.#route.dump(RTM.getAddress, encodeAddressDump());
    const payloads = await dump.catch(refused("list addresses"));
    return payloads.map(decodeAddress).filter((address) => address !== null);
  }

  #prepared(claim: AddressClaim, linkIndex: number): Prepared {
    const known = this.#claims.get(claim);
    if (known?.linkIndex === linkIndex && known.keepsMark === this.#keepsMark) return known;
    // The others take an answer of the kernel or two, for which one has to wait.
    const prefixes = this.#keepsMark ? claim.prefixes.filter(({ address }) => !isIpv6(address)) : [];
    const isOnVirtualLink = isVirtualLinkName(claim.interface);
    const creation = creationOf(
      prefixes.map((prefix) => this.#encoded(linkIndex, prefix, claim.lifetime, isOnVirtualLink)),
    );
    const prepared = { linkIndex, keepsMark: this.#keepsMark, prefixes, creation };
    this.#claims.set(claim, prepared);
    return prepared;
  }

  /** The same addresses are refreshed second by second: encoding 200 of them anew costs ten times what the kernel does. */
  #encoded(linkIndex: number, prefix: IpPrefix, lifetime: Lifetime, isOnVirtualLink: boolean): Uint8Array {
    const known = this.#known.get(prefix);
    if (known?.linkIndex === linkIndex && known.lifetime === lifetime) return known.payload;
    const payload = encodeAddress(linkIndex, prefix, lifetime, isOnVirtualLink);
    this.#known.set(prefix, { linkIndex, lifetime, payload });
    return payload;
  }

  /** An address that is there already, put by hand and unmarked, is taken over: the mark is set only when it is added. */
  async #addMarked(linkIndex: number, prefix: IpPrefix, payload: Uint8Array): Promise<void> {
    const attempt = () => this.#changes.request(RTM.newAddress, payload, NLM_F.create | NLM_F.exclusive);
    try {
      await attempt();
    } catch (error) {
      if (!isErrno(error, "EEXIST")) throw error;
      const namesakes = await this.#find(linkIndex, ({ address }) => address === prefix.address);
      const isSame = (each: KernelAddress): boolean => each.prefix.length === prefix.length;
      const isOurs = ({ mark }: KernelAddress): boolean => mark === ADDRESS_MARK;
      if (namesakes.some((each) => isSame(each) && isOurs(each))) return;
      // IPv6 has an address once per link, whatever its length: one of ours with another length gives way as well.
      const gaveWay = namesakes.filter((each) => isSame(each) || (isIpv6(prefix.address) && isOurs(each)));
      for (const each of gaveWay) await this.#delete(linkIndex, each.prefix);
      await attempt();
    }
  }

  /** A kernel before 5.18 ignores IFA_PROTO; an address that could not be told from others must not stay. */
  async #verifyMark(linkIndex: number, prefix: IpPrefix): Promise<void> {
    // One look for all that are being added together: 250 looks at 250 addresses took longer than everything else.
    this.#look ??= this.#isMarked(linkIndex, prefix);
    this.#keepsMark = await this.#look;
    this.#look = null;
    if (this.#keepsMark) return;
    await this.#delete(linkIndex, prefix);
    throw new SystemCallFailure("rtnetlink", "EOPNOTSUPP (this kernel keeps no IFA_PROTO; Linux 5.18 does)");
  }

  async #isMarked(linkIndex: number, prefix: IpPrefix): Promise<boolean> {
    const [found] = await this.#find(linkIndex, (each) => formatIpPrefix(each) === formatIpPrefix(prefix));
    // One that has vanished meanwhile proves nothing against the kernel; whoever watches will see that it is gone.
    return found === undefined || found.mark === ADDRESS_MARK;
  }

  async #find(linkIndex: number, isMeant: (prefix: IpPrefix) => boolean): Promise<readonly KernelAddress[]> {
    const all = await this.#kernelAddresses();
    return all.filter((each) => each.linkIndex === linkIndex && isMeant(each.prefix));
  }

  async #delete(linkIndex: number, prefix: IpPrefix): Promise<void> {
    try {
      await this.#changes.request(RTM.deleteAddress, encodeAddress(linkIndex, prefix), 0);
    } catch (error) {
      if (!(error instanceof SystemCallFailure && GONE.has(error.errno))) throw error;
    }
  }
}

const isErrno = (error: unknown, errno: string): boolean =>
  error instanceof SystemCallFailure && error.errno === errno;

const refused =
  (operation: string) =>
  (error: unknown): never => {
    if (!(error instanceof SystemCallFailure)) throw error;
    throw new OperationFailure({ code: "kernel-refused", operation, errno: error.errno }, error);
  };

function refusal(error: unknown, interfaceName: string, prefix: IpPrefix): unknown {
  if (!(error instanceof SystemCallFailure)) return error;
  const address = formatIpPrefix(prefix);
  if (error.errno === "EPERM" || error.errno === "EACCES")
    return new OperationFailure({
      code: "not-permitted",
      operation: `change address ${address} of ${interfaceName}`,
      needs: "CAP_NET_ADMIN",
    });
  if (error.errno === "ENODEV")
    return new OperationFailure({ code: "interface-missing", interface: interfaceName });
  return new OperationFailure(
    { code: "address-refused", interface: interfaceName, address, errno: error.errno },
    error,
  );
}
