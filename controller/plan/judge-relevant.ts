/**
 * Which objects can have to do with what is wrong with one of them: a judgement in their company says the same as one in the
 * company of all, and costs little where there are thousands. Nothing but names, numbers and addresses are compared here; who
 * is right is for the checks to say. Pure.
 */
import { parseIpPrefix } from "../net/ip.ts";
import { hasKey, KINDS, type Kind, keyOf, type Resource, type ResourceOf } from "../resource/meta.ts";
import type { StoredResource } from "../resource/stored.ts";

type VirtualIP = ResourceOf<"VirtualIP">;
type ProxyPool = ResourceOf<"ProxyPool">;
type Test = (resource: Resource) => boolean;

/** Without the object in whose place `candidate` would come; in the order of `stored`. */
export function relevantTo(
  candidate: Resource,
  stored: readonly StoredResource[],
): readonly StoredResource[] {
  // Nothing is wrong with a check but what is wrong within it.
  if (candidate.kind === "HealthCheck") return [];
  const isMet = candidate.kind === "VirtualIP" ? sharesWith(candidate) : listensWith(candidate, stored);
  const isNamed = namedBy(candidate, stored);
  const key = keyOf(candidate);
  return stored.filter(({ resource }) => (isMet(resource) || isNamed(resource)) && !hasKey(resource, key));
}

/** Those that claim, or may claim, the same. */
function sharesWith({ metadata, spec }: VirtualIP): Test {
  const { group, vrrp } = spec;
  const addresses = new Set(spec.addresses.map(addressIn));
  return (resource) =>
    resource.kind === "VirtualIP" &&
    (resource.spec.vrrp.virtualRouterID === vrrp.virtualRouterID ||
      (group !== undefined && resource.spec.group === group) ||
      resource.spec.addresses.some((text) => addresses.has(addressIn(text)))) &&
    resource.metadata.namespace === metadata.namespace;
}

/** An IPv4 address has one form, and is told by its text. */
function addressIn(text: string): string {
  if (text.includes(":")) return parseIpPrefix(text)?.address ?? text;
  const end = text.indexOf("/");
  return end < 0 ? text : text.slice(0, end);
}

/** Pools on one of its ports whose addresses it may share, and the VirtualIPs that lend those. */
function listensWith({ metadata, spec }: ProxyPool, stored: readonly StoredResource[]): Test {
  const ports = new Set(spec.listeners.map(({ port }) => port));
  const named = new Set(spec.virtualIPs);
  const vips = neighbours(metadata.namespace, stored);
  const addresses = new Set(
    vips.filter((vip) => named.has(vip.metadata.name)).flatMap((vip) => vip.spec.addresses.map(addressIn)),
  );
  const lends = (vip: VirtualIP): boolean =>
    vip.spec.addresses.some((text) => addresses.has(addressIn(text)));
  const lenders = new Set(vips.filter(lends).map((vip) => vip.metadata.name));
  const isNear = ({ virtualIPs }: ProxyPool["spec"]): boolean =>
    named.size === 0 ? virtualIPs.length === 0 : virtualIPs.some((name) => lenders.has(name));
  return (resource) => {
    if (resource.kind === "HealthCheck") return false;
    const isMet =
      resource.kind === "VirtualIP"
        ? lenders.has(resource.metadata.name)
        : isNear(resource.spec) && resource.spec.listeners.some(({ port }) => ports.has(port));
    return isMet && resource.metadata.namespace === metadata.namespace;
  };
}

const neighbours = (namespace: string, stored: readonly StoredResource[]): readonly VirtualIP[] =>
  stored.flatMap(({ resource }) =>
    resource.kind === "VirtualIP" && resource.metadata.namespace === namespace ? [resource] : [],
  );

/** What it refers to. Of what is not there, all of the kind: what is said of it names the nearest. */
function namedBy(candidate: Resource, stored: readonly StoredResource[]): Test {
  const { namespace } = candidate.metadata;
  const wanted: { readonly [K in Kind]: ReadonlySet<string> } = {
    HealthCheck: checksOf(candidate, stored),
    VirtualIP: new Set(candidate.kind === "ProxyPool" ? candidate.spec.virtualIPs : []),
    ProxyPool: new Set(),
  };
  const isWanted: Test = ({ kind, metadata }) =>
    wanted[kind].has(metadata.name) && metadata.namespace === namespace;
  const found: { [K in Kind]: number } = { HealthCheck: 0, VirtualIP: 0, ProxyPool: 0 };
  for (const { resource } of stored) if (isWanted(resource)) found[resource.kind] += 1;
  const missing = new Set(KINDS.filter((kind) => found[kind] < wanted[kind].size));
  return (resource) => isWanted(resource) || missing.has(resource.kind);
}

/** A VirtualIP is judged by what its group tracks, too. */
function checksOf(candidate: Resource, stored: readonly StoredResource[]): ReadonlySet<string> {
  if (candidate.kind === "HealthCheck") return new Set();
  if (candidate.kind === "ProxyPool") {
    const { healthCheck } = candidate.spec;
    return new Set(healthCheck === undefined ? [] : [healthCheck]);
  }
  const { group } = candidate.spec;
  const companions =
    group === undefined
      ? []
      : neighbours(candidate.metadata.namespace, stored).filter(({ spec }) => spec.group === group);
  return new Set(
    [candidate, ...companions].flatMap(({ spec }) =>
      spec.track.flatMap(({ healthCheck }) => healthCheck ?? []),
    ),
  );
}
