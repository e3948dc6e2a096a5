/**
 * The VRRP state machine (RFC 3768 §6.4, RFC 9568 §6.4) for one virtual router, as a pure function.
 *
 * It owns no socket, timer or address. The caller feeds events, carries out the effects in the order given, and calls
 * again at `state.deadline` (for a master a little before is as good): each role has exactly one timer, so one number is enough. What was heard before a deadline
 * is to be fed before it.
 */
import type { Instant } from "../net/time.ts";
import { unreachable } from "../net/unreachable.ts";
import { stepBackup } from "./backup.ts";
import { stepLeaving } from "./leaving.ts";
import { stepMaster } from "./master.ts";
import { acquainted } from "./resignation.ts";
import { revive } from "./revival.ts";
import {
  INITIAL_STATE,
  type RouterConfig,
  type RouterEvent,
  type RouterState,
  type Sender,
  type Step,
} from "./state.ts";
import { enter, stay } from "./transitions.ts";
import { isUnheard } from "./unheard.ts";

export type {
  Cause,
  Effect,
  LeavingReason,
  RouterConfig,
  RouterEvent,
  RouterState,
  Step,
} from "./state.ts";
export { INITIAL_STATE, isServing } from "./state.ts";

export function step(config: RouterConfig, state: RouterState, event: RouterEvent, now: Instant): Step {
  const next = stepRole(config, state, event, now);
  if (state.role !== "backup" && state.role !== "master") return next;
  const senders = event.type === "advertisement" ? acquainted(config, state, event, now) : state.senders;
  return remembering(next, senders, isUnheard(state) && event.type !== "sent");
}

/** What a router keeps over a change of the role: whom it has heard, and that it is not heard itself. */
function remembering(next: Step, senders: readonly Sender[], isMuted: boolean): Step {
  const { state, effects } = next;
  if (state.role === "backup" && (state.senders !== senders || state.isMuted !== isMuted))
    return { state: { ...state, senders, isMuted }, effects };
  if (state.role === "master" && state.senders !== senders) return { state: { ...state, senders }, effects };
  return next;
}

function stepRole(config: RouterConfig, state: RouterState, event: RouterEvent, now: Instant): Step {
  switch (state.role) {
    case "initialize":
      if (event.type !== "startup") return stay(state);
      return revive(config, event.spokeAt ?? null, now) ?? enter(config, "started", now);
    case "fault":
      return stepFault(config, state, event, now);
    case "backup":
      return stepBackup(config, state, event, now);
    case "master": {
      const { leaving } = state;
      return leaving === null
        ? stepMaster(config, state, event, now)
        : stepLeaving(config, { ...state, leaving }, event, now);
    }
    default:
      return unreachable(state);
  }
}

/** Nothing that is heard counts here; a router that is fit again listens for as long as one that has just started. */
function stepFault(config: RouterConfig, state: RouterState, event: RouterEvent, now: Instant): Step {
  if (event.type === "shutdown") {
    return { state: INITIAL_STATE, effects: [{ type: "report", cause: "stopped" }] };
  }
  const isFitAgain = event.type === "reconfigured" && config.fitness === "fit";
  return isFitAgain ? enter(config, "became-fit", now) : stay(state);
}
