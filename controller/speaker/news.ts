/** What of the statuses is news when it changes: all but the counters of packets, some of which change every second. */
import type { RouterStatus } from "../vrrp/virtual-router.ts";

/** Equal as long as nothing is news. */
export function newsOf(statuses: readonly RouterStatus[]): string {
  return JSON.stringify(
    statuses.map(({ counters, ...status }) => ({ ...status, repaired: counters.addressesRepaired })),
  );
}
