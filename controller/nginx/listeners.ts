/**
 * Who answers on which address and port.
 *
 * nginx binds one socket per port, the wildcard, and tells the addresses apart by where a connection arrived (it does so
 * on its own when a wildcard listener is there). So a VIP may come and go, or be somewhere else, and no socket changes.
 */
import type { Pool } from "./model.ts";

/** `*`, or one address. */
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
  /** Ports on which no pool takes every address: others are turned away. */
  readonly portsWithoutWildcard: readonly number[];
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
  for (const pool of pools) {
    const claimed: Listener[] = [];
    for (const listener of wantedBy(pool)) {
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
  const wildcards = new Set(all.filter(({ host }) => host === "*").map(({ port }) => port));
  return { claims, conflicts, ports, portsWithoutWildcard: ports.filter((port) => !wildcards.has(port)) };
}

function wantedBy(pool: Pool): Listener[] {
  const hosts = pool.addresses.length === 0 ? ["*"] : [...pool.addresses].sort();
  const ports = [...pool.ports].sort((a, b) => a - b);
  return hosts.flatMap((host) => ports.map((port) => ({ host, port })));
}
