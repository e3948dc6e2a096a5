/** How one virtual router stands, for the agent. Pure: from what the session knows at one moment. */
import type { Instant, WallTime } from "../net/time.ts";
import { explain, type Heard } from "../vrrp/explain.ts";
import type { RouterConfig, RouterState } from "../vrrp/machine.ts";
import type { EffectivePriority } from "../vrrp/priority.ts";
import type { Cause } from "../vrrp/state.ts";
import type { RouterProblem, RouterStatus, VirtualRouter } from "../vrrp/virtual-router.ts";
import type { Advertiser } from "./advertiser.ts";
import type { Reach } from "./reach.ts";
import type { ReceptionRecord } from "./reception-record.ts";
import { recentSpan } from "./session-terms.ts";

export type HeardLast = Heard & { readonly at: Instant };

export interface SessionView {
  readonly router: VirtualRouter;
  readonly reach: Reach;
  readonly effective: EffectivePriority;
  readonly config: RouterConfig;
  readonly state: RouterState;
  readonly cause: Cause | null;
  readonly since: WallTime;
  /** Whoever has advertised last; while master, who had done so before. */
  readonly heard: HeardLast | null;
  readonly held: readonly string[];
  /** Why an address that is wanted is not held. */
  readonly refusal: string | null;
  readonly advertiser: Pick<Advertiser, "sent" | "failure">;
  readonly reception: Pick<ReceptionRecord, "received" | "dropped" | "problem">;
  readonly becameMaster: number;
  readonly repaired: number;
  readonly now: Instant;
}

export function renderStatus(view: SessionView): RouterStatus {
  const { router, effective } = view;
  return {
    name: router.name,
    role: view.state.role,
    since: view.since,
    because: becauseOf(view),
    basePriority: router.basePriority,
    effectivePriority: effective.priority,
    adjustments: effective.adjustments,
    master: masterHeard(view),
    heldAddresses: view.held,
    problems: problemsOf(view),
    counters: {
      advertisementsSent: view.advertiser.sent,
      advertisementsReceived: view.reception.received,
      advertisementsDropped: view.reception.dropped,
      becameMaster: view.becameMaster,
      addressesRepaired: view.repaired,
    },
  };
}

export function becauseOf(view: SessionView): string {
  return explain({
    state: view.state,
    config: view.config,
    cause: view.cause,
    basePriority: view.router.basePriority,
    effective: view.effective,
    heard: view.heard,
    linkProblem: view.reach.problem?.message ?? null,
  });
}

/** All that one event can change in the status besides counters. Most events, one per interval, change nothing of it. */
export function gistOf({ state, heard, advertiser }: SessionView): string {
  const detail = state.role === "master" ? state.leaving : state.role === "backup" ? state.watch : null;
  return [state.role, detail, advertiser.failure, heard?.address, heard?.priority].join(" ");
}

/** A router in fault hears, too, but nothing tells it that its master has gone: only what is recent counts. */
function masterHeard({ state, heard, now, router }: SessionView): RouterStatus["master"] {
  const isServing = state.role === "master" && state.leaving === null;
  if (isServing || heard === null || heard.priority === 0) return null;
  const isRecent = now - heard.at <= recentSpan(router);
  return isRecent ? { address: heard.address, priority: heard.priority } : null;
}

function problemsOf({ reach, advertiser, refusal, reception, now, router }: SessionView): RouterProblem[] {
  const { failure } = advertiser;
  const found: readonly (RouterProblem | null)[] = [
    reach.problem,
    failure === null ? null : { code: "send-failed", message: failure },
    refusal === null ? null : { code: "address-refused", message: refusal },
    reception.problem(now, recentSpan(router)),
  ];
  return found.filter((problem) => problem !== null);
}
