/**
 * Timers of the kernel, counted in nanoseconds. Those of Node.js are counted in whole milliseconds: each ends half of one late, on average,
 * and a master that has fallen silent is replaced so much later. One descriptor (timerfd_create(2)) serves all. It
 * goes on while the machine is suspended, so that whoever sleeps learns of it at once.
 */
import { type Millis, millis } from "../../net/time.ts";
import type { Libc } from "../libc/libc.ts";
import type { Timers } from "./system-clock.ts";

const NANOSECONDS_PER_MILLI = 1_000_000;
const NANOSECONDS_PER_SECOND = 1_000_000_000n;

interface Pending {
  /** By performance.now(). */
  readonly end: number;
  readonly ring: () => void;
}

export class KernelTimers implements Timers, Disposable {
  readonly #libc: Libc;
  readonly #descriptor: number;
  readonly #readable: Disposable;
  readonly #expirations = new Uint8Array(8);
  /** struct itimerspec: interval and first expiration, each in seconds and nanoseconds. */
  readonly #terms = new BigInt64Array(4);
  /** A few: whoever has many keeps them in a heap of its own. No Set, which V8 would write anew after every few that have rung. */
  readonly #pending: Pending[] = [];
  #armedFor = Number.POSITIVE_INFINITY;

  /** Throws SystemCallFailure. */
  constructor(libc: Libc) {
    this.#libc = libc;
    this.#descriptor = libc.createTimer();
    this.#readable = libc.onReadable(this.#descriptor, () => this.#expired());
  }

  after(span: Millis, ring: () => void): Disposable {
    const pending = { end: performance.now() + span, ring };
    this.#pending.push(pending);
    this.#arm();
    return { [Symbol.dispose]: () => this.#remove(pending) };
  }

  [Symbol.dispose](): void {
    this.#pending.length = 0;
    this.#readable[Symbol.dispose]();
    this.#libc.close(this.#descriptor);
  }

  /** Whoever is rung too early, as after a suspension of the machine, asks again. */
  #expired(): void {
    // Nothing: it was armed anew in the same moment.
    if (this.#libc.read(this.#descriptor, this.#expirations) === null) return;
    const until = Math.max(this.#armedFor, performance.now());
    this.#armedFor = Number.POSITIVE_INFINITY;
    const due = this.#pending.filter(({ end }) => end <= until).sort((a, b) => a.end - b.end);
    for (const pending of due) if (this.#remove(pending)) pending.ring();
    this.#arm();
  }

  /** Whether it was still pending: one that rings may call off another one. */
  #remove(pending: Pending): boolean {
    const at = this.#pending.indexOf(pending);
    if (at >= 0) this.#pending.splice(at, 1);
    return at >= 0;
  }

  /** One that was called off leaves the descriptor as it is: it rings for nothing once, which is rarer than alarms are. */
  #arm(): void {
    let earliest = Number.POSITIVE_INFINITY;
    for (const { end } of this.#pending) earliest = Math.min(earliest, end);
    if (earliest >= this.#armedFor) return;
    this.#armedFor = earliest;
    this.#set(millis(earliest - performance.now()));
  }

  #set(span: Millis): void {
    // All zeros would disarm it.
    const nanoseconds = BigInt(Math.max(1, Math.ceil(span * NANOSECONDS_PER_MILLI)));
    this.#terms[2] = nanoseconds / NANOSECONDS_PER_SECOND;
    this.#terms[3] = nanoseconds % NANOSECONDS_PER_SECOND;
    this.#libc.setTimer(this.#descriptor, new Uint8Array(this.#terms.buffer));
  }
}
