/**
 * For how long an address outlives the process that refreshes it. Pure.
 *
 * It must last at least until the others take over, or a speaker that is killed beside a healthy proxy leaves a hole in
 * which nobody answers; and it should not last much longer, since two nodes answer from then on. Both are counted from the
 * last advertisement: the addresses are refreshed with it, so the lifetime is the others' master-down interval, rounded up
 * to the whole seconds in which the kernel counts.
 */
import type { Lifetime } from "../net/lifetime.ts";
import { type Millis, millis } from "../net/time.ts";
import { masterDownInterval } from "./timing.ts";
import type { VirtualRouter } from "./virtual-router.ts";

/** With an advertisement that comes later than this after the last refresh, the addresses are refreshed again. */
export const REFRESH_PAUSE = millis(900);
/** A machine that stands still for two seconds and finds nobody in its place must not have lost an address. */
const LIFETIME_SECONDS_MIN = 3;
/** Without a rival nobody defines the time; the slowest possible one does. */
const SLOWEST_PRIORITY = 1;

type Terms = Pick<VirtualRouter, "deadMan" | "version" | "adverInterval" | "rivalPriority">;

export function deadManLifetime({ deadMan, version, adverInterval, rivalPriority }: Terms): Lifetime {
  if (!deadMan) return null;
  const untilTakenOver = masterDownInterval(version, rivalPriority ?? SLOWEST_PRIORITY, adverInterval);
  const seconds = Math.ceil((untilTakenOver + refreshLag(adverInterval)) / 1000);
  return Math.max(LIFETIME_SECONDS_MIN, seconds);
}

/** How old the last refresh can be at an advertisement that brings none. */
function refreshLag(adverInterval: Millis): Millis {
  return millis((Math.ceil(REFRESH_PAUSE / adverInterval) - 1) * adverInterval);
}
