/** The role of master: advertise, answer whoever else claims the addresses, and know when to go (RFC 9568 §6.4.3). */
import { after, type Instant, millis } from "../net/time.ts";
import { unreachable } from "../net/unreachable.ts";
import { comeBack, heldUp, isHeldUp, listenFirst } from "./lateness.ts";
import { canBeFollowed, leave } from "./leaving.ts";
import { OWNER_PRIORITY } from "./priority.ts";
import type { Effect, HeardAdvertisement, MasterState, RouterConfig, RouterEvent, Step } from "./state.ts";
import { earlier, follow, goOn, outranks, release, releaseToFault, stay } from "./transitions.ts";
import { isReplaced, refused, yieldUnheard } from "./unheard.ts";

/**
 * A rival's claim is answered at once, but no oftener than this per interval: a storm must not be amplified. What comes
 * sooner is answered a little later, and not dropped, since the rival's announcement has drawn the traffic away.
 */
const ANSWERS_PER_INTERVAL_MAX = 8;

export function stepMaster(config: RouterConfig, state: MasterState, event: RouterEvent, now: Instant): Step {
  switch (event.type) {
    case "startup":
      return stay(state);
    case "sent":
      return stay({ ...state, unheardSince: null });
    case "refused":
      return refused(config, state, now);
    case "shutdown":
      return leave(config, state, "shutdown", now);
    case "deadline":
      return advertiseAgain(config, state, now);
    case "reconfigured":
      return adapt(config, state, event.previous, now);
    case "advertisement":
      return hear(config, state, event, now);
    default:
      return unreachable(event);
  }
}

function advertiseAgain(config: RouterConfig, state: MasterState, now: Instant): Step {
  if (state.owesAnswer) return answer(config, state, now, [{ type: "announce" }]);
  const isLate = isHeldUp(config, state, now);
  if (isLate && config.rivalPriority !== null) return listenFirst(config, state, now);
  if (state.isListening) return comeBack(config, state, now);
  const next = { state: goOn(config, state, now), effects: [advertise(config)] };
  return isLate ? noting(heldUp(state, now), next) : next;
}

function adapt(config: RouterConfig, state: MasterState, previous: RouterConfig, now: Instant): Step {
  if (config.fitness === "link-down") return releaseToFault("link-lost");
  if (config.fitness === "unfit") return leave(config, state, "unfit", now);
  // Once: a master whom nobody follows goes on serving, whatever else changes.
  const isDraining = config.fitness === "draining";
  if (isDraining && previous.fitness !== "draining" && canBeFollowed(config))
    return leave(config, state, "draining", now);
  if (hasFallenBelowRival(config, previous))
    return leave(config, state, isDraining ? "draining" : "outranked", now);
  // A shorter interval is in force at once; a longer one after the next advertisement, which tells of it.
  return stay({ ...state, deadline: earlier(state.deadline, after(now, config.adverInterval)) });
}

/**
 * Only a fall counts, not a rival who is raised above us, also when we fall with the same manifest, as when a new member comes
 * first in a spread: that one preempts when it is there and may preempt. With
 * preemption the fall must cross the rival's line, since a better rival who is there would have preempted before. Without it
 * every fall below that line counts, for nothing else would ever replace a degraded master (keepalived's nopreempt with
 * weights). RFC 9568 knows no such resignation.
 */
function hasFallenBelowRival(config: RouterConfig, previous: RouterConfig): boolean {
  const rival = config.rivalPriority;
  if (config.strictRFC || rival === null || rival === OWNER_PRIORITY) return false;
  if (previous.rivalPriority === null || rival > previous.rivalPriority) return false;
  const isCrossing = previous.priority >= rival || (!config.preempt && config.priority < previous.priority);
  return isCrossing && config.priority < rival;
}

function hear(config: RouterConfig, state: MasterState, heard: HeardAdvertisement, now: Instant): Step {
  // RFC 9568 §7.1: an owner hears nobody. We answer those of lower rank, as any master does, but never a second owner: it
  // would answer as well, for ever.
  if (config.priority === OWNER_PRIORITY && heard.priority === OWNER_PRIORITY) return stay(state);
  // What was heard during a pause is told before the deadline that it has made late.
  if (isHeldUp(config, state, now)) return noting(heldUp(state, now), answerLate(config, state, heard, now));
  if (heard.priority !== 0 && outranks(heard, config.priority)) return yieldTo(config, heard, now);
  if (heard.priority !== 0 && isReplaced(config, state, now)) return yieldUnheard(config, heard, now);
  if (state.isListening) return comeBack(config, state, now);
  const answerableAt = nextAnswer(config, state);
  if (answerableAt !== null && now < answerableAt) {
    return stay({ ...state, owesAnswer: true, deadline: earlier(state.deadline, answerableAt) });
  }
  // A master that resigns wakes every backup after its skew: tell them that there is another master. A loser has also
  // announced itself when it was promoted, so its hardware address is in everybody's ARP tables.
  const isOnlyResignation = heard.priority === 0 && !state.owesAnswer;
  return answer(config, state, now, isOnlyResignation ? [] : [{ type: "announce" }]);
}

/** Whoever is heard has been master in our place, or is about to. */
function answerLate(config: RouterConfig, state: MasterState, heard: HeardAdvertisement, now: Instant): Step {
  const isHigher = heard.priority !== 0 && outranks(heard, config.priority);
  return isHigher ? yieldTo(config, heard, now) : comeBack(config, state, now);
}

const noting = (effect: Effect, { state, effects }: Step): Step => ({ state, effects: [effect, ...effects] });

/** Who is to be out of service follows nobody: it would take over from them. */
function yieldTo(config: RouterConfig, heard: HeardAdvertisement, now: Instant): Step {
  const next =
    config.fitness === "draining"
      ? releaseToFault("heard-higher")
      : release(follow(config, heard, now), "heard-higher");
  return protest(config, next);
}

/**
 * Who yields says once more that it was here. After a partition both sides have announced themselves, and the winner may not
 * have heard of the loser: it would never announce itself again, and the loser's hardware address would stay in everybody's
 * ARP tables. A lower claim makes it answer (RFC 9568 §6.4.3) and announce.
 */
const protest = (config: RouterConfig, { state, effects }: Step): Step => ({
  state,
  effects: config.strictRFC ? effects : [advertise(config), ...effects],
});

/** Every advertisement, whatever the reason for it, starts the interval anew: nobody waits for longer than one. */
function answer(config: RouterConfig, state: MasterState, now: Instant, more: readonly Effect[]): Step {
  const deadline = after(now, config.adverInterval);
  return {
    state: { ...state, deadline, answeredAt: now, owesAnswer: false },
    effects: [advertise(config), ...more],
  };
}

function nextAnswer(config: RouterConfig, { answeredAt }: MasterState): Instant | null {
  if (answeredAt === null) return null;
  return after(answeredAt, millis(config.adverInterval / ANSWERS_PER_INTERVAL_MAX));
}

const advertise = (config: RouterConfig): Effect => ({ type: "advertise", priority: config.priority });
