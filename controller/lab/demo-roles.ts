/** The changes of role between two looks at a node, in keepalived's words. */
import type { RouterStatus } from "../vrrp/virtual-router.ts";

const STATES: Readonly<Record<RouterStatus["role"], string>> = {
  master: "MASTER",
  backup: "BACKUP",
  fault: "FAULT",
  initialize: "STOP",
};

/**
 * A mastership may be shorter than the pause between two looks: at a start the lower node takes over if it is a moment
 * earlier, and gives way at once. `counted`: how often the node had become master by the look before.
 */
export function statesSince(counted: number, { role, counters }: RouterStatus): readonly string[] {
  // A speaker that was started anew counts anew.
  const before = counters.becameMaster < counted ? 0 : counted;
  const wasMaster = role !== "master" && counters.becameMaster > before;
  return wasMaster ? [STATES.master, STATES[role]] : [STATES[role]];
}
