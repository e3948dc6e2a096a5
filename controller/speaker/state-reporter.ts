/**
 * Tells the agent how things stand, whenever that has changed: several changes in one turn of the event loop make one
 * message. Some counters change with every advertisement; they alone are told only from time to time.
 */
import { after, millis } from "../net/time.ts";
import type { AlarmClock } from "../port/clock.ts";
import type { Deadlines } from "./deadlines.ts";
import type { Fate } from "./fate.ts";
import type { FromSpeaker } from "./messages.ts";

const COUNTERS_INTERVAL = millis(10_000);

export interface ReporterSurface {
  readonly clock: AlarmClock;
  readonly deadlines: Deadlines;
  fates(): readonly Fate[];
  membershipRevision(): string | null;
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
    setImmediate(() => this.#flush());
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
    return this.#told.get(fate) !== newsOf(fate);
  }

  #tellState(): void {
    this.#mustTellAll = false;
    this.#told.clear();
    const fates = this.#surface.fates();
    for (const fate of fates) this.#told.set(fate, newsOf(fate));
    this.#send?.({
      type: "state",
      membershipRevision: this.#surface.membershipRevision(),
      routers: fates.flatMap((fate) => fate.statuses()),
      latenessMs: this.#surface.deadlines.takeWorstLateness(),
    });
  }
}

/** What is news when it changes. */
function newsOf(fate: Fate): string {
  return JSON.stringify(
    fate.statuses().map(({ counters, ...status }) => ({ ...status, repaired: counters.addressesRepaired })),
  );
}
