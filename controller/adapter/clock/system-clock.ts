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
      // Rounded up, since timers count whole milliseconds from the start of the loop's turn and may fire a little early.
      timer = setTimeout(look, Math.min(Math.max(0, Math.ceil(remaining)), TIMEOUT_MS_MAX));
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
