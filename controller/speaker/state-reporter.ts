/**
 * Tells the agent how things stand, whenever that has changed: several changes in one turn of the event loop make one
 * message. Some counters change with every advertisement; they alone are told only from time to time.
 *
 * A message tells of all routers, and each may change by itself: 250 that move one after another would make 250 messages of
 * 250 routers, while there is better to do. So a speaker with many waits a moment before each.
 */
import { after, millis } from "../net/time.ts";
import type { AlarmClock } from "../port/clock.ts";
import type { Deadlines } from "./deadlines.ts";
import type { Fate } from "./fate.ts";
import type { FromSpeaker } from "./messages.ts";
import { newsOf } from "./news.ts";

const COUNTERS_INTERVAL = millis(10_000);
/** From so many routers on a message takes longer than a millisecond. */
const FATES_MANY = 50;
/** By then 250 have taken over and announced it, and the journal has written all of it down. */
const WAIT_WITH_MANY = millis(250);

export interface ReporterSurface {
  readonly clock: AlarmClock;
  readonly deadlines: Deadlines;
  fates(): readonly Fate[];
  membershipRevision(): string | null;
  /** Called before a state is told: how it came about is told first. */
  beforeTelling(): void;
}

export class StateReporter {
  readonly #surface: ReporterSurface;
  readonly #changed = new Set<Fate>();
  /** What the agent knows of each, without what counts packets. */
  readonly #told = new Map<Fate, string>();
  #send: ((message: FromSpeaker) => void) | null = null;
  #isDue = false;
  #mustTellAll = false;
  #awaitsCounters = false;

  constructor(surface: ReporterSurface) {
    this.#surface = surface;
  }

  /** Tells everything now, and changes from now on; to nobody with `null`. */
  tell(send: ((message: FromSpeaker) => void) | null): void {
    this.#send = send;
    this.#told.clear();
    if (send !== null) this.#tellState();
  }

  changed(fate: Fate): void {
    if (this.#send === null) return;
    this.#changed.add(fate);
    this.#schedule();
  }

  /** Some counters are other ones: told soon enough. */
  counted(): void {
    if (this.#send === null || this.#awaitsCounters) return;
    this.#awaitsCounters = true;
    const { clock, deadlines } = this.#surface;
    deadlines.set(this, after(clock.now(), COUNTERS_INTERVAL), () => {
      this.#awaitsCounters = false;
      this.#tellState();
    });
  }

  /** The set of fates, or the revision, is another. */
  membershipChanged(): void {
    this.#mustTellAll = true;
    this.#schedule();
  }

  #schedule(): void {
    if (this.#isDue) return;
    this.#isDue = true;
    const { clock, deadlines } = this.#surface;
    if (this.#told.size < FATES_MANY) setImmediate(() => this.#flush());
    else deadlines.set(this.#changed, after(clock.now(), WAIT_WITH_MANY), () => this.#flush());
  }

  #flush(): void {
    this.#isDue = false;
    const changed = [...this.#changed];
    this.#changed.clear();
    if (this.#send === null) return;
    if (this.#mustTellAll || changed.some((fate) => this.#isNews(fate))) this.#tellState();
    else this.counted();
  }

  #isNews(fate: Fate): boolean {
    return this.#told.get(fate) !== newsOf(fate.statuses());
  }

  #tellState(): void {
    this.#surface.beforeTelling();
    this.#mustTellAll = false;
    const told = this.#surface.fates().map((fate) => ({ fate, statuses: fate.statuses() }));
    this.#remember(new Map(told.map(({ fate, statuses }) => [fate, newsOf(statuses)])));
    const routers = told.flatMap(({ statuses }) => statuses);
    this.#send?.({
      type: "state",
      membershipRevision: this.#surface.membershipRevision(),
      routers,
      latenessMs: this.#surface.deadlines.takeWorstLateness(),
    });
  }

  /** What is as before stays what it was: of 250 routers the copies would be half a megabyte of garbage each time. */
  #remember(news: ReadonlyMap<Fate, string>): void {
    for (const fate of this.#told.keys()) if (!news.has(fate)) this.#told.delete(fate);
    for (const [fate, each] of news) if (this.#told.get(fate) !== each) this.#told.set(fate, each);
  }
}
