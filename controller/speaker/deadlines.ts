/**
 * Everything in the speaker that happens at a certain moment: one heap of deadlines and one alarm for the earliest.
 *
 * A backup's deadline moves with each advertisement it hears. So a deadline that is put off leaves the alarm as it is:
 * it rings for nothing and is set anew, which is rarer than advertisements are.
 */
import { type Instant, type Millis, millis, since } from "../net/time.ts";
import type { AlarmClock } from "../port/clock.ts";

interface Deadline {
  readonly moment: Instant;
  readonly owner: object;
  readonly due: () => void;
}

/** Deadlines that were put off stay in the heap until they are this many more than those in force. */
const STALE_MAX = 64;

export class Deadlines implements Disposable {
  readonly #clock: AlarmClock;
  readonly #beforeDue: () => void;
  /** The deadline in force of each owner. */
  readonly #current = new Map<object, Deadline>();
  #heap: Deadline[] = [];
  #alarm: { readonly moment: Instant; readonly ringing: Disposable } | null = null;
  #worstLateness = millis(0);

  /** `beforeDue` is called before anything that is due, so that what was heard before a deadline counts before it. */
  constructor(clock: AlarmClock, beforeDue: () => void) {
    this.#clock = clock;
    this.#beforeDue = beforeDue;
  }

  /** Each owner has one deadline; a new one replaces the old. */
  set(owner: object, moment: Instant, due: () => void): void {
    const deadline: Deadline = { moment, owner, due };
    this.#current.set(owner, deadline);
    this.#push(deadline);
    this.#arm();
  }

  clear(owner: object): void {
    this.#current.delete(owner);
  }

  /** The worst lateness since the last time it was asked for. */
  takeWorstLateness(): Millis {
    const worst = this.#worstLateness;
    this.#worstLateness = millis(0);
    return worst;
  }

  [Symbol.dispose](): void {
    this.#alarm?.ringing[Symbol.dispose]();
    this.#alarm = null;
    this.#current.clear();
    this.#heap = [];
  }

  #ring(): void {
    this.#alarm = null;
    const now = this.#clock.now();
    const first = this.#first();
    if (first !== null && first.moment <= now) {
      this.#worstLateness = millis(Math.max(this.#worstLateness, since(first.moment, now)));
      this.#beforeDue();
    }
    // What becomes due while others are served waits for the next ring, so that nothing can keep the loop to itself.
    for (let next = this.#first(); next !== null && next.moment <= now; next = this.#first()) {
      this.#current.delete(next.owner);
      this.#pop();
      next.due();
    }
    this.#arm();
  }

  #arm(): void {
    const first = this.#first();
    if (first === null || (this.#alarm !== null && this.#alarm.moment <= first.moment)) return;
    this.#alarm?.ringing[Symbol.dispose]();
    this.#alarm = { moment: first.moment, ringing: this.#clock.alarm(first.moment, () => this.#ring()) };
  }

  /** The earliest deadline in force, after dropping those that are no longer. */
  #first(): Deadline | null {
    for (let top = this.#heap[0]; top !== undefined; top = this.#heap[0]) {
      if (this.#current.get(top.owner) === top) return top;
      this.#pop();
    }
    return null;
  }

  #push(deadline: Deadline): void {
    if (this.#heap.length > this.#current.size + STALE_MAX) {
      this.#heap = [...this.#current.values()].sort((a, b) => a.moment - b.moment);
      return;
    }
    const heap = this.#heap;
    let at = heap.push(deadline) - 1;
    while (at > 0) {
      const parentAt = (at - 1) >> 1;
      const parent = heap[parentAt];
      if (parent === undefined || parent.moment <= deadline.moment) break;
      heap[at] = parent;
      at = parentAt;
    }
    heap[at] = deadline;
  }

  #pop(): void {
    const heap = this.#heap;
    const last = heap.pop();
    if (last === undefined || heap.length === 0) return;
    let at = 0;
    for (;;) {
      const child = this.#earlierChild(at);
      if (child === null || child.deadline.moment >= last.moment) break;
      heap[at] = child.deadline;
      at = child.at;
    }
    heap[at] = last;
  }

  #earlierChild(parentAt: number): { readonly at: number; readonly deadline: Deadline } | null {
    const leftAt = 2 * parentAt + 1;
    const left = this.#heap[leftAt];
    const right = this.#heap[leftAt + 1];
    if (left === undefined) return null;
    return right !== undefined && right.moment < left.moment
      ? { at: leftAt + 1, deadline: right }
      : { at: leftAt, deadline: left };
  }
}
