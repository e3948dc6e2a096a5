/**
 * The changes of role: what is told of them, in the log and to the agent, and which of them the agent has not acknowledged yet, so
 * that none is lost while no agent runs.
 *
 * A change is noted when it happens and written down a moment later: a sentence about 250 take-overs takes longer than the
 * take-overs themselves, and clients wait for these.
 */
import { after, type Millis, millis } from "../net/time.ts";
import type { AlarmClock } from "../port/clock.ts";
import type { Log } from "../port/log.ts";
import type { RoleChange, Transition } from "../vrrp/virtual-router.ts";
import type { Deadlines } from "./deadlines.ts";
import type { JournalLegacy } from "./legacy.ts";
import { TRANSITIONS_KEPT_MAX } from "./messages.ts";

/** So many are written as soon as the event loop has nothing better to do, which takes a millisecond; of more, so many at a time. */
const WRITTEN_AT_ONCE_MAX = 16;
const PAUSE_WITH_MANY = millis(5);
/** By then 250 routers have taken over and announced it. */
const REST_WITH_MANY = millis(60);

export interface JournalSurface {
  readonly clock: AlarmClock;
  readonly deadlines: Deadlines;
  readonly log: Log;
  /** One more is written down. */
  written(transition: Transition): void;
}

export class TransitionJournal {
  #speaker: string;
  readonly #surface: JournalSurface;
  #noted: RoleChange[] = [];
  #isDue = false;
  #kept: Transition[] = [];
  #lastSequence = 0;

  /** `speaker` names this life of the process: sequences begin anew with each. */
  constructor(speaker: string, surface: JournalSurface) {
    this.#speaker = speaker;
    this.#surface = surface;
  }

  note(change: RoleChange): void {
    this.#noted.push(change);
    if (this.#isDue) return;
    this.#isDue = true;
    setImmediate(() => this.#begin());
  }

  /** Everything that is noted, now. */
  write(): void {
    this.#surface.deadlines.clear(this);
    this.#isDue = false;
    for (const change of this.#noted.splice(0)) this.#write(change);
  }

  acknowledge(sequence: number): void {
    this.#kept = this.#kept.filter((transition) => transition.sequence > sequence);
  }

  get speaker(): string {
    return this.#speaker;
  }

  legacy(): JournalLegacy {
    this.write();
    return { lastSequence: this.#lastSequence, unacknowledged: this.#kept };
  }

  /** The life of `speaker` goes on here. */
  inherit(speaker: string, { lastSequence, unacknowledged }: JournalLegacy): void {
    this.#speaker = speaker;
    this.#lastSequence = lastSequence;
    this.#kept = [...unacknowledged];
  }

  /** Of what is written, in order. */
  get unacknowledged(): readonly Transition[] {
    return this.#kept;
  }

  #begin(): void {
    if (this.#noted.length <= WRITTEN_AT_ONCE_MAX) this.write();
    else this.#goOnAfter(REST_WITH_MANY);
  }

  #goOnAfter(span: Millis): void {
    const { clock, deadlines } = this.#surface;
    deadlines.set(this, after(clock.now(), span), () => {
      for (const change of this.#noted.splice(0, WRITTEN_AT_ONCE_MAX)) this.#write(change);
      if (this.#noted.length > 0) this.#goOnAfter(PAUSE_WITH_MANY);
      else this.#isDue = false;
    });
  }

  #write(change: RoleChange): void {
    const happened = { ...change, because: change.because() };
    this.#surface.log.info("changed role", happened);
    const transition = { sequence: ++this.#lastSequence, speaker: this.#speaker, ...happened };
    this.#kept.push(transition);
    const [lost] = this.#kept;
    if (lost !== undefined && this.#kept.length > TRANSITIONS_KEPT_MAX) this.#forget(lost);
    this.#surface.written(transition);
  }

  /** The next one tells of it, best of the same router: whoever fetches that one learns that it is not the whole story. */
  #forget(lost: Transition): void {
    this.#surface.log.error("forgot a transition that no agent has fetched", { ...lost });
    this.#kept.shift();
    const sameRouter = this.#kept.findIndex(({ router }) => router === lost.router);
    const index = Math.max(0, sameRouter);
    const teller = this.#kept[index];
    if (teller === undefined) return;
    this.#kept[index] = { ...teller, lostBefore: (teller.lostBefore ?? 0) + (lost.lostBefore ?? 0) + 1 };
  }
}
