/**
 * The reconcile loop: look, plan, act; then sleep until something may have changed.
 *
 * It is level-triggered: a wake carries no news, so that a lost or merged one costs nothing. At most one pass runs at a
 * time, and any number of wakes during a pass cause exactly one more. A pass that failed is tried again with growing
 * pauses; a wake in between tries at once, since the world may have been mended.
 */
import { type Millis, millis } from "../net/time.ts";
import type { Clock } from "../port/clock.ts";
import { OperationFailure } from "../port/failure.ts";
import type { Log } from "../port/log.ts";

/** `settled: false` asks for another pass soon: something is under way that wakes nobody. */
export type Pass = (signal: AbortSignal) => Promise<{ readonly settled: boolean }>;

const RETRY_MIN = millis(200);
/** Longer would leave a mended world waiting for a minute and more (the classic complaint about 16 min back-offs). */
const RETRY_MAX = millis(60_000);
const UNSETTLED_INTERVAL = millis(250);

export interface LoopParts {
  readonly name: string;
  readonly pass: Pass;
  readonly clock: Clock;
  readonly log: Log;
  /** Wakes within this span after a pass share the next one: one reload serves many edits. */
  readonly spacing: Millis;
  /** What nobody waked for is noticed after this long. */
  readonly resync: Millis;
  /** 0 to 1; spreads the retries of several nodes. */
  readonly random: () => number;
}

export class ReconcileLoop {
  readonly #parts: LoopParts;
  #woken = true;
  #interrupt: (() => void) | null = null;
  #failures = 0;

  constructor(parts: LoopParts) {
    this.#parts = parts;
  }

  wake(): void {
    this.#woken = true;
    this.#interrupt?.();
  }

  async run(signal: AbortSignal): Promise<void> {
    const { clock, spacing } = this.#parts;
    while (!signal.aborted) {
      this.#woken = false;
      const pause = await this.#attempt(signal);
      if (spacing > 0) await clock.sleep(spacing, signal);
      // The signal may have come during the pause: a listener that is added afterwards is never called.
      if (!this.#woken && !signal.aborted) await this.#doze(pause, signal);
    }
  }

  /** Runs one pass and says how long to rest if nobody wakes us. */
  async #attempt(signal: AbortSignal): Promise<Millis> {
    const { name, pass, log, resync } = this.#parts;
    try {
      const { settled } = await pass(signal);
      this.#failures = 0;
      return settled ? resync : UNSETTLED_INTERVAL;
    } catch (error) {
      // Only a refusal by the world is met here; anything else is a bug, and the process must not go on with it.
      if (!(error instanceof OperationFailure)) throw error;
      const pause = this.#backOff();
      log.warn("a reconcile pass failed and will be tried again", { loop: name, why: error.message, pause });
      return pause;
    }
  }

  #backOff(): Millis {
    const exponential = Math.min(RETRY_MIN * 2 ** this.#failures, RETRY_MAX);
    this.#failures = Math.min(this.#failures + 1, 20);
    return millis(Math.round(exponential * (0.8 + 0.4 * this.#parts.random())));
  }

  async #doze(span: Millis, signal: AbortSignal): Promise<void> {
    // Not AbortSignal.any: a signal that lives as long as the process would gather one dependant per pass.
    const interrupted = new AbortController();
    const stop = (): void => interrupted.abort();
    signal.addEventListener("abort", stop, { once: true });
    this.#interrupt = stop;
    await this.#parts.clock.sleep(span, interrupted.signal);
    signal.removeEventListener("abort", stop);
    this.#interrupt = null;
  }
}
