/** Whether a router can speak on its interface as the kernel shows it now: pure, from one look at links and addresses. */
import { type IpAddress, isIpv6 } from "../net/ip.ts";
import type { Ipv4 } from "../net/ipv4.ts";
import type { Instant } from "../net/time.ts";
import type { Link, LinkAddress } from "../port/address-table.ts";
import type { RouterProblem, VirtualRouter } from "../vrrp/virtual-router.ts";

export interface Reach {
  readonly link: Link | null;
  /** Source of the advertisements. */
  readonly source: Ipv4 | null;
  /** Since when this speaker has seen the interface up; `null` while it is not. */
  readonly upSince: Instant | null;
  /** What keeps the router from sending; `null`: nothing does. */
  readonly problem: RouterProblem | null;
}

export const NOT_LOOKED_YET: Reach = { link: null, source: null, upSince: null, problem: null };

/** One look at the kernel's tables. */
export interface Surroundings {
  readonly links: readonly Link[];
  readonly addresses: readonly LinkAddress[];
  /** Since when each interface is up, by name. */
  readonly upSince: ReadonlyMap<string, Instant>;
  /** All virtual addresses that this node speaks for: none of them is a source, marked or not. */
  readonly virtual: ReadonlySet<IpAddress>;
}

export function reachOf(router: VirtualRouter, { links, addresses, upSince, virtual }: Surroundings): Reach {
  const name = router.interface;
  const link = links.find((each) => each.name === name) ?? null;
  if (link === null) return unreachable(null, "interface-missing", `there is no interface ${name}`);
  if (!link.isUp) return unreachable(link, "interface-down", `${name} is down or has no carrier`);
  const own = addresses
    .filter((each) => each.interface === name && !each.isOurs && !virtual.has(each.prefix.address))
    .map(({ prefix }) => prefix.address)
    .filter((address): address is Ipv4 => !isIpv6(address));
  const wanted = router.sourceAddress;
  const source = wanted === null ? own[0] : own.find((address) => address === wanted);
  const isUpSince = upSince.get(name) ?? null;
  if (source !== undefined) return { link, source, upSince: isUpSince, problem: null };
  const lack = wanted === null ? "has no address of its own" : `does not have the address ${wanted}`;
  const message = `${name} ${lack} to advertise from`;
  return { link, source: null, upSince: isUpSince, problem: { code: "no-source-address", message } };
}

function unreachable(link: Link | null, code: RouterProblem["code"], message: string): Reach {
  return { link, source: null, upSince: null, problem: { code, message } };
}
