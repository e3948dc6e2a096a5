/**
 * How fast announcements leave on one interface. A switch learns and throttles by the port, whichever router an announcement is
 * for, so all lines on an interface share one pace. Advertisements are not held back by it: between two groups everything else
 * that is due has its turn.
 *
 * What has just been taken over is announced first, in groups that are soon through: until then its clients speak to nobody.
 * Repetitions are for those that missed the first, and have time.
 */
import { after, type Instant, type Millis, millis, since } from "../net/time.ts";
import type { Clock } from "../port/clock.ts";
import type { Deadlines } from "./deadlines.ts";

/**
 * As many as one router can have, 255, leave at once, each a single time: in 1 to 2 ms, since the kernel takes 4 to 7 us for each.
 * keepalived sends them and four repetitions in one burst.
 */
export const FIRST: Rate = { groupMax: 256, pause: millis(2) };
/** 1,000 a second, which switches take that count ARP per port. */
export const REPETITIONS: Rate = { groupMax: 8, pause: millis(8) };

export interface Rate {
  readonly groupMax: number;
  /** Between the beginnings of two groups. */
  readonly pause: Millis;
}

/** What somebody has to announce. */
export interface Round {
  /** Sends the next ones, `max` at the most, and says how many; 0: there are no more. */
  send(max: number): number;
  /** All are sent. */
  sent(): void;
}

export interface PaceSurface {
  readonly clock: Clock;
  readonly deadlines: Deadlines;
}

export class AnnouncementPace {
  readonly #first: Lane;
  readonly #repetitions: Lane;

  constructor(surface: PaceSurface) {
    this.#first = new Lane(FIRST, surface, () => false);
    this.#repetitions = new Lane(REPETITIONS, surface, () => !this.#first.isEmpty);
  }

  /** Sends at once what there is room for, the rest later, in the order in which they come. */
  enter(round: Round, which: "first" | "repetition"): void {
    this.leave(round);
    (which === "first" ? this.#first : this.#repetitions).enter(round);
  }

  leave(round: Round): void {
    this.#first.leave(round);
    this.#repetitions.leave(round);
  }
}

class Lane {
  readonly #rate: Rate;
  readonly #surface: PaceSurface;
  readonly #mustWait: () => boolean;
  /** One for each line at the most. */
  readonly #rounds = new Set<Round>();
  #groupBegan: Instant | null = null;
  #groupSize = 0;

  constructor(rate: Rate, surface: PaceSurface, mustWait: () => boolean) {
    this.#rate = rate;
    this.#surface = surface;
    this.#mustWait = mustWait;
  }

  get isEmpty(): boolean {
    return this.#rounds.size === 0;
  }

  enter(round: Round): void {
    this.#rounds.add(round);
    this.#proceed();
  }

  leave(round: Round): void {
    if (this.#rounds.delete(round) && this.isEmpty) this.#surface.deadlines.clear(this);
  }

  #proceed(): void {
    const { clock, deadlines } = this.#surface;
    const now = clock.now();
    if (this.#groupBegan === null || since(this.#groupBegan, now) >= this.#rate.pause) {
      this.#groupBegan = now;
      this.#groupSize = 0;
    }
    if (!this.#mustWait()) this.#fillGroup();
    if (!this.isEmpty) deadlines.set(this, after(this.#groupBegan, this.#rate.pause), () => this.#proceed());
  }

  #fillGroup(): void {
    // 250 that come one by one find it full, most of them, and looking through all each time would be the square of their number.
    if (this.#groupSize >= this.#rate.groupMax) return;
    for (const round of [...this.#rounds]) {
      while (this.#groupSize < this.#rate.groupMax) {
        const count = round.send(this.#rate.groupMax - this.#groupSize);
        this.#groupSize += count;
        if (count > 0) continue;
        this.#rounds.delete(round);
        round.sent();
        break;
      }
    }
  }
}
