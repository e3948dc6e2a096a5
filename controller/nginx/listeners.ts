/**
 * Who answers on which address and port.
 *
 * nginx binds one socket per port and address family, the wildcard, and tells the addresses apart by where a connection
 * arrived (it does so on its own when a wildcard listener is there). So a VIP may come and go, or be somewhere else, and no socket changes.
 */
import { type IpAddress, isIpv6 } from "../net/ip.ts";
import type { Pool } from "./model.ts";

/** `*` or `[::]`, or one address; as nginx spells them. */
export interface Listener {
  readonly host: string;
  readonly port: number;
}

export interface Listening {
  /** By the name of the pool; empty for one that got none. */
  readonly claims: ReadonlyMap<string, readonly Listener[]>;
  readonly conflicts: readonly ListenerConflict[];
  /** All ports, ascending. */
  readonly ports: readonly number[];
  /** Where no pool takes every address of the family: whoever comes to another one is turned away. */
  readonly turnedAway: readonly Listener[];
}

/** Two pools want one address and port; nginx would serve only the first. */
export interface ListenerConflict {
  readonly pool: string;
  readonly listener: Listener;
  readonly heldBy: string;
}

export const formatListener = ({ host, port }: Listener): string => `${host}:${port}`;

/** `pools` in the order of their claims: the earlier one keeps a listener that both want. */
export function listening(pools: readonly Pool[]): Listening {
  const holders = new Map<string, string>();
  const claims = new Map<string, Listener[]>();
  const conflicts: ListenerConflict[] = [];
  const wildcards = everyAddress(pools);
  for (const pool of pools) {
    const claimed: Listener[] = [];
    for (const listener of wantedBy(pool, wildcards)) {
      const key = formatListener(listener);
      const heldBy = holders.get(key);
      if (heldBy === pool.name) continue;
      if (heldBy !== undefined) conflicts.push({ pool: pool.name, listener, heldBy });
      else {
        holders.set(key, pool.name);
        claimed.push(listener);
      }
    }
    claims.set(pool.name, claimed);
  }
  const all = [...claims.values()].flat();
  const ports = [...new Set(all.map(({ port }) => port))].sort((a, b) => a - b);
  return { claims, conflicts, ports, turnedAway: ports.flatMap((port) => missingWildcards(all, port)) };
}

const EVERY_IPV4 = "*";
const EVERY_IPV6 = "[::]";
export const isWildcard = ({ host }: Listener): boolean => host === EVERY_IPV4 || host === EVERY_IPV6;

/** IPv6 only where some pool has such an address: a node may have none, and nginx would not start. */
function everyAddress(pools: readonly Pool[]): readonly string[] {
  const hasIpv6 = pools.some(({ addresses }) => addresses.some(isIpv6));
  return hasIpv6 ? [EVERY_IPV4, EVERY_IPV6] : [EVERY_IPV4];
}

function missingWildcards(all: readonly Listener[], port: number): Listener[] {
  const hosts = all.filter((listener) => listener.port === port).map(({ host }) => host);
  const needed = new Set(hosts.map((host) => (host.startsWith("[") ? EVERY_IPV6 : EVERY_IPV4)));
  return [...needed]
    .filter((host) => !hosts.includes(host))
    .sort()
    .map((host) => ({ host, port }));
}

const hostOf = (address: IpAddress): string => (isIpv6(address) ? `[${address}]` : address);

function wantedBy(pool: Pool, wildcards: readonly string[]): Listener[] {
  const hosts = pool.addresses.length === 0 ? wildcards : pool.addresses.map(hostOf).sort();
  const ports = [...pool.ports].sort((a, b) => a - b);
  return hosts.flatMap((host) => ports.map((port) => ({ host, port })));
}
