/** The only way the shell learns the time. The core never asks: it is told, as an argument. */
import type { Instant, Millis, WallTime } from "../net/time.ts";

export interface Clock {
  now(): Instant;
  /** For people only. */
  wallTime(): WallTime;
  /** Resolves after `span`, or at once when `signal` aborts. Never rejects. */
  sleep(span: Millis, signal: AbortSignal): Promise<void>;
}

/** A clock that rings. */
export interface AlarmClock extends Clock {
  /** Calls back once, at `moment` or as soon after it as the process gets to it, never before. Dispose to call it off. */
  alarm(moment: Instant, ring: () => void): Disposable;
}
