/** VirtualIP → the virtual router that the speaker runs for it on this node. */
import { type Ipv4, parseIpv4, parsePrefix } from "../net/ipv4.ts";
import { spanOf } from "../resource/fields.ts";
import { keyOf, type ResourceOf } from "../resource/meta.ts";
import type { VirtualIPSpec } from "../resource/virtual-ip.ts";
import { bestPriority, OWNER_PRIORITY } from "../vrrp/priority.ts";
import type { Track, Transport, VirtualRouter } from "../vrrp/virtual-router.ts";
import { type Index, type Problem, routerName, type Surroundings } from "./desired.ts";
import { fateName, type PlacedMember, placedMembers } from "./groups.ts";
import { tracksOf, unknownTracks } from "./tracks.ts";

export interface ResolvedRouter {
  readonly router: VirtualRouter | null;
  readonly problems: readonly Problem[];
}

export function resolveRouter(
  vip: ResourceOf<"VirtualIP">,
  surroundings: Surroundings,
  index: Index,
): ResolvedRouter {
  const { spec } = vip;
  const member = spec.members.find(({ node }) => node === surroundings.node);
  if (member === undefined) return { router: null, problems: [] };

  const problems: Problem[] = unknownTracks(vip, index);
  const password = passwordOf(vip, surroundings);
  if (password.problem !== null) return { router: null, problems: [...problems, password.problem] };

  const group = addressOf(spec.vrrp.multicastGroup);
  const tracks = tracksOf(vip, index);
  const members = placedMembers(vip, index);
  const basePriority = members.find(({ node }) => node === member.node)?.priority ?? member.priority;
  return {
    router: {
      name: routerName(vip),
      fate: fateName(vip),
      interface: member.interface ?? spec.interface,
      version: spec.vrrp.version,
      virtualRouterID: spec.vrrp.virtualRouterID,
      adverInterval: spanOf(spec.vrrp.advertisementInterval),
      transport: transportOf(spec, surroundings.node),
      multicastGroup: group,
      checksumForm: CHECKSUM_FORMS[spec.vrrp.peerProfile],
      password: password.password,
      sourceAddress: member.address === undefined ? null : addressOf(member.address),
      basePriority,
      rivalPriority: rivalPriority(members, surroundings.node, tracks),
      preempt: spec.vrrp.preempt,
      preemptDelay: spanOf(spec.vrrp.preemptDelay),
      startupDelay: spanOf(spec.vrrp.startupDelay),
      strictRFC: spec.vrrp.strictRFC,
      // Where nobody takes over, an address that outlives us does no harm, and nginx behind it still serves.
      deadMan: spec.vrrp.deadMan ?? spec.members.length > 1,
      addresses: spec.addresses.flatMap((text) => parsePrefix(text) ?? []),
      // An owner cannot give up what is its own, so nothing may make it try.
      tracks: basePriority === OWNER_PRIORITY ? [] : tracks,
    },
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
function transportOf({ vrrp, members }: VirtualIPSpec, node: string): Transport {
  if (!vrrp.unicast) return { type: "multicast", group: addressOf(vrrp.multicastGroup) };
  const others = members.filter((member) => member.node !== node);
  const peers = others.flatMap(({ address }) => (address === undefined ? [] : [addressOf(address)]));
  return { type: "unicast", peers, ttl: vrrp.ttl };
}

function addressOf(text: string): Ipv4 {
  const address = parseIpv4(text);
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
