/** What `holdfast drain` and `holdfast undrain` say. */
import type { Millis } from "../net/time.ts";
import { unreachable } from "../net/unreachable.ts";
import { type DrainedVirtualIP, type DrainView, formatObjection, type Objection } from "../plan/drain.ts";
import { formatDuration } from "../resource/duration.ts";

export const wordsOf = (reason: string): string => (reason === "" ? "" : `: ${reason}`);

/** What has become of each VirtualIP since the last look; a line each. */
export function newsOf(before: DrainView | null, { virtualIPs }: DrainView): readonly string[] {
  return virtualIPs.flatMap((vip) => {
    const known = before?.virtualIPs.find(({ virtualIP }) => virtualIP === vip.virtualIP);
    const line = lineOf(vip);
    return line === null || (known !== undefined && lineOf(known) === line) ? [] : [line];
  });
}

function lineOf({ virtualIP, stage, holder, wasHeld }: DrainedVirtualIP): string | null {
  switch (stage) {
    case null:
      return null;
    case "handing-over":
      return `vip/${virtualIP} is being handed over`;
    case "serving":
      return `vip/${virtualIP}: nobody took over`;
    case "away":
      return whereTo(virtualIP, holder, wasHeld);
    default:
      return unreachable(stage);
  }
}

function whereTo(virtualIP: string, holder: string | null, wasHeld: boolean): string {
  if (holder === null)
    return wasHeld ? `vip/${virtualIP} was let go` : `vip/${virtualIP} is not held by this node`;
  return wasHeld ? `vip/${virtualIP} was handed over to ${holder}` : `vip/${virtualIP} is held by ${holder}`;
}

export function drainedText({ node, drain }: DrainView): string {
  const what = drain === null ? "" : ` by ${drain.by} at ${drain.since}${wordsOf(drain.reason)}`;
  return `node/${node} is drained${what}. It stays out of service, also over restarts, until: holdfast undrain`;
}

/** The drain goes on: as with kubectl drain, a node that is not through in time stays out of service. */
export function impatientText({ node, virtualIPs }: DrainView, timeout: Millis): string {
  const left = virtualIPs.filter(({ stage }) => stage !== "away");
  return [
    `node/${node} is not drained within ${formatDuration(timeout)}; the drain goes on:`,
    ...left.map((vip) => `  ${lineOf(vip) ?? `vip/${vip.virtualIP} has not begun`}`),
    "holdfast status shows what becomes of it, and holdfast undrain ends it",
  ].join("\n");
}

export const warningText = (objection: Objection): string => `warning: ${formatObjection(objection)}`;

export function refusedText(objections: readonly Objection[], mayForce: boolean): string {
  return [
    "the node was not drained and stays in service:",
    ...objections.map((objection) => `  ${formatObjection(objection)}`),
    ...(mayForce ? ["--force drains it all the same, and nobody may hold these addresses then"] : []),
  ].join("\n");
}
