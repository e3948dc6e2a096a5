/** A master whose process was killed and started again before the others have missed it. Pure. */
import { type Instant, since } from "../net/time.ts";
import type { RouterConfig, Step } from "./state.ts";
import { rivalPatience } from "./timing.ts";
import { promote } from "./transitions.ts";

/**
 * `spokeAt`: when its predecessor advertised as master. While the best of the others still waits, nobody has taken over: the
 * next advertisement comes late, and that is all. `null`: that is not certain, so it begins as anybody does.
 */
export function revive(config: RouterConfig, spokeAt: Instant | null, now: Instant): Step | null {
  if (spokeAt === null || config.fitness !== "fit") return null;
  const silence = since(spokeAt, now);
  const { version, rivalPriority, adverInterval } = config;
  const patience = rivalPatience(version, rivalPriority, adverInterval);
  // One that lies ahead is of another boot.
  return silence >= 0 && silence < patience ? promote(config, "resumed", now) : null;
}
