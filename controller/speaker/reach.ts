/** Whether a router can speak on its interface as the kernel shows it now: pure, from one look at links and addresses. */
import { familyOf, type IpAddress, isLinkLocal } from "../net/ip.ts";
import type { Instant } from "../net/time.ts";
import type { Link, LinkAddress } from "../port/address-table.ts";
import { isOwner } from "../vrrp/priority.ts";
import type { RouterProblem, VirtualRouter } from "../vrrp/virtual-router.ts";

/** Nobody is taken over from while it lasts: the link may still be blocked (startupDelay). */
export interface Hold {
  readonly until: Instant;
  /** The delay itself is over; nothing has come in since the link came up. */
  readonly isSilent: boolean;
}

export interface Reach {
  readonly link: Link | null;
  /** Source of the advertisements. */
  readonly source: IpAddress | null;
  /** Since when this speaker has seen the interface up; `null` while it is not. */
  readonly upSince: Instant | null;
  /** As the line itself finds it. */
  readonly hold: Hold | null;
  /** What keeps the router from sending; `null`: nothing does. */
  readonly problem: RouterProblem | null;
}

export const NOT_LOOKED_YET: Reach = { link: null, source: null, upSince: null, hold: null, problem: null };

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
  const present = addresses.filter((each) => each.interface === name && !each.isOurs);
  const isUpSince = upSince.get(name) ?? null;
  const problem = lackOfOwner(router, present);
  const source = sourceOf(router, present, virtual);
  const isFound = typeof source === "string";
  return {
    link,
    source: isFound ? source : null,
    upSince: isUpSince,
    hold: null,
    problem: isFound ? problem : source,
  };
}

/** An owner may advertise from one of its virtual addresses, which is its own; best from another, as everybody does. */
function sourceOf(
  router: VirtualRouter,
  present: readonly LinkAddress[],
  virtual: ReadonlySet<IpAddress>,
): IpAddress | RouterProblem {
  const { family, transport } = router;
  const isNeighbourly = family === "ipv6" && transport.type === "multicast";
  // RFC 9568 §5.1.2.1: to the group of IPv6 a link-local address speaks.
  const names = present
    .filter(({ prefix, isUsable }) => isUsable && familyOf(prefix.address) === family)
    .map(({ prefix }) => prefix.address)
    .filter((address) => !isNeighbourly || isLinkLocal(address));
  const owned = isOwner(router) ? router.addresses.map(({ address }) => address) : [];
  const wanted = router.sourceAddress;
  const own = names.filter((address) => !virtual.has(address) || owned.includes(address));
  const found =
    wanted === null
      ? (own.find((address) => !owned.includes(address)) ?? own[0])
      : own.find((address) => address === wanted);
  if (found !== undefined) return found;
  const kind = isNeighbourly ? "link-local address" : family === "ipv6" ? "IPv6 address" : "address";
  const lack = wanted === null ? `has no ${kind} of its own` : `does not have the address ${wanted}`;
  return { code: "no-source-address", message: `${router.interface} ${lack} to advertise from` };
}

/** An owner that lacks its addresses would draw traffic that it cannot take. Their prefix length is its own affair. */
function lackOfOwner(router: VirtualRouter, present: readonly LinkAddress[]): RouterProblem | null {
  if (!isOwner(router)) return null;
  const names = new Set<IpAddress>(present.map(({ prefix }) => prefix.address));
  const missing = router.addresses.map(({ address }) => address).filter((address) => !names.has(address));
  if (missing.length === 0) return null;
  const message = `${router.interface} does not have ${missing.join(", ")} as its own: priority 255 is for the owner of the addresses`;
  return { code: "address-not-owned", message };
}

function unreachable(link: Link | null, code: RouterProblem["code"], message: string): Reach {
  return { link, source: null, upSince: null, hold: null, problem: { code, message } };
}
