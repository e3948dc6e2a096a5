/**
 * What a router does that was held up (its process stopped, its machine paused or suspended) for longer than the others
 * would wait: somebody may have taken its place meanwhile, so it listens before it speaks.
 */
import { after, type Instant, millis, since } from "../net/time.ts";
import type { Effect, MasterState, RouterConfig, Step } from "./state.ts";
import { rivalPatience } from "./timing.ts";

/** Whether a master has been silent for so long that the best of the others would have taken over. */
export function isHeldUp(config: RouterConfig, state: MasterState, now: Instant): boolean {
  const silence = millis(since(state.deadline, now) + config.adverInterval);
  const { version, rivalPriority, adverInterval } = config;
  return silence >= rivalPatience(version, rivalPriority, adverInterval);
}

export const heldUp = (state: { readonly deadline: Instant }, now: Instant): Effect => ({
  type: "held-up",
  by: since(state.deadline, now),
});

/**
 * For one interval. A rival of lower rank is then heard, answered and announced over, instead of yielding unheard with its
 * hardware address left in everybody's ARP tables; and to one of higher rank we yield without having drawn any traffic.
 */
export function listenFirst(config: RouterConfig, state: MasterState, now: Instant): Step {
  const deadline = after(now, config.adverInterval);
  return { state: { ...state, deadline, isListening: true }, effects: [heldUp(state, now)] };
}

/** Master as before. The kernel may have taken the addresses away: they are there again before we draw any traffic. */
export function comeBack(config: RouterConfig, state: MasterState, now: Instant): Step {
  const deadline = after(now, config.adverInterval);
  return {
    state: { ...state, deadline, answeredAt: now, owesAnswer: false, isListening: false },
    effects: [
      { type: "claim-addresses" },
      { type: "advertise", priority: config.priority },
      { type: "announce" },
    ],
  };
}
