/** How the virtual routers of one fate stand, for the agent. Pure: from what fate and lines know at one moment. */
import type { Instant, WallTime } from "../net/time.ts";
import { explain, type Heard, type Situation } from "../vrrp/explain.ts";
import { isServing, type RouterConfig, type RouterState } from "../vrrp/machine.ts";
import type { EffectivePriority } from "../vrrp/priority.ts";
import { isOwner } from "../vrrp/priority.ts";
import type { Cause } from "../vrrp/state.ts";
import type {
  DrainStage,
  Role,
  RoleChange,
  RouterCounters,
  RouterDrain,
  RouterProblem,
  RouterStatus,
  VirtualRouter,
} from "../vrrp/virtual-router.ts";
import type { Advertiser } from "./advertiser.ts";
import type { ConflictWatch } from "./conflict-watch.ts";
import { recentSpan } from "./fate-terms.ts";
import type { LatenessRecord } from "./lateness-record.ts";
import type { Reach } from "./reach.ts";
import type { ReceptionRecord } from "./reception-record.ts";

export type HeardLast = Heard & { readonly at: Instant };

export interface LineView {
  readonly router: VirtualRouter;
  readonly reach: Reach;
  /** Whoever has advertised last; while master, who had done so before. */
  readonly heard: HeardLast | null;
  readonly held: readonly string[];
  /** Why an address that is wanted is not held. */
  readonly refusal: string | null;
  readonly advertiser: Pick<Advertiser, "sent" | "failure">;
  readonly reception: Pick<ReceptionRecord, "received" | "checksumForms" | "dropped" | "problem">;
  readonly conflicts: Pick<ConflictWatch, "counts" | "current">;
  readonly repaired: number;
}

export interface FateView {
  readonly lines: readonly LineView[];
  readonly effective: EffectivePriority;
  readonly config: RouterConfig;
  readonly state: RouterState;
  readonly cause: Cause | null;
  readonly since: WallTime;
  readonly becameMaster: number;
  readonly lateness: Pick<LatenessRecord, "count" | "longest" | "problem">;
  readonly now: Instant;
}

/** What a line does that is taken out of a fate. */
export const endOf = (
  { name }: VirtualRouter,
  from: Role,
  how: Pick<RoleChange, "at" | "effectivePriority">,
): RoleChange => ({ router: name, from, to: "initialize", ...how, because: () => "initialize: stopped" });

/** One for each name: the lines of a VirtualIP of both families are told as one. */
export function renderStatuses(view: FateView): RouterStatus[] {
  return namesOf(view).map((name) => renderStatus(name, view));
}

const namesOf = ({ lines }: FateView): string[] => [...new Set(lines.map(({ router }) => router.name))];

function renderStatus(name: string, view: FateView): RouterStatus {
  const lines = view.lines.filter(({ router }) => router.name === name);
  return {
    name,
    role: view.state.role,
    since: view.since,
    because: becauseOf(name, view),
    basePriority: basePriorityOf(lines),
    effectivePriority: view.effective.priority,
    adjustments: view.effective.adjustments,
    master: masterHeard(lines, view),
    heldAddresses: lines.flatMap(({ held }) => held),
    problems: problemsOf(lines, view),
    conflicts: lines.flatMap(({ conflicts }) => conflicts.current(view.now)),
    ...drainOf(lines, view),
    counters: countersOf(lines, view),
  };
}

function drainOf(lines: readonly LineView[], { state }: FateView): { readonly drain?: DrainStage } {
  if (orderOf(lines) === undefined) return {};
  if (state.role === "master") return { drain: state.leaving === null ? "serving" : "handing-over" };
  // A successor that is heard speaks first and has its addresses a little later, and so long they are kept.
  return { drain: lines.some(isHolding) ? "handing-over" : "away" };
}

/** An owner's addresses stay where they are. */
const isHolding = ({ router, held }: LineView): boolean => held.length > 0 && !isOwner(router);

const orderOf = ([line]: readonly LineView[]): RouterDrain | undefined => line?.router.drain;

const becauseOf = (name: string, view: FateView): string => explain(situationOf(name, view));

/** One for each name. What the sentence is about is kept as it is now; the sentence itself can wait. */
export function changesOf(view: FateView, from: Role): RoleChange[] {
  const { state, since: at, effective } = view;
  return namesOf(view).map((router) => {
    const situation = situationOf(router, view);
    const because = (): string => explain(situation);
    return { router, from, to: state.role, at, effectivePriority: effective.priority, because };
  });
}

function situationOf(name: string, view: FateView): Situation {
  const lines = view.lines.filter(({ router }) => router.name === name);
  return {
    state: view.state,
    config: view.config,
    cause: view.cause,
    basePriority: basePriorityOf(lines),
    effective: view.effective,
    // What decided may have been heard on another line of the fate.
    heard: recentlyHeard(lines, view.now) ?? latestOf(view.lines) ?? null,
    drain: orderOf(lines)?.because ?? null,
    silentLink: lines.find(({ reach }) => reach.hold?.isSilent === true)?.router.interface ?? null,
    sendFailure: view.lines.find(({ advertiser }) => advertiser.failure !== null)?.advertiser.failure ?? null,
    linkProblem: lines.find(({ reach }) => reach.problem !== null)?.reach.problem?.message ?? null,
  };
}

const basePriorityOf = ([line]: readonly LineView[]): number => line?.router.basePriority ?? 0;

/** Of what came within one interval, what came on the first line: the lines of one master speak in turn, and none is newer. */
function latestOf(lines: readonly LineView[]): HeardLast | undefined {
  const latest = Math.max(...lines.flatMap(({ heard }) => heard?.at ?? []));
  const fresh = lines.find(
    ({ heard, router }) => heard !== null && heard.at >= latest - router.adverInterval,
  );
  return fresh?.heard ?? undefined;
}

function recentlyHeard(lines: readonly LineView[], now: Instant): HeardLast | undefined {
  return latestOf(
    lines.filter(({ heard, router }) => heard !== null && now - heard.at <= recentSpan(router)),
  );
}

/** A router in fault hears, too, but nothing tells it that its master has gone: only what is recent counts. */
function masterHeard(lines: readonly LineView[], { state, now }: FateView): RouterStatus["master"] {
  const heard = recentlyHeard(lines, now);
  if (isServing(state) || heard === undefined || heard.priority === 0) return null;
  return { address: heard.address, priority: heard.priority };
}

function problemsOf(lines: readonly LineView[], { lateness, now }: FateView): RouterProblem[] {
  const late = lateness.problem(now);
  return [...lines.flatMap((line) => problemsOfLine(line, now)), ...(late === null ? [] : [late])];
}

function problemsOfLine({ reach, advertiser, refusal, reception }: LineView, now: Instant): RouterProblem[] {
  const { failure } = advertiser;
  const found: readonly (RouterProblem | null)[] = [
    reach.problem,
    failure === null ? null : { code: "send-failed", message: failure },
    refusal === null ? null : { code: "address-refused", message: refusal },
    reception.problem(now),
  ];
  return found.filter((problem) => problem !== null);
}

function countersOf(lines: readonly LineView[], { becameMaster, lateness }: FateView): RouterCounters {
  const total = (count: (line: LineView) => number): number =>
    lines.reduce((sum, line) => sum + count(line), 0);
  return {
    advertisementsSent: total(({ advertiser }) => advertiser.sent),
    advertisementsReceived: total(({ reception }) => reception.received),
    checksumForms: sumOf(lines.map(({ reception }) => reception.checksumForms)),
    advertisementsDropped: sumOf(lines.map(({ reception }) => reception.dropped)),
    becameMaster,
    addressesRepaired: total(({ repaired }) => repaired),
    conflicts: sumOf(lines.map(({ conflicts }) => conflicts.counts)),
    pauses: lateness.count,
    longestPause: lateness.longest,
  };
}

function sumOf(counts: readonly Readonly<Record<string, number>>[]): Readonly<Record<string, number>> {
  const sum: Record<string, number> = {};
  for (const [what, count] of counts.flatMap(Object.entries<number>)) sum[what] = (sum[what] ?? 0) + count;
  return sum;
}
