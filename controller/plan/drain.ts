/**
 * A node that is to be out of service: what speaks against it, how far it is, and what came of it. Pure. `drained` is a fact
 * about the node, whoever says it; today `holdfast drain` does.
 */
import { type Millis, millis, rfc3339, type WallTime } from "../net/time.ts";
import { shortName } from "../vrrp/priority.ts";
import { handOverTime } from "../vrrp/timing.ts";
import type { DrainStage, RouterDrain, RouterStatus, VirtualRouter } from "../vrrp/virtual-router.ts";

export interface Drain {
  /** Who wanted it. */
  readonly by: string;
  /** Empty: none was given. */
  readonly reason: string;
  readonly since: WallTime;
  /** Addresses that nobody takes over are let go, too. */
  readonly isForced: boolean;
}

export type DrainPhase = "InService" | "Draining" | "Drained";

/** Why a node cannot be drained, or what it would cost. */
export interface Objection {
  /** Its name without the namespace; null: it is about the node. */
  readonly virtualIP: string | null;
  readonly message: string;
}

export const drainInWords = ({ by, reason, since }: Drain): string =>
  drainReportInWords({ by, reason, since: rfc3339(since) });

export const drainReportInWords = ({ by, reason, since }: Omit<DrainInWords, "isForced">): string =>
  `drained by ${by} at ${since}${reason === "" ? "" : `: ${reason}`}`;

export const routerDrain = (drain: Drain): RouterDrain => ({
  because: drainInWords(drain),
  isForced: drain.isForced,
});

/** `Drained` is only said of a node that is known to hold nothing any more. */
export function phaseOf(
  drain: { readonly isSettled: boolean } | null,
  routers: readonly RouterStatus[],
): DrainPhase {
  if (drain === null) return "InService";
  return drain.isSettled && routers.every(({ drain: stage }) => stage === "away") ? "Drained" : "Draining";
}

/** How one VirtualIP stands in it. */
export interface DrainedVirtualIP {
  readonly virtualIP: string;
  /** null: the speaker has not begun with it. */
  readonly stage: DrainStage | null;
  /** Who has been heard to hold the addresses lately. */
  readonly holder: string | null;
  /** Whether this node held them when the drain began. */
  readonly wasHeld: boolean;
}

/** What is told to who waits for it. */
export interface DrainView {
  readonly node: string;
  readonly phase: DrainPhase;
  /** null: in service. */
  readonly drain: DrainInWords | null;
  /** Why the last drain came to nothing, since the agent runs. */
  readonly refusal: DrainRefusal | null;
  readonly virtualIPs: readonly DrainedVirtualIP[];
}

/** To who wants the drain. */
export type DrainAnswer =
  /** `warnings`: what was overridden by force. */
  | { readonly ok: true; readonly view: DrainView; readonly warnings: readonly Objection[] }
  | { readonly ok: false; readonly objections: readonly Objection[] };

export type DrainInWords = Omit<Drain, "since"> & {
  /** RFC 3339; also names the drain. */
  readonly since: string;
};

export interface DrainRefusal {
  /** Of the drain that was refused. */
  readonly since: string;
  readonly objections: readonly Objection[];
}

/** The node out of service, as the report says it. */
export type DrainReport = DrainInWords & { readonly phase: "Draining" | "Drained" };

export const inWords = (drain: Drain): DrainInWords => ({ ...drain, since: rfc3339(drain.since) });

/** A drain that is under way. It counts for the speaker, but not for the next life of the agent. */
export interface Attempt {
  /** Routers that were master when it began. */
  readonly held: readonly string[];
  /** More than the speaker takes, so that a refusal comes from what was seen wherever it can. */
  readonly patience: Millis;
}

/** A speaker under load, and the way there and back. */
const MARGIN = millis(5_000);

export function attemptOf(
  routers: readonly Pick<VirtualRouter, "version" | "adverInterval">[],
  statuses: readonly RouterStatus[],
): Attempt {
  const longest = Math.max(
    0,
    ...routers.map(({ version, adverInterval }) => handOverTime(version, adverInterval)),
  );
  return {
    held: statuses.filter(({ role }) => role === "master").map(({ name }) => name),
    // Twice: of a group one interface may be followed long after the other.
    patience: millis(2 * longest + MARGIN),
  };
}

export type Outcome =
  | { readonly type: "under-way" }
  | { readonly type: "drained" }
  | { readonly type: "refused"; readonly objections: readonly Objection[] };

const UNDER_WAY: Outcome = { type: "under-way" };

export interface AttemptSeen {
  /** Whether the speaker runs the membership in which the node is drained. */
  readonly membershipInForce: boolean;
  readonly routers: readonly RouterStatus[];
  readonly isLate: boolean;
}

/**
 * Whole or not at all: a node from which one address cannot be taken stays in service with all of them, since half of a drain
 * is what nobody asked for, and would be found out at the next reboot.
 */
export function outcomeOf({ held }: Attempt, { membershipInForce, routers, isLate }: AttemptSeen): Outcome {
  if (!membershipInForce)
    return isLate ? refused([objection(null, "the speaker did not take it over in time")]) : UNDER_WAY;
  const open = routers.filter((router) => !isSettled(router, held));
  if (open.length > 0 && !isLate) return UNDER_WAY;
  const objections = [
    ...routers.filter(({ drain }) => drain === "serving").map(({ name }) => objection(name, NOBODY_FOLLOWED)),
    ...open.map((router) => objection(router.name, whyOpen(router))),
  ];
  return objections.length === 0 ? { type: "drained" } : refused(objections);
}

const NOBODY_FOLLOWED = "nobody took over when it was offered, so this node serves on";

/** Who has let go of it must have heard somebody take it; what another held is that one's affair. */
function isSettled({ name, drain, master }: RouterStatus, held: readonly string[]): boolean {
  return drain === "serving" || (drain === "away" && (master !== null || !held.includes(name)));
}

function whyOpen({ drain, because }: RouterStatus): string {
  if (drain === "away") return `nobody is heard who holds it now (${because})`;
  return drain === undefined ? "the speaker does not know of drains" : "it was not handed over in time";
}

const refused = (objections: readonly Objection[]): Outcome => ({ type: "refused", objections });

export const objection = (router: string | null, message: string): Objection => ({
  virtualIP: router === null ? null : shortName(router),
  message,
});

export const formatObjection = ({ virtualIP, message }: Objection): string =>
  virtualIP === null ? message : `vip/${virtualIP}: ${message}`;

export function virtualIPsOf(
  routers: readonly RouterStatus[],
  held: readonly string[],
): readonly DrainedVirtualIP[] {
  return routers.map(({ name, drain = null, master }) => ({
    virtualIP: shortName(name),
    stage: drain,
    holder: master?.address ?? null,
    wasHeld: held.includes(name),
  }));
}
