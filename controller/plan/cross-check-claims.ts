/** What only one manifest may claim: names, addresses, virtual routers, listeners. The later of two is wrong. */
import { type Family, familyOf, parseIpPrefix } from "../net/ip.ts";
import { type FieldPath, formatPath } from "../resource/complaint.ts";
import type { Located } from "../resource/parse.ts";
import type { Rejection } from "../resource/rejection.ts";
import { keyOfLocated, type LocatedOf, nameAndPlace, ofKind, rejectAt } from "./cross-check-places.ts";

type VirtualIP = LocatedOf<"VirtualIP">;
type ProxyPool = LocatedOf<"ProxyPool">;

/** `sole`: those that are the first of their name. What the others say is of no interest until they are renamed. */
export function checkNames(manifests: readonly Located[]): {
  readonly sole: readonly Located[];
  readonly rejections: readonly Rejection[];
} {
  const owners = new Map<string, Located>();
  const rejections: Rejection[] = [];
  for (const located of manifests) {
    const key = keyOfLocated(located);
    const owner = owners.get(key);
    if (owner === undefined) owners.set(key, located);
    else {
      const message = `${key} is defined in ${owner.file}:${owner.line} already`;
      rejections.push(rejectAt(located, ["metadata", "name"], message));
    }
  }
  return { sole: [...owners.values()], rejections };
}

/** A field's claim to something that has one owner. */
export interface Claim<Claimant> {
  readonly claimant: Claimant;
  readonly path: FieldPath;
  /** Equal for claims that exclude each other. */
  readonly thing: string;
  readonly words: (owner: string) => string;
}

/** A manifest that claims something twice is refused by the rules of its own kind; and one complaint per field is enough. */
export function settle<Claimant extends VirtualIP | ProxyPool>(
  claims: readonly Claim<Claimant>[],
): Rejection[] {
  const owners = new Map<string, Claim<Claimant>>();
  const refused = new Map<Claimant, Map<string, Rejection>>();
  for (const claim of claims) {
    const { claimant, path, thing } = claim;
    const owner = owners.get(thing) ?? claim;
    owners.set(thing, owner);
    if (owner.claimant === claimant) continue;
    const fields = refused.get(claimant) ?? new Map<string, Rejection>();
    refused.set(claimant, fields);
    const field = formatPath(path);
    const message = claim.words(nameAndPlace(owner.claimant, owner.path));
    if (!fields.has(field)) fields.set(field, rejectAt(claimant, path, message));
  }
  return [...refused.values()].flatMap((fields) => [...fields.values()]);
}

/** An agent serves one namespace: what another namespace claims never meets this one's claims on a node. */
export const within = ({ manifest }: VirtualIP | ProxyPool, thing: string): string =>
  `${manifest.metadata.namespace} ${thing}`;

export function checkAddresses(manifests: readonly Located[]): Rejection[] {
  return settle(
    ofKind(manifests, "VirtualIP").flatMap((claimant) =>
      claimant.manifest.spec.addresses.map((text, index) => {
        const address = parseIpPrefix(text)?.address ?? text;
        return {
          claimant,
          path: ["spec", "addresses", index],
          thing: within(claimant, address),
          words: (owner) => `${address} is claimed by ${owner} already`,
        };
      }),
    ),
  );
}

/**
 * Each member needs the virtual router's number for itself on its interface and multicast group, in each address family;
 * what comes by unicast is told apart by nothing but the number. Members are compared, not VirtualIPs: the interface may
 * differ from member to member, and groups of machines that share none may be on other links.
 */
export function checkVirtualRouterIDs(manifests: readonly Located[]): Rejection[] {
  return settle(
    ofKind(manifests, "VirtualIP").flatMap((claimant) =>
      familiesOf(claimant).flatMap((family) => [
        ...numberClaims(claimant, family),
        ...macClaims(claimant, family),
      ]),
    ),
  );
}

const familiesOf = ({ manifest }: VirtualIP): Family[] => [
  ...new Set(
    manifest.spec.addresses.flatMap((text) => {
      const prefix = parseIpPrefix(text);
      return prefix === null ? [] : [familyOf(prefix.address)];
    }),
  ),
];

/** A virtual hardware address is made of the number alone, whatever the group. */
function macClaims(claimant: VirtualIP, family: Family): Claim<VirtualIP>[] {
  const { vrrp, members, interface: shared } = claimant.manifest.spec;
  if (!vrrp.virtualMAC) return [];
  return members.map((member) => {
    const place = `on ${member.interface ?? shared}`;
    return {
      claimant,
      path: ["spec", "vrrp", "virtualRouterID"],
      thing: within(claimant, `virtual MAC ${vrrp.virtualRouterID} ${family} ${place} ${member.node}`),
      words: (owner) =>
        `${vrrp.virtualRouterID} has one virtual MAC, which is used by ${owner} too, ${place}, and ${member.node} is a member of both`,
    };
  });
}

function numberClaims(claimant: VirtualIP, family: Family): Claim<VirtualIP>[] {
  const { vrrp, members, interface: shared } = claimant.manifest.spec;
  const group = family === "ipv6" ? "over IPv6" : `with group ${vrrp.multicastGroup}`;
  const way = vrrp.unicast ? `by unicast${family === "ipv6" ? " over IPv6" : ""}` : group;
  return members.map((member) => {
    const place = `on ${member.interface ?? shared} ${way}`;
    return {
      claimant,
      path: ["spec", "vrrp", "virtualRouterID"],
      thing: within(claimant, `${vrrp.virtualRouterID} ${place} ${member.node}`),
      words: (owner) =>
        `${vrrp.virtualRouterID} is used by ${owner} too, ${place}, and ${member.node} is a member of both`,
    };
  });
}
