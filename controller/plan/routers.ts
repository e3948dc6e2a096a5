/** VirtualIP → the virtual routers that the speaker runs for it on this node: one for each address family that it has. */
import { type Family, familyOf, type IpAddress, parseIpAddress, parseIpPrefix } from "../net/ip.ts";
import { spanOf } from "../resource/fields.ts";
import { keyOf, type ResourceOf } from "../resource/meta.ts";
import type { VirtualIPSpec } from "../resource/virtual-ip.ts";
import { bestPriority, OWNER_PRIORITY } from "../vrrp/priority.ts";
import type { Track, Transport, VirtualRouter } from "../vrrp/virtual-router.ts";
import { type Index, type Problem, routerName, type Surroundings } from "./desired.ts";
import { routerDrain } from "./drain.ts";
import { fateName, type PlacedMember, placedMembers } from "./groups.ts";
import { tracksOf, unknownTracks } from "./tracks.ts";

export interface ResolvedRouters {
  /** `null`: they cannot be resolved just now. */
  readonly routers: readonly VirtualRouter[] | null;
  readonly problems: readonly Problem[];
}

export function resolveRouters(
  vip: ResourceOf<"VirtualIP">,
  surroundings: Surroundings,
  index: Index,
): ResolvedRouters {
  const { spec } = vip;
  const member = spec.members.find(({ node }) => node === surroundings.node);
  if (member === undefined) return { routers: [], problems: [] };

  const problems: Problem[] = unknownTracks(vip, index);
  const password = passwordOf(vip, surroundings);
  if (password.problem !== null) return { routers: null, problems: [...problems, password.problem] };

  const tracks = tracksOf(vip, index);
  const members = placedMembers(vip, index);
  const basePriority = members.find(({ node }) => node === member.node)?.priority ?? member.priority;
  const shared = {
    name: routerName(vip),
    fate: fateName(vip),
    interface: member.interface ?? spec.interface,
    version: spec.vrrp.version,
    virtualRouterID: spec.vrrp.virtualRouterID,
    adverInterval: spanOf(spec.vrrp.advertisementInterval),
    checksumForm: CHECKSUM_FORMS[spec.vrrp.peerProfile],
    password: password.password,
    basePriority,
    rivalPriority: rivalPriority(members, surroundings.node, tracks),
    preempt: spec.vrrp.preempt,
    preemptDelay: spanOf(spec.vrrp.preemptDelay),
    startupDelay: spanOf(spec.vrrp.startupDelay),
    strictRFC: spec.vrrp.strictRFC,
    // Where nobody takes over, an address that outlives us does no harm, and nginx behind it still serves.
    deadMan: spec.vrrp.deadMan ?? spec.members.length > 1,
    virtualMAC: spec.vrrp.virtualMAC,
    // An owner cannot give up what is its own, so nothing may make it try.
    tracks: basePriority === OWNER_PRIORITY ? [] : tracks,
    ...(surroundings.drain === null ? {} : { drain: routerDrain(surroundings.drain) }),
  };
  const addresses = spec.addresses.flatMap((text) => parseIpPrefix(text) ?? []);
  const families = [...new Set(addresses.map(({ address }) => familyOf(address)))].sort();
  return {
    routers: families.map((family) => ({
      ...shared,
      family,
      transport: transportOf(spec, family, surroundings.node),
      sourceAddress: addressOf(member, family),
      addresses: addresses.filter(({ address }) => familyOf(address) === family),
    })),
    problems,
  };
}

/** An owner of the addresses counts only where there is no other rival: while it is there, nobody else is master anyway. */
function rivalPriority(
  members: readonly PlacedMember[],
  node: string,
  tracks: readonly Track[],
): number | null {
  const rivals = members.filter((member) => member.node !== node).map(({ priority }) => priority);
  const others = rivals.filter((priority) => priority !== OWNER_PRIORITY);
  if (rivals.length === 0) return null;
  return others.length === 0 ? OWNER_PRIORITY : Math.max(...others.map((base) => bestPriority(base, tracks)));
}

const CHECKSUM_FORMS = { keepalived: "pseudo-header", rfc9568: "message-only" } as const;

/** The rules of the kind have seen to it that every member has an address where they are needed. */
function transportOf({ vrrp, members }: VirtualIPSpec, family: Family, node: string): Transport {
  if (!vrrp.unicast) {
    return { type: "multicast", group: asAddress(family === "ipv6" ? IPV6_GROUP : vrrp.multicastGroup) };
  }
  const others = members.filter((member) => member.node !== node);
  const peers = others.flatMap((member) => addressOf(member, family) ?? []);
  return { type: "unicast", peers, ttl: vrrp.ttl };
}

/** Assigned by IANA (RFC 9568 §5.1.2.2). */
const IPV6_GROUP = "ff02::12";

function addressOf(
  { address, addressV6 }: VirtualIPSpec["members"][number],
  family: Family,
): IpAddress | null {
  const text = family === "ipv6" ? addressV6 : address;
  return text === undefined ? null : asAddress(text);
}

function asAddress(text: string): IpAddress {
  const address = parseIpAddress(text);
  if (address === null) throw new Error(`not an address, though the schema took it: ${text}`);
  return address;
}

type ResolvedPassword =
  | { readonly password: string | null; readonly problem: null }
  | { readonly password: null; readonly problem: Problem };

function passwordOf(vip: ResourceOf<"VirtualIP">, surroundings: Surroundings): ResolvedPassword {
  const { authentication } = vip.spec.vrrp;
  if (authentication === undefined) return { password: null, problem: null };
  if (authentication.passwordFile === undefined) {
    return { password: authentication.password ?? null, problem: null };
  }
  const file = surroundings.passwords.get(authentication.passwordFile);
  if (file !== undefined && "password" in file) return { password: file.password, problem: null };
  const why = file?.unreadable ?? "it has not been read yet";
  return {
    password: null,
    problem: {
      key: keyOf(vip),
      condition: "ReferencesResolved",
      reason: "PasswordUnreadable",
      message: `cannot read ${authentication.passwordFile}: ${why}; what runs stays as it is`,
    },
  };
}

/** The password files that the resources name, for the shell to read. */
export function passwordFiles(vips: readonly ResourceOf<"VirtualIP">[]): string[] {
  return [...new Set(vips.flatMap(({ spec }) => spec.vrrp.authentication?.passwordFile ?? []))];
}
