/**
 * A master on its way out: make before break.
 *
 * It has sent priority 0, once, which wakes the backups after their skew, and goes on serving until it hears its
 * successor or its time is up. RFC 9568 §6.4.3 would let go at once and leave a hole of the successor's skew time. While
 * leaving it advertises nothing and announces nothing, so it cannot draw traffic away from a successor.
 */
import { after, type Instant } from "../net/time.ts";
import { unreachable } from "../net/unreachable.ts";
import { OWNER_PRIORITY } from "./priority.ts";
import type {
  HeardAdvertisement,
  LeavingReason,
  MasterState,
  RouterConfig,
  RouterEvent,
  Step,
} from "./state.ts";
import { handOverTime } from "./timing.ts";
import {
  follow,
  outranks,
  release,
  releaseToFault,
  releaseToInitialize,
  serve,
  stay,
} from "./transitions.ts";

export interface LeavingState extends MasterState {
  readonly leaving: LeavingReason;
}

export function leave(config: RouterConfig, state: MasterState, why: LeavingReason, now: Instant): Step {
  const resignation = { type: "advertise", priority: 0 } as const;
  if (why !== "outranked" && isGoneAtOnce(config)) {
    // Where nobody can follow, strangers on the wire are told all the same.
    const { state: next, effects } =
      why === "shutdown" ? releaseToInitialize("stopped") : releaseToFault("became-unfit");
    return { state: next, effects: [resignation, ...effects] };
  }
  const deadline = after(now, handOverTime(config.version, config.adverInterval));
  return { state: { ...state, deadline, leaving: why }, effects: [resignation] };
}

/** Whether a master can find out, while it goes on serving, if somebody would follow. */
export const canBeFollowed = (config: RouterConfig): boolean => !isGoneAtOnce(config);

/** Nobody to wait for; or nothing to be gained by it, since the owner's addresses stay where they are; or not wanted. */
const isGoneAtOnce = (config: RouterConfig): boolean =>
  config.rivalPriority === null || config.priority === OWNER_PRIORITY || config.strictRFC;

export function stepLeaving(
  config: RouterConfig,
  state: LeavingState,
  event: RouterEvent,
  now: Instant,
): Step {
  switch (event.type) {
    case "startup":
    case "sent":
    case "refused":
      return stay(state);
    case "shutdown":
      return stay({ ...state, leaving: "shutdown" });
    case "deadline":
      return giveUpWaiting(config, state, now);
    case "reconfigured":
      return adapt(config, state, now);
    case "advertisement":
      return hear(config, state, event, now);
    default:
      return unreachable(event);
  }
}

function giveUpWaiting(config: RouterConfig, state: LeavingState, now: Instant): Step {
  switch (state.leaving) {
    case "shutdown":
      return releaseToInitialize("no-successor");
    case "unfit":
      return releaseToFault("no-successor");
    case "draining":
    case "outranked":
      return resume(config, now);
    default:
      return unreachable(state.leaving);
  }
}

function adapt(config: RouterConfig, state: LeavingState, now: Instant): Step {
  if (config.fitness === "link-down") {
    return state.leaving === "shutdown" ? releaseToInitialize("stopped") : releaseToFault("link-lost");
  }
  if (state.leaving === "shutdown") return stay(state);
  if (config.fitness !== "fit") return stay({ ...state, leaving: config.fitness });
  const rival = config.rivalPriority;
  const isStillOutranked = state.leaving === "outranked" && rival !== null && config.priority < rival;
  return isStillOutranked ? stay(state) : resume(config, now);
}

function hear(config: RouterConfig, state: LeavingState, heard: HeardAdvertisement, now: Instant): Step {
  if (heard.priority === 0) return hearResignation(config, state, now);
  switch (state.leaving) {
    case "shutdown":
      return releaseToInitialize("heard-successor");
    case "unfit":
    case "draining":
      return releaseToFault("heard-successor");
    case "outranked":
      return outranks(heard, config.priority)
        ? release(follow(config, heard, now), "heard-successor")
        : resume(config, now);
    default:
      return unreachable(state.leaving);
  }
}

/**
 * Two masters leave at once, as after a healed partition, or when a successor whose advertisement was lost goes too. Who
 * must go is no successor to wait for, nor one to hand to: a router that stops or is unfit waits on. One that is only
 * outranked, or is to be out of service as soon as somebody else serves, is fit, so it answers as any master does (RFC 9568
 * §6.4.3), and so lets the other go. If neither must go, both resume, and then rank decides within one exchange.
 */
function hearResignation(config: RouterConfig, state: LeavingState, now: Instant): Step {
  return state.leaving === "outranked" || state.leaving === "draining" ? resume(config, now) : stay(state);
}

/**
 * Master as before. Announced as well, because a successor may have come and gone with nothing of it heard. Whoever
 * outranks us is still told nothing it must obey: it answers, announces itself again, and we yield.
 */
function resume(config: RouterConfig, now: Instant): Step {
  return {
    state: serve(config, now, now),
    effects: [{ type: "advertise", priority: config.priority }, { type: "announce" }],
  };
}
