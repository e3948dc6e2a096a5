/** Timer arithmetic of RFC 3768 §6.1 and RFC 9568 §6.1. Pure; microseconds are kept as fractions of milliseconds. */
import { type Millis, millis, secondsToMillis } from "../net/time.ts";
import { PRIORITY_MIN } from "./priority.ts";

/** A master is down when it has missed this many advertisements, and the skew has passed as well. */
export const ADVERTISEMENTS_MISSED = 3;
const ONE_SECOND = secondsToMillis(1);

/**
 * The higher the priority, the sooner a backup gives up on the master. Version 2 skews by parts of a second whatever the
 * interval is; version 3 by parts of the master's interval.
 */
export function skewTime(version: 2 | 3, priority: number, masterAdverInterval: Millis): Millis {
  const whole = version === 2 ? ONE_SECOND : masterAdverInterval;
  return millis(((256 - priority) * whole) / 256);
}

/** Master_Down_Interval; Active_Down_Interval in RFC 9568. */
export function masterDownInterval(version: 2 | 3, priority: number, masterAdverInterval: Millis): Millis {
  const silence = ADVERTISEMENTS_MISSED * masterAdverInterval;
  return millis(silence + skewTime(version, priority, masterAdverInterval));
}

/**
 * After how long a silence the best of the others takes over. Without a rival nobody waits; a stranger of the least priority
 * would for the longest.
 */
export function rivalPatience(version: 2 | 3, rivalPriority: number | null, adverInterval: Millis): Millis {
  return masterDownInterval(version, rivalPriority ?? PRIORITY_MIN, adverInterval);
}

/**
 * For how long a leaving master keeps the addresses: the skew of the slowest possible successor (priority 1), and one
 * interval more, so that a successor whose first advertisement is lost is still heard by its second.
 */
export function handOverTime(version: 2 | 3, adverInterval: Millis): Millis {
  return millis(skewTime(version, PRIORITY_MIN, adverInterval) + adverInterval);
}
