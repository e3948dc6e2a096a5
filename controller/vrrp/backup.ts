/** The role of backup: listen, and take over when the master has been silent for too long (RFC 9568 §6.4.2). */
import { after, type Instant, millis, since } from "../net/time.ts";
import { unreachable } from "../net/unreachable.ts";
import { heldUp } from "./lateness.ts";
import { OWNER_PRIORITY } from "./priority.ts";
import { isBelieved } from "./resignation.ts";
import {
  type BackupState,
  type Cause,
  type HeardAdvertisement,
  INITIAL_STATE,
  type RouterConfig,
  type RouterEvent,
  type Step,
  type Watch,
} from "./state.ts";
import { skewTime } from "./timing.ts";
import { earlier, follow, isHeld, listen, promote, stay, unfitCause, whenFree } from "./transitions.ts";
import { attempt, heardAgain } from "./unheard.ts";

export function stepBackup(config: RouterConfig, state: BackupState, event: RouterEvent, now: Instant): Step {
  switch (event.type) {
    case "startup":
    case "refused":
      return stay(state);
    case "sent":
      return state.isMuted && !isHeld(config, now)
        ? heardAgain(config, causeOf(state.watch), now)
        : stay(state);
    case "shutdown":
      return { state: INITIAL_STATE, effects: [{ type: "report", cause: "stopped" }] };
    case "deadline":
      return takeOver(config, state, now);
    case "reconfigured":
      return adapt(config, state, event.previous, now);
    case "advertisement":
      return hear(config, state, event, now);
    default:
      return unreachable(event);
  }
}

/**
 * A router that wakes late (stopped, or its machine paused) has not heard what was sent meanwhile: a master that is alive
 * would have advertised in that time. It listens for one more interval, once, so that a slow machine still takes over.
 */
function takeOver(config: RouterConfig, state: BackupState, now: Instant): Step {
  if (isHeld(config, now)) return stay({ ...state, deadline: whenFree(config, now) });
  const isLate = since(state.deadline, now) >= state.masterAdverInterval;
  if (isLate && state.watch !== "second-look") {
    const deadline = after(now, state.masterAdverInterval);
    return { state: { ...state, deadline, watch: "second-look" }, effects: [heldUp(state, now)] };
  }
  return state.isMuted ? attempt(config, state, now) : promote(config, causeOf(state.watch), now);
}

function causeOf(watch: Watch): Cause {
  switch (watch) {
    case "resigned":
      return "master-resigned";
    case "preempting":
      return "preempted";
    case "master-down":
    case "held":
    case "delayed":
    case "second-look":
      return "master-down";
    default:
      return unreachable(watch);
  }
}

function hear(config: RouterConfig, state: BackupState, heard: HeardAdvertisement, now: Instant): Step {
  if (heard.priority === 0) {
    if (!isBelieved(config, state, heard, now)) return stay(state);
    const deadline = after(now, skewTime(config.version, config.priority, state.masterAdverInterval));
    // Never later than it was, or a storm of resignations would keep everybody from taking over.
    const soonest = earlier(deadline, state.deadline);
    return stay({ ...state, deadline: whenFree(config, soonest), watch: "resigned" });
  }
  const { betterSince } = state;
  const isPrey = config.preempt && heard.priority < config.priority;
  const reason = isPrey ? reasonToWait(config, state, now) : "master-down";
  if (reason !== null) return stay({ ...follow(config, heard, now), betterSince, watch: reason });
  return stay({ ...state, watch: state.watch === "resigned" ? "resigned" : "preempting" });
}

/**
 * Why a working master of lower rank is let be for now. While it is, it is followed, so that its death or resignation is met
 * in the usual time: a delay of preemption never delays anything else.
 */
function reasonToWait(config: RouterConfig, { betterSince }: BackupState, now: Instant): Watch | null {
  if (isHeld(config, now)) return "held";
  return betterSince !== null && since(betterSince, now) < config.preemptDelay ? "delayed" : null;
}

/**
 * The running deadline moves by the difference of the skews: of two backups the higher must still wake first. Who becomes
 * the owner of the addresses has nothing to wait for.
 */
function adapt(config: RouterConfig, state: BackupState, previous: RouterConfig, now: Instant): Step {
  if (config.fitness !== "fit") {
    return {
      state: { role: "fault", deadline: null },
      effects: [{ type: "report", cause: unfitCause(config) }],
    };
  }
  if (config.priority === OWNER_PRIORITY) return promote(config, "preempted", now);
  const betterSince = config.priority > previous.priority ? now : state.betterSince;
  if (mustListenAnew(config, previous, now)) {
    return stay({ ...listen(config, config.adverInterval, now), betterSince });
  }
  const skewBefore = skewTime(config.version, previous.priority, state.masterAdverInterval);
  const skewNow = skewTime(config.version, config.priority, state.masterAdverInterval);
  const deadline = whenFree(config, after(state.deadline, millis(skewNow - skewBefore)));
  return stay({ ...state, deadline, betterSince });
}

function mustListenAnew(config: RouterConfig, previous: RouterConfig, now: Instant): boolean {
  const ownIntervalCounts = config.version === 2 && config.adverInterval !== previous.adverInterval;
  const isHoldAnother =
    config.heldUntil !== previous.heldUntil && (isHeld(config, now) || isHeld(previous, now));
  return ownIntervalCounts || config.version !== previous.version || isHoldAnother;
}
