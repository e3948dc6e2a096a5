/**
 * The IPv6 addresses of a lab's machines, where manifests have any: a link-local one, and one beside the virtual addresses, or
 * where there are none beside the first one that is said.
 * Both end in the machine's IPv4 address, so that a person recognises the machine. Pure.
 */
import { type IpAddress, ipBytes, isIpv6, isLinkLocal, parseIpAddress, parseIpPrefix } from "../net/ip.ts";
import type { Ipv4 } from "../net/ipv4.ts";
import { ipv6FromBytes } from "../net/ipv6.ts";
import type { ManifestOf } from "../resource/meta.ts";

type VirtualIP = ManifestOf<"VirtualIP">;

const LENGTH = 64;
const LINK_LOCAL = parseIpAddress("fe80::");

export class Ipv6Plan {
  readonly #virtual: readonly IpAddress[];
  /** By node, as the manifests say. */
  readonly #said: ReadonlyMap<string, readonly IpAddress[]>;

  /** `others`: by machine, what manifests say of machines that are no members. */
  constructor(virtualIPs: readonly VirtualIP[], others: ReadonlyMap<string, IpAddress>) {
    this.#virtual = virtualIPs.flatMap(({ spec }) => virtualAddresses(spec).filter(isIpv6));
    const said = new Map<string, IpAddress[]>();
    for (const { node, addressV6 } of virtualIPs.flatMap(({ spec }) => spec.members)) {
      const address = addressV6 === undefined ? null : parseIpAddress(addressV6);
      if (address !== null) said.set(node, [...(said.get(node) ?? []), address]);
    }
    for (const [machine, address] of others) said.set(machine, [address]);
    this.#said = said;
  }

  /** `ADDRESS/LENGTH` each. */
  prefixesOf(machine: string, ipv4: Ipv4): string[] {
    if (this.#virtual.length === 0 && this.#said.size === 0) return [];
    const said = this.#said.get(machine) ?? [];
    const linkLocal = said.some(isLinkLocal) || LINK_LOCAL === null ? [] : [within(LINK_LOCAL, ipv4)];
    const network = [...this.#virtual, ...[...this.#said.values()].flat()].find((each) => !isLinkLocal(each));
    const hasGlobal = said.some((address) => !isLinkLocal(address));
    const global = hasGlobal || network === undefined ? [] : [within(network, ipv4)];
    return [...new Set([...linkLocal, ...said, ...global])].map((address) => `${address}/${LENGTH}`);
  }
}

export const virtualAddresses = ({ addresses }: VirtualIP["spec"]): IpAddress[] =>
  addresses.flatMap((text) => parseIpPrefix(text)?.address ?? []);

/** In the network of `near`, with the IPv4 address as the last four bytes. */
function within(near: IpAddress, ipv4: Ipv4): IpAddress {
  const bytes = ipBytes(near);
  bytes.fill(0, LENGTH / 8);
  bytes.set(ipBytes(ipv4), 12);
  return ipv6FromBytes(bytes);
}
