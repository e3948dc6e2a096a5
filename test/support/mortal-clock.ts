/** The clock of a process that can be killed: from then on it rings for nobody. */
import type { Instant, Millis, WallTime } from "../../controller/net/time.ts";
import type { AlarmClock } from "../../controller/port/clock.ts";

export class MortalClock implements AlarmClock {
  readonly #clock: AlarmClock;
  #isDead = false;

  constructor(clock: AlarmClock) {
    this.#clock = clock;
  }

  kill(): void {
    this.#isDead = true;
  }

  now(): Instant {
    return this.#clock.now();
  }

  wallTime(): WallTime {
    return this.#clock.wallTime();
  }

  sleep(span: Millis, signal: AbortSignal): Promise<void> {
    return this.#clock.sleep(span, signal);
  }

  alarm(moment: Instant, ring: () => void): Disposable {
    return this.#clock.alarm(moment, () => {
      if (!this.#isDead) ring();
    });
  }
}
