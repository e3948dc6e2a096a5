/**
 * When each fate that is master has advertised last, where the next process finds it. Somebody who is killed says no word, and
 * nothing in the kernel tells how long the others have waited: the lifetimes of the addresses are refreshed more rarely.
 *
 * One line for each fate, `INSTANT NAME`, and only while it is master. Instants are counted from the boot.
 */
import type { Instant } from "../net/time.ts";
import type { Clock } from "../port/clock.ts";
import { OperationFailure } from "../port/failure.ts";
import type { Log } from "../port/log.ts";
import type { Slate } from "../port/slate.ts";

/** A hundred years in milliseconds, with three places. */
const INSTANT_WIDTH = 17;
const LINE = /^ *(\d+\.\d{3}) (.+)$/;

export interface PulseSurface {
  readonly slate: Slate;
  readonly clock: Clock;
  readonly log: Log;
}

export class Pulse {
  readonly #surface: PulseSurface;
  readonly #found = new Map<string, Instant>();
  /** When each fate that is master has advertised last, as it is written. */
  readonly #instants = new Map<string, string>();
  /** Where the line of each fate begins in what is written; empty: to be arranged anew. */
  readonly #places = new Map<string, number>();
  #content = Buffer.alloc(0);
  #isDue = false;
  #failure: string | null = null;

  constructor(surface: PulseSurface) {
    this.#surface = surface;
  }

  /** Reads what the process before this one has left. */
  async find(): Promise<void> {
    const text = (await this.#surface.slate.read()) ?? "";
    for (const line of text.split("\n")) {
      const [, instant, name] = LINE.exec(line) ?? [];
      if (instant !== undefined && name !== undefined) this.#found.set(name, Number(instant) as Instant);
    }
  }

  /** When the process before this one advertised as master; told once, since it soon means nothing. */
  takeFound(name: string): Instant | null {
    const found = this.#found.get(name) ?? null;
    this.#found.delete(name);
    return found;
  }

  /** It has advertised as master. */
  spoke(name: string): void {
    const instant = this.#surface.clock.now().toFixed(3).padStart(INSTANT_WIDTH);
    this.#instants.set(name, instant);
    const place = this.#places.get(name);
    if (place === undefined) this.#places.clear();
    else this.#content.write(instant, place, "latin1");
    this.#writeSoon();
  }

  /** It is no master any more, or on its way out: nobody may go on for it. */
  silent(name: string): void {
    if (!this.#instants.delete(name)) return;
    this.#places.clear();
    this.#writeSoon();
  }

  /** What is due is written now. */
  flush(): void {
    if (!this.#isDue) return;
    this.#isDue = false;
    this.#write();
  }

  /** Once for all that come or go in the same moment, as 250 do when their master fails. */
  #arrange(): void {
    const lines: string[] = [];
    let at = 0;
    for (const [name, instant] of this.#instants) {
      this.#places.set(name, at);
      const line = `${instant} ${name}\n`;
      lines.push(line);
      at += Buffer.byteLength(line);
    }
    this.#content = Buffer.from(lines.join(""));
  }

  /** Once for all that speak in the same moment, and after they have spoken and claimed what they speak for. */
  #writeSoon(): void {
    if (this.#isDue) return;
    this.#isDue = true;
    setImmediate(() => this.flush());
  }

  #write(): void {
    if (this.#places.size < this.#instants.size || this.#instants.size === 0) this.#arrange();
    try {
      this.#surface.slate.write(this.#content);
      this.#tell(null);
    } catch (error) {
      if (!(error instanceof OperationFailure)) throw error;
      this.#tell(error.message);
    }
  }

  /** Logged when it is another than the last time. */
  #tell(failure: string | null): void {
    if (failure === this.#failure) return;
    this.#failure = failure;
    if (failure === null) this.#surface.log.info("what a successor needs is written again");
    else this.#surface.log.error("cannot write what a successor needs", { because: failure });
  }
}
