/** The only way the shell learns the time. The core never asks: it is told, as an argument. */
import type { Instant, Millis, WallTime } from "../net/time.ts";

export interface Clock {
  now(): Instant;
  /** For people only. */
  wallTime(): WallTime;
  /** Resolves after `span`, or at once when `signal` aborts. Never rejects. */
  sleep(span: Millis, signal: AbortSignal): Promise<void>;
}
