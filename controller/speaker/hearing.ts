/** Whom a line has heard, and when. */
import { type Instant, type Millis, since } from "../net/time.ts";
import type { HeardLast } from "./fate-status.ts";

export interface HearingLegacy {
  readonly heard: HeardLast | null;
  readonly lastHeardAt: Instant | null;
  readonly heardSince: Instant | null;
}

export class Hearing {
  #last: HeardLast | null = null;
  #lastAt: Instant | null = null;
  #since: Instant | null = null;

  /** Whoever has advertised last; while master, who had done so before. */
  get last(): HeardLast | null {
    return this.#last;
  }

  /** When anybody's advertisement was last heard. */
  get lastAt(): Instant | null {
    return this.#lastAt;
  }

  /** Since when advertisements are heard without a long silence. */
  get since(): Instant | null {
    return this.#since;
  }

  /** After a `silence` hearing begins anew. */
  note(heard: HeardLast, silence: Millis): void {
    this.#last = heard;
    if (this.#lastAt === null || since(this.#lastAt, heard.at) >= silence) this.#since = heard.at;
    this.#lastAt = heard.at;
  }

  /** Who was heard just now does not count as the last. */
  remember(last: HeardLast | null): void {
    this.#last = last;
  }

  get legacy(): HearingLegacy {
    return { heard: this.#last, lastHeardAt: this.#lastAt, heardSince: this.#since };
  }

  inherit({ heard, lastHeardAt, heardSince }: HearingLegacy): void {
    this.#last = heard;
    this.#lastAt = lastHeardAt;
    this.#since = heardSince;
  }
}
