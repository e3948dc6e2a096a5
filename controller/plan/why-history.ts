/** The changes of role of one virtual router, as lines that a person reads from top to bottom. Pure. */
import { rfc3339 } from "../net/time.ts";
import type { Transition } from "../vrrp/virtual-router.ts";
import { ROLE_NAMES } from "./status-router.ts";

/** Oldest first, at most `shown` of them, and how to see more. */
export function historyLines(transitions: readonly Transition[], shown: number): readonly string[] {
  if (transitions.length === 0 || shown === 0) return [];
  const last = transitions.slice(-shown);
  const more = last.length < transitions.length ? "; --history N shows more" : "";
  return [
    `The last ${last.length} of ${transitions.length} changes of role that are kept${more}:`,
    ...last.flatMap(linesOf),
  ];
}

function linesOf({ at, from, to, effectivePriority, because, lostBefore }: Transition): readonly string[] {
  const change = `  ${rfc3339(at)}  ${ROLE_NAMES[from]} -> ${ROLE_NAMES[to]}, priority ${effectivePriority}: ${because}`;
  if (lostBefore === undefined) return [change];
  const what = lostBefore === 1 ? "1 change of role is" : `${lostBefore} changes of role are`;
  return [`  (${what} lost here: the speaker keeps the last ones while no agent runs)`, change];
}
