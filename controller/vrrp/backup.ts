/** The role of backup: listen, and take over when the master has been silent for too long (RFC 9568 §6.4.2). */
import { after, type Instant, millis, since } from "../net/time.ts";
import { unreachable } from "../net/unreachable.ts";
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
import { earlier, follow, listen, promote, stay, unfitCause } from "./transitions.ts";

export function stepBackup(config: RouterConfig, state: BackupState, event: RouterEvent, now: Instant): Step {
  switch (event.type) {
    case "startup":
      return stay(state);
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
  const isLate = since(state.deadline, now) >= state.masterAdverInterval;
  if (isLate && state.watch !== "second-look") {
    const deadline = after(now, state.masterAdverInterval);
    return stay({ ...state, deadline, watch: "second-look" });
  }
  return promote(config, causeOf(state.watch), now);
}

function causeOf(watch: Watch): Cause {
  switch (watch) {
    case "resigned":
      return "master-resigned";
    case "preempting":
      return "preempted";
    case "master-down":
    case "second-look":
      return "master-down";
    default:
      return unreachable(watch);
  }
}

function hear(config: RouterConfig, state: BackupState, heard: HeardAdvertisement, now: Instant): Step {
  if (heard.priority === 0) {
    const deadline = after(now, skewTime(config.version, config.priority, state.masterAdverInterval));
    // Never later than it was, or a storm of resignations would keep everybody from taking over.
    return stay({ ...state, deadline: earlier(deadline, state.deadline), watch: "resigned" });
  }
  if (config.preempt && heard.priority < config.priority) {
    return stay({ ...state, watch: state.watch === "resigned" ? "resigned" : "preempting" });
  }
  return stay(follow(config, heard, now));
}

/** The running deadline moves by the difference of the skews: of two backups the higher must still wake first. */
function adapt(config: RouterConfig, state: BackupState, previous: RouterConfig, now: Instant): Step {
  if (config.fitness !== "fit") {
    return {
      state: { role: "fault", deadline: null },
      effects: [{ type: "report", cause: unfitCause(config) }],
    };
  }
  const ownIntervalCounts = config.version === 2 && config.adverInterval !== previous.adverInterval;
  if (ownIntervalCounts || config.version !== previous.version) {
    return stay(listen(config, config.adverInterval, now));
  }
  const skewBefore = skewTime(config.version, previous.priority, state.masterAdverInterval);
  const skewNow = skewTime(config.version, config.priority, state.masterAdverInterval);
  return stay({ ...state, deadline: after(state.deadline, millis(skewNow - skewBefore)) });
}
