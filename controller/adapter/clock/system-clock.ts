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
    const remaining = (): Millis => millis(moment - this.now());
    const look = (): Millis => {
      this.#followSuspension();
      return remaining();
    };
    return new Alarm(this.#timers, remaining(), look, ring);
  }

  #followSuspension(): void {
    if (this.#bootTime === null) return;
    const offset = this.#bootTime() - performance.now();
    if (Math.abs(offset - this.#offset) > SUSPENSION_MS_MIN) this.#offset = offset;
  }
}

class Alarm implements Disposable {
  readonly #timers: Timers;
  readonly #look: () => Millis;
  readonly #ring: () => void;
  #waiting: Disposable;

  /** `look` answers how much remains. */
  constructor(timers: Timers, remaining: Millis, look: () => Millis, ring: () => void) {
    this.#timers = timers;
    this.#look = look;
    this.#ring = ring;
    this.#waiting = this.#after(remaining);
  }

  [Symbol.dispose](): void {
    this.#waiting[Symbol.dispose]();
  }

  #after(span: Millis): Disposable {
    return this.#timers.after(millis(Math.max(0, span)), () => this.#rung());
  }

  #rung(): void {
    const remaining = this.#look();
    if (remaining > 0) this.#waiting = this.#after(remaining);
    else this.#ring();
  }
}

const NODE_TIMERS: Timers = {
  // Disposing of it clears it (Node.js 20.5).
  after: (span, ring) => setTimeout(ring, Math.min(wholeMillis(span), TIMEOUT_MS_MAX)),
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
