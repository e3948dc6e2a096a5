/** The changes of role that the agent has not acknowledged yet, so that none is lost while no agent runs. */
import type { Log } from "../port/log.ts";
import type { Transition } from "../vrrp/virtual-router.ts";
import type { JournalLegacy } from "./legacy.ts";
import { TRANSITIONS_KEPT_MAX } from "./messages.ts";

export class TransitionJournal {
  #speaker: string;
  readonly #log: Log;
  #kept: Transition[] = [];
  #lastSequence = 0;

  /** `speaker` names this life of the process: sequences begin anew with each. */
  constructor(speaker: string, log: Log) {
    this.#speaker = speaker;
    this.#log = log;
  }

  add(happened: Omit<Transition, "sequence" | "speaker">): Transition {
    const transition = { ...happened, sequence: ++this.#lastSequence, speaker: this.#speaker };
    this.#kept.push(transition);
    const [lost] = this.#kept;
    if (lost !== undefined && this.#kept.length > TRANSITIONS_KEPT_MAX) this.#forget(lost);
    return transition;
  }

  acknowledge(sequence: number): void {
    this.#kept = this.#kept.filter((transition) => transition.sequence > sequence);
  }

  /** The next one tells of it, best of the same router: whoever fetches that one learns that it is not the whole story. */
  #forget(lost: Transition): void {
    this.#log.error("forgot a transition that no agent has fetched", { ...lost });
    this.#kept.shift();
    const sameRouter = this.#kept.findIndex(({ router }) => router === lost.router);
    const index = Math.max(0, sameRouter);
    const teller = this.#kept[index];
    if (teller === undefined) return;
    this.#kept[index] = { ...teller, lostBefore: (teller.lostBefore ?? 0) + (lost.lostBefore ?? 0) + 1 };
  }

  get speaker(): string {
    return this.#speaker;
  }

  legacy(): JournalLegacy {
    return { lastSequence: this.#lastSequence, unacknowledged: this.#kept };
  }

  /** The life of `speaker` goes on here. */
  inherit(speaker: string, { lastSequence, unacknowledged }: JournalLegacy): void {
    this.#speaker = speaker;
    this.#lastSequence = lastSequence;
    this.#kept = [...unacknowledged];
  }

  /** In order. */
  get unacknowledged(): readonly Transition[] {
    return this.#kept;
  }
}
