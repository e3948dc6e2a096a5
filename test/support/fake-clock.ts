/** A clock that stands still until a test moves it, and then rings every alarm at its exact moment, in order. */
import type { Instant, Millis, WallTime } from "../../controller/net/time.ts";
import type { AlarmClock } from "../../controller/port/clock.ts";

/** 2026-01-01T00:00:00Z, so that wall times in messages are recognisable. */
const WALL_START = 1_767_225_600_000;
/** Turns of the event loop that are given to promises and immediates after each alarm. */
const SETTLE_TURNS = 8;

interface Alarm {
  readonly moment: Instant;
  readonly ring: () => void;
}

export class FakeClock implements AlarmClock {
  #now = 0 as Instant;
  #alarms: Alarm[] = [];
  readonly #rung = new Set<Instant>();
  /** How many alarms were ever set: each is work for the event loop. */
  alarmsSet = 0;

  now(): Instant {
    return this.#now;
  }

  wallTime(): WallTime {
    return (WALL_START + this.#now) as WallTime;
  }

  sleep(span: Millis, signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      if (signal.aborted) return resolve();
      const wake = (): void => {
        alarm[Symbol.dispose]();
        signal.removeEventListener("abort", wake);
        resolve();
      };
      const alarm = this.alarm((this.#now + span) as Instant, wake);
      signal.addEventListener("abort", wake);
    });
  }

  alarm(moment: Instant, ring: () => void): Disposable {
    const alarm: Alarm = { moment, ring };
    this.alarmsSet++;
    this.#alarms.push(alarm);
    this.#alarms.sort((a, b) => a.moment - b.moment);
    return {
      [Symbol.dispose]: () => {
        this.#alarms = this.#alarms.filter((each) => each !== alarm);
      },
    };
  }

  /** At how many moments something rang: so often a process would have been waked. */
  get wakes(): number {
    return this.#rung.size;
  }

  /** Moves on by `span`; whatever rings on the way rings at its moment. Resolves when all has settled. */
  async advance(span: number): Promise<void> {
    const end = (this.#now + span) as Instant;
    await settle();
    for (let next = this.#due(end); next !== undefined; next = this.#due(end)) {
      this.#now = Math.max(this.#now, next.moment) as Instant;
      this.#rung.add(this.#now);
      next.ring();
      await settle();
    }
    this.#now = end;
  }

  /** Jumps, as a process that was stopped does: everything due rings late, at the end. */
  async oversleep(span: number): Promise<void> {
    this.#now = (this.#now + span) as Instant;
    await this.advance(0);
  }

  #due(end: Instant): Alarm | undefined {
    const [first] = this.#alarms;
    if (first === undefined || first.moment > end) return undefined;
    this.#alarms.shift();
    return first;
  }
}

/** Lets promises and immediates run until they have had several turns. */
export async function settle(): Promise<void> {
  for (let turn = 0; turn < SETTLE_TURNS; turn++) await new Promise((resolve) => setImmediate(resolve));
}
