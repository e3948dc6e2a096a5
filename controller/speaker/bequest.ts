/**
 * The giving side of a replacement: a speaker that stands still for another one that asks for its place, and either goes
 * without a word to anybody, or goes on where it stood when the other is not heard of in time.
 */
import { after, type Millis, millis } from "../net/time.ts";
import type { AlarmClock } from "../port/clock.ts";
import type { Log } from "../port/log.ts";
import { LEGACY_FORMAT, type Legacy } from "./legacy.ts";
import type { FromSpeaker } from "./messages.ts";

/** For at least that long, since two processes must be scheduled; and never so long that the others would wonder. */
const PATIENCE_MIN = millis(100);
const PATIENCE_MAX = millis(1_000);

export interface BequestSurface {
  readonly clock: AlarmClock;
  readonly log: Log;
  /** Stands still. A sentence: why not now. */
  freeze(): Promise<Legacy | string>;
  thaw(): void;
  /** Ends without releasing anything. */
  goQuietly(): void;
}

/** An heir's connection. */
export type Heir = (message: FromSpeaker) => void;

export class Bequest implements Disposable {
  readonly #surface: BequestSurface;
  #heir: Heir | null = null;
  #patience: Disposable | null = null;

  constructor(surface: BequestSurface) {
    this.#surface = surface;
  }

  async offer(format: number, heir: Heir): Promise<void> {
    const { clock, log } = this.#surface;
    const refuse = (because: string, mayRetry: boolean): void => {
      log.warn("another speaker may not take over", { because });
      heir({ type: "refused", because, mayRetry });
    };
    if (format !== LEGACY_FORMAT) {
      return refuse(`it asks for format ${format}, this is ${LEGACY_FORMAT}`, false);
    }
    if (this.#heir !== null) return refuse("a third one is taking over", true);
    this.#heir = heir;
    const legacy = await this.#surface.freeze();
    if (typeof legacy === "string") {
      this.#heir = null;
      return refuse(legacy, true);
    }
    log.info("standing still for another speaker that takes over");
    this.#patience = clock.alarm(after(clock.now(), patienceFor(legacy)), () =>
      this.#goOn("it was too slow"),
    );
    heir({ type: "legacy", legacy });
  }

  taken(heir: Heir): void {
    if (this.#heir !== heir || this.#patience === null) {
      heir({ type: "refused", because: "this speaker has gone on", mayRetry: true });
      return;
    }
    this[Symbol.dispose]();
    this.#surface.log.info("another speaker has taken over");
    this.#surface.goQuietly();
  }

  /** The heir's connection has ended. */
  lost(heir: Heir): void {
    if (this.#heir === heir) this.#goOn("it has gone");
  }

  [Symbol.dispose](): void {
    this.#patience?.[Symbol.dispose]();
    this.#patience = null;
  }

  #goOn(because: string): void {
    this.#heir = null;
    if (this.#patience === null) return;
    this[Symbol.dispose]();
    this.#surface.log.warn("another speaker has not taken over; going on", { because });
    this.#surface.thaw();
  }
}

/** Two intervals of the fastest router: with the one that may have passed before, that is still less than others wait. */
function patienceFor({ orders }: Legacy): Millis {
  const fastest = Math.min(PATIENCE_MAX / 2, ...orders.routers.map(({ adverInterval }) => adverInterval));
  return millis(Math.max(PATIENCE_MIN, 2 * fastest));
}
