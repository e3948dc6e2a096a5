/**
 * The machine's clocks: a monotonic one for every decision, the wall clock for people.
 *
 * CLOCK_MONOTONIC stands still while the machine is suspended, and the others have taken over meanwhile. So where it counts,
 * `bootTime` (CLOCK_BOOTTIME) is looked at before anything is due, and instants are counted from the boot, which makes them
 * mean the same in every process of the machine.
 */
import { type Instant, type Millis, millis, type WallTime } from "../../net/time.ts";
import type { AlarmClock } from "../../port/clock.ts";

export interface Timers {
  /** Calls back once, after `span` or a little earlier; dispose to call it off. */
  after(span: Millis, ring: () => void): Disposable;
}

/** setTimeout takes no more (2^31 - 1 ms); a longer span is waited in parts. */
const TIMEOUT_MS_MAX = 2_000_000_000;

/** Two readings one after the other differ by some microseconds; a suspension by more than this. */
const SUSPENSION_MS_MIN = 5;

export class SystemClock implements AlarmClock {
  readonly #bootTime: (() => number) | null;
  readonly #timers: Timers;
  #offset = 0;

  constructor(bootTime: (() => number) | null = null, timers: Timers = NODE_TIMERS) {
    this.#bootTime = bootTime;
    this.#timers = timers;
    this.#followSuspension();
  }

  now(): Instant {
    return (performance.now() + this.#offset) as Instant;
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
    let waiting: Disposable | null = null;
    const arm = (): void => {
      waiting = this.#timers.after(millis(Math.max(0, moment - this.now())), look);
    };
    const look = (): void => {
      this.#followSuspension();
      if (this.now() < moment) {
        arm();
        return;
      }
      waiting = null;
      ring();
    };
    arm();
    return { [Symbol.dispose]: () => waiting?.[Symbol.dispose]() };
  }

  #followSuspension(): void {
    if (this.#bootTime === null) return;
    const offset = this.#bootTime() - performance.now();
    if (Math.abs(offset - this.#offset) > SUSPENSION_MS_MIN) this.#offset = offset;
  }
}

const NODE_TIMERS: Timers = {
  after: (span, ring) => {
    const timer = setTimeout(ring, Math.min(wholeMillis(span), TIMEOUT_MS_MAX));
    return { [Symbol.dispose]: () => clearTimeout(timer) };
  },
};

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
