/**
 * What a router does whose own kernel refuses its advertisements (a firewall, a link on its way down): nobody hears it, so the
 * others take over, and two would hold the addresses for as long as the refusal lasts. Pure; the shell tells of each refusal.
 *
 * A master gives way once the others must have taken over, or one has been heard to. It is a backup then that takes over again
 * only with an advertisement that has left: whatever it tries meanwhile, nobody hears.
 */
import { after, type Instant, millis, since } from "../net/time.ts";
import { OWNER_PRIORITY, PRIORITY_MIN } from "./priority.ts";
import type {
  BackupState,
  Cause,
  HeardAdvertisement,
  MasterState,
  RouterConfig,
  RouterState,
  Step,
} from "./state.ts";
import { ADVERTISEMENTS_MISSED, masterDownInterval } from "./timing.ts";
import { earlier, follow, listen, promote, release, releaseToFault, stay } from "./transitions.ts";

/** Whether it matters to the router that an advertisement has left. */
export const isUnheard = (state: RouterState): boolean =>
  (state.role === "master" && state.unheardSince !== null) || (state.role === "backup" && state.isMuted);

/** An advertisement was refused. A few that are, as while a buffer is full, change nothing. */
export function refused(config: RouterConfig, state: MasterState, now: Instant): Step {
  // The one before had left, an interval ago.
  const unheardSince = state.unheardSince ?? after(now, millis(-config.adverInterval));
  if (!mayGiveWay(config)) return stay({ ...state, unheardSince });
  // That of the slowest of the others.
  const patience = masterDownInterval(config.version, PRIORITY_MIN, config.adverInterval);
  // Who drains lets go only of what somebody has taken.
  if (config.fitness === "draining") return stay({ ...state, unheardSince });
  if (since(unheardSince, now) >= patience) return giveWay(listen(config, config.adverInterval, now));
  return stay({ ...state, unheardSince, deadline: earlier(state.deadline, after(unheardSince, patience)) });
}

/** Whoever claims the addresses after a silence of ours that is as long as the others wait has not heard us, and will not. */
export function isReplaced(config: RouterConfig, { unheardSince }: MasterState, now: Instant): boolean {
  if (unheardSince === null || !mayGiveWay(config)) return false;
  return since(unheardSince, now) >= ADVERTISEMENTS_MISSED * config.adverInterval;
}

export const yieldUnheard = (config: RouterConfig, heard: HeardAdvertisement, now: Instant): Step =>
  config.fitness === "draining" ? releaseToFault("unheard") : giveWay(follow(config, heard, now));

/** Instead of taking over: an advertisement, and the role when it leaves. */
export function attempt(config: RouterConfig, state: BackupState, now: Instant): Step {
  return {
    state: { ...state, deadline: after(now, config.adverInterval) },
    effects: [{ type: "advertise", priority: config.priority }],
  };
}

/** The attempt was successful: the others have heard it. */
export function heardAgain(config: RouterConfig, cause: Cause, now: Instant): Step {
  const { state, effects } = promote(config, cause, now);
  return { state, effects: effects.filter(({ type }) => type !== "advertise") };
}

const giveWay = (state: BackupState): Step => release(state, "unheard");

/** Without another member nobody takes over, and the owner's addresses stay where they are. */
const mayGiveWay = ({ rivalPriority, priority }: RouterConfig): boolean =>
  rivalPriority !== null && priority !== OWNER_PRIORITY;
