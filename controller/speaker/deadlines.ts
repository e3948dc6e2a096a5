/**
 * Everything in the speaker that happens at a certain moment: one heap of deadlines and one alarm for the earliest.
 *
 * A backup's deadline moves with each advertisement it hears. So a deadline that is put off leaves heap and alarm as they
 * are: the alarm rings for nothing, and all that were put off find their new places, which is rarer than advertisements are.
 */
import { after, type Instant, type Millis, millis, since } from "../net/time.ts";
import type { AlarmClock } from "../port/clock.ts";

/** In the heap at `placedAt`, which is `moment` or earlier: a deadline that is put off stays where it is until it is reached. */
interface Deadline {
  moment: Instant;
  /** Before `moment`: whoever is awake for another deadline of this sort may meet this one as well, and sleep on. */
  earliest: Instant;
  placedAt: Instant;
  /** Of two with the same moment the one that was set first goes first: 250 advertisements keep their order, and their distance. */
  order: number;
  due: () => void;
  /** `null`: it may be met some tenths of a millisecond late. */
  rehearse: (() => void) | null;
  isInForce: boolean;
}

/** Deadlines that are no longer in force stay in the heap until they are this many more than those that are. */
const STALE_MAX = 64;
/** From one vigil to the next. Who has just been awake meets the next one in time, and 250 vigils would be one of all their time together. */
const VIGIL_PAUSE = millis(5);

export class Deadlines implements Disposable {
  readonly #clock: AlarmClock;
  readonly #beforeDue: () => void;
  readonly #vigil: Millis;
  #vigilEnded: Instant | null = null;
  /**
   * The deadline of each owner that has one in force, or has met it: then it is in no heap, and serves for the next one. To take
   * it out and put it back with every advertisement would make V8 write the table anew all the time, among what it takes for old.
   */
  #current = new WeakMap<object, Deadline>();
  #inForce = 0;
  #heap: Deadline[] = [];
  #alarm: { readonly moment: Instant; readonly ringing: Disposable } | null = null;
  #isPaused = false;
  #worstLateness = millis(0);
  #isRinging = false;
  #order = 0;

  /**
   * `beforeDue` is called before anything that is due, so that what was heard before a deadline counts before it. `vigil`: for so
   * long one that is rehearsed is waited for awake; 0: not at all, as by a clock that stands still meanwhile.
   */
  constructor(clock: AlarmClock, beforeDue: () => void, vigil = millis(0)) {
    this.#clock = clock;
    this.#beforeDue = beforeDue;
    this.#vigil = vigil;
  }

  /**
   * Each owner has one deadline; a new one replaces the old. With an `earliest` before its moment it may be met a little
   * early, together with another one of this sort: 250 of them, each at a moment of its own, soon wake the process together.
   * One with `rehearse` is met to the microsecond: the process wakes before it, rehearses, and looks at nothing but the clock and
   * what comes in.
   */
  set(
    owner: object,
    moment: Instant,
    due: () => void,
    earliest: Instant = moment,
    rehearse: (() => void) | null = null,
  ): void {
    const known = this.#current.get(owner);
    if (known?.isInForce === true) {
      if (known.placedAt > moment) this.clear(owner);
      else {
        // The way of every advertisement that a backup hears: nothing is allocated and nothing moves.
        known.moment = moment;
        known.earliest = earliest;
        known.due = due;
        known.rehearse = rehearse;
        return;
      }
    }
    const deadline = this.#idleOf(owner, moment, due);
    deadline.moment = moment;
    deadline.earliest = earliest;
    deadline.placedAt = moment;
    deadline.order = this.#order++;
    deadline.due = due;
    deadline.rehearse = rehearse;
    deadline.isInForce = true;
    this.#inForce += 1;
    this.#push(deadline);
    // While it rings the alarm is off, and is set once all is done.
    const waking = this.#wakingFor(deadline);
    if (!this.#isRinging && (this.#alarm === null || waking < this.#alarm.moment)) this.#arm(waking);
  }

  /** Whether others are due at this moment. */
  get isCrowded(): boolean {
    const first = this.#first();
    return first !== null && first.moment <= this.#clock.now();
  }

  /** Whether one that is rehearsed, as a take-over is, is due within that time. */
  isRehearsedWithin(span: Millis): boolean {
    const until = after(this.#clock.now(), span);
    return this.#heap.some(
      ({ isInForce, rehearse, moment }) => isInForce && rehearse !== null && moment <= until,
    );
  }

  clear(owner: object): void {
    const known = this.#current.get(owner);
    if (known?.isInForce !== true) return;
    this.#endForce(known);
    // It stays in the heap until it is reached, so it cannot serve for the next one.
    this.#current.delete(owner);
  }

  /** Nothing rings until `resume`; what was due meanwhile rings then. */
  pause(): void {
    this.#isPaused = true;
    this.#alarm?.ringing[Symbol.dispose]();
    this.#alarm = null;
  }

  resume(): void {
    this.#isPaused = false;
    const next = this.#first();
    if (next !== null) this.#arm(this.#wakingFor(next));
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
    this.#current = new WeakMap();
    this.#inForce = 0;
    this.#heap = [];
  }

  /** The one that the owner has met, or else a new one: in no heap. */
  #idleOf(owner: object, moment: Instant, due: () => void): Deadline {
    const met = this.#current.get(owner);
    if (met !== undefined) return met;
    const fresh = {
      moment,
      earliest: moment,
      placedAt: moment,
      order: 0,
      due,
      rehearse: null,
      isInForce: false,
    };
    this.#current.set(owner, fresh);
    return fresh;
  }

  #endForce(deadline: Deadline): void {
    deadline.isInForce = false;
    this.#inForce -= 1;
  }

  #ring(): void {
    this.#alarm = null;
    this.#isRinging = true;
    try {
      this.#keepVigil();
      this.#serve(this.#clock.now());
    } finally {
      this.#isRinging = false;
    }
    const next = this.#first();
    if (next !== null) this.#arm(this.#wakingFor(next));
  }

  /** A take-over is code that nobody has run for a long time, and a sleeping processor takes its time to wake. */
  #keepVigil(): void {
    const first = this.#first();
    if (first === null || !this.#isAwaited(first)) return;
    this.#beforeDue();
    if (this.#first() !== first || !this.#isAwaited(first)) return;
    first.rehearse?.();
    while (this.#first() === first && this.#isAwaited(first)) this.#beforeDue();
    this.#vigilEnded = this.#clock.now();
  }

  #isAwaited({ moment, rehearse }: Deadline): boolean {
    if (rehearse === null) return false;
    const remaining = moment - this.#clock.now();
    return remaining > 0 && remaining <= this.#vigil;
  }

  #wakingFor({ moment, rehearse }: Deadline): Instant {
    if (rehearse === null) return moment;
    const isAwake = this.#vigilEnded !== null && since(this.#vigilEnded, moment) < VIGIL_PAUSE;
    return isAwake ? moment : after(moment, millis(-this.#vigil));
  }

  #serve(now: Instant): void {
    const first = this.#first();
    if (first !== null && first.moment <= now) {
      this.#worstLateness = millis(Math.max(this.#worstLateness, since(first.moment, now)));
      this.#beforeDue();
    }
    // What becomes due while others are served waits for the next ring, so that nothing can keep the loop to itself.
    let isSociable = false;
    for (let next = this.#first(); next !== null; next = this.#first()) {
      if ((isSociable ? next.earliest : next.moment) > now) break;
      isSociable ||= next.earliest < next.moment;
      this.#pop();
      this.#endForce(next);
      next.due();
    }
  }

  #arm(moment: Instant): void {
    if (this.#isPaused) return;
    this.#alarm?.ringing[Symbol.dispose]();
    this.#alarm = { moment, ringing: this.#clock.alarm(moment, () => this.#ring()) };
  }

  /** The earliest deadline in force, after dropping those that are no longer and moving those that were put off. */
  #first(): Deadline | null {
    for (let top = this.#heap[0]; top !== undefined; top = this.#heap[0]) {
      if (top.isInForce && top.placedAt === top.moment) return top;
      this.#pop();
      if (!top.isInForce) continue;
      top.placedAt = top.moment;
      this.#push(top);
    }
    return null;
  }

  #push(deadline: Deadline): void {
    if (this.#heap.length > this.#inForce + STALE_MAX) {
      this.#heap = [...this.#heap, deadline].filter(({ isInForce }) => isInForce);
      for (const each of this.#heap) each.placedAt = each.moment;
      this.#heap.sort((a, b) => (isBefore(a, b) ? -1 : 1));
      return;
    }
    const heap = this.#heap;
    let at = heap.push(deadline) - 1;
    while (at > 0) {
      const parentAt = (at - 1) >> 1;
      const parent = heap[parentAt];
      if (parent === undefined || !isBefore(deadline, parent)) break;
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
    for (let next = this.#earlierChild(at); next !== null; next = this.#earlierChild(at)) {
      const child = heap[next];
      if (child === undefined || !isBefore(child, last)) break;
      heap[at] = child;
      at = next;
    }
    heap[at] = last;
  }

  /** Where it stands; null: there is none. */
  #earlierChild(parentAt: number): number | null {
    const leftAt = 2 * parentAt + 1;
    const left = this.#heap[leftAt];
    const right = this.#heap[leftAt + 1];
    if (left === undefined) return null;
    return right !== undefined && isBefore(right, left) ? leftAt + 1 : leftAt;
  }
}

const isBefore = (one: Deadline, other: Deadline): boolean =>
  one.placedAt < other.placedAt || (one.placedAt === other.placedAt && one.order < other.order);
