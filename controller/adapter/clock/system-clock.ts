/** The machine's clocks: CLOCK_MONOTONIC for every decision, the wall clock for people. */
import type { Instant, Millis, WallTime } from "../../net/time.ts";
import type { AlarmClock } from "../../port/clock.ts";

/** setTimeout takes no more (2^31 - 1 ms); a longer span is waited in parts. */
const TIMEOUT_MS_MAX = 2_000_000_000;

export class SystemClock implements AlarmClock {
  now(): Instant {
    return performance.now() as Instant;
  }

  wallTime(): WallTime {
    return Date.now() as WallTime;
  }

  sleep(span: Millis, signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      if (signal.aborted) return resolve();
      const wake = (): void => {
        alarm[Symbol.dispose]();
        signal.removeEventListener("abort", wake);
        resolve();
      };
      const alarm = this.alarm((this.now() + span) as Instant, wake);
      signal.addEventListener("abort", wake);
    });
  }

  alarm(moment: Instant, ring: () => void): Disposable {
    let timer: NodeJS.Timeout | null = null;
    const arm = (): void => {
      const remaining = moment - this.now();
      timer = setTimeout(look, Math.min(Math.max(0, wholeMillis(remaining)), TIMEOUT_MS_MAX));
    };
    const look = (): void => {
      if (this.now() < moment) {
        arm();
        return;
      }
      timer = null;
      ring();
    };
    arm();
    return {
      [Symbol.dispose]: () => {
        if (timer !== null) clearTimeout(timer);
      },
    };
  }
}

/**
 * How many milliseconds to ask of a timer, so that it ends in the first whole one that is not before the moment. libuv drops the
 * fraction of the time at which a timer begins, so that the span alone, rounded up, would end too early every other time
 * and need a second timer; and alarms for one moment ring in one turn of the event loop.
 */
function wholeMillis(remaining: number): number {
  // The clock that libuv counts by; the fractions of performance.now() are others, since it counts from the process's start.
  const [seconds, nanoseconds] = process.hrtime();
  const now = seconds * 1_000 + nanoseconds / 1_000_000;
  return Math.ceil(now + remaining) - Math.floor(now);
}
