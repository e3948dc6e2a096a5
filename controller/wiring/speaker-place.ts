/**
 * The one place for a speaker in a runtime directory: who holds the lock is the speaker there. It is how two processes agree
 * which of them acts, whatever became of their messages: nobody acts without it, and the kernel frees it on any death.
 */
import { join } from "node:path";
import { takeLock } from "../adapter/libc/exclusive-lock.ts";
import type { Libc } from "../adapter/libc/libc.ts";
import { millis } from "../net/time.ts";
import type { Clock } from "../port/clock.ts";
import { OperationFailure } from "../port/failure.ts";
import { Predecessor, type Succession } from "../speaker/predecessor.ts";

export const speakerSocket = (runtimeDir: string): string => join(runtimeDir, "speaker.sock");

/** Between the end of its connection and the end of the process that held the lock, at the most. */
const LOCK_ATTEMPTS_MAX = 1_000;
const LOCK_PAUSE = millis(2);

export class SpeakerPlace implements Disposable {
  readonly #libc: Libc;
  readonly #runtimeDir: string;
  readonly #clock: Clock;
  #lock: Disposable | null = null;
  #holder = "unknown";

  constructor(libc: Libc, runtimeDir: string, clock: Clock) {
    this.#libc = libc;
    this.#runtimeDir = runtimeDir;
    this.#clock = clock;
  }

  /** Whether it is ours now. */
  take(): boolean {
    const attempt = takeLock(this.#libc, join(this.#runtimeDir, "speaker.lock"));
    if (attempt.taken) this.#lock = attempt.lock;
    else this.#holder = attempt.holder;
    return attempt.taken;
  }

  /** Whoever holds the place. Throws OperationFailure when it is not to be replaced, or cannot be spoken to. */
  async predecessor(mayReplace: boolean): Promise<Predecessor> {
    const found = mayReplace ? await Predecessor.find(speakerSocket(this.#runtimeDir), this.#clock) : null;
    if (found !== null) return found;
    const output = `another speaker (pid ${this.#holder}) already runs in ${this.#runtimeDir}`;
    throw new OperationFailure({ code: "speaker-already-runs", output });
  }

  /** `taken`: called as soon as the place is ours. */
  successionFrom(predecessor: Predecessor, taken: () => void): Succession {
    const takePlace = async (): Promise<void> => {
      const { signal } = new AbortController();
      for (let attempt = 1; !this.take(); attempt++) {
        if (attempt === LOCK_ATTEMPTS_MAX) await this.predecessor(false);
        await this.#clock.sleep(LOCK_PAUSE, signal);
      }
      predecessor[Symbol.dispose]();
      taken();
    };
    return {
      ask: () => predecessor.ask(),
      dismiss: async () => {
        await predecessor.dismiss();
        await takePlace();
      },
      stop: async () => {
        await predecessor.stop();
        await takePlace();
      },
    };
  }

  [Symbol.dispose](): void {
    this.#lock?.[Symbol.dispose]();
    this.#lock = null;
  }
}
