/** What pools listen on: each address and port belongs to one, and no pool may send requests to itself. */
import { authority, canonicalAuthority, canonicalHost } from "../net/authority.ts";
import { parseIpPrefix } from "../net/ip.ts";
import { formatKey } from "../resource/meta.ts";
import type { Located } from "../resource/parse.ts";
import type { Rejection } from "../resource/rejection.ts";
import { type Claim, settle, within } from "./cross-check-claims.ts";
import { keyOfLocated, type LocatedOf, ofKind, rejectAt } from "./cross-check-places.ts";

type ProxyPool = LocatedOf<"ProxyPool">;

const EVERY_ADDRESS = "every address";

export function checkListeners(manifests: readonly Located[]): Rejection[] {
  const addresses = addressesByVirtualIP(manifests);
  const pools = ofKind(manifests, "ProxyPool").map((pool) => ({ pool, hosts: hostsOf(pool, addresses) }));
  return [
    ...settle(pools.flatMap(({ pool, hosts }) => listenerClaims(pool, hosts))),
    ...pools.flatMap(({ pool, hosts }) => circles(pool, hosts)),
  ];
}

function addressesByVirtualIP(manifests: readonly Located[]): ReadonlyMap<string, readonly string[]> {
  return new Map(
    ofKind(manifests, "VirtualIP").map((vip) => [
      keyOfLocated(vip),
      vip.manifest.spec.addresses.map((text) => parseIpPrefix(text)?.address ?? text),
    ]),
  );
}

/** A pool on every address and one on a single address may share a port: nginx asks the more special one first. */
function hostsOf({ manifest }: ProxyPool, addresses: ReadonlyMap<string, readonly string[]>): string[] {
  const { metadata, spec } = manifest;
  if (spec.virtualIPs.length === 0) return [EVERY_ADDRESS];
  const keys = spec.virtualIPs.map((name) =>
    formatKey({ kind: "VirtualIP", namespace: metadata.namespace, name }),
  );
  return [...new Set(keys.flatMap((key) => addresses.get(key) ?? []))];
}

function listenerClaims(claimant: ProxyPool, hosts: readonly string[]): Claim<ProxyPool>[] {
  return claimant.manifest.spec.listeners.flatMap(({ port }, index) =>
    hosts.map((host) => ({
      claimant,
      path: ["spec", "listeners", index, "port"],
      thing: within(claimant, authority(host, port)),
      words: (owner) => `${port} on ${host} is taken by ${owner}`,
    })),
  );
}

const isLoopback = (host: string): boolean => host.startsWith("127.") || canonicalHost(host) === "::1";

function circles(pool: ProxyPool, hosts: readonly string[]): Rejection[] {
  const { listeners, backends } = pool.manifest.spec;
  const own = new Set(listeners.flatMap(({ port }) => hosts.map((host) => authority(host, port))));
  return backends.flatMap(({ address, port }, index) => {
    const name = canonicalAuthority(address, port);
    const isLocal = isLoopback(address) && own.has(authority(EVERY_ADDRESS, port));
    if (!isLocal && !own.has(name)) return [];
    const message = `${name} is what the pool itself listens on: requests would go round in a circle`;
    return [rejectAt(pool, ["spec", "backends", index, "address"], message)];
  });
}
