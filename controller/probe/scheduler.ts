/**
 * Asks each check at its interval, and at once when the kernel hints that the answer may have changed. Level-triggered: it is
 * told the whole list each time, and leaves alone what stayed the same.
 */
import type { Check } from "../health/probe.ts";
import { isSameCheck } from "../health/same-check.ts";
import type { Remembered, Standing } from "../health/verdict.ts";
import { type Millis, millis } from "../net/time.ts";
import type { AlarmClock } from "../port/clock.ts";
import type { Log } from "../port/log.ts";
import type { Prober } from "../port/prober.ts";
import { CheckRun } from "./check-run.ts";
import { Gates } from "./gates.ts";

/** First probes are spread over so much time for every hundred checks, so that a start is no burst. */
const SPREAD_PER_HUNDRED = millis(500);

export interface SchedulerParts {
  readonly clock: AlarmClock;
  readonly prober: Prober;
  readonly log: Log;
  /** 0 to 1. */
  readonly random: () => number;
  /** Verdicts from before the agent was restarted, by check. Each counts once, for the first check of its name. */
  readonly restore: ReadonlyMap<string, Remembered>;
}

export class ProbeScheduler {
  readonly #parts: SchedulerParts;
  readonly #restore: Map<string, Remembered>;
  readonly #runs = new Map<string, CheckRun>();
  /** For each check that was asked since the start, when its last run ended or ends. Gone once it has ended. */
  readonly #ending = new Map<string, Promise<void>>();
  readonly #listeners = new Set<() => void>();
  readonly #gates = new Gates();
  /** Rejects with the first failure of a run, which is a bug: a prober never rejects. */
  readonly #broken: Promise<never>;
  #break: (error: unknown) => void = () =>
    this.#parts.log.error("a check broke before the scheduler was ready");
  #signal: AbortSignal | null = null;

  constructor(parts: SchedulerParts) {
    this.#parts = parts;
    this.#restore = new Map(parts.restore);
    this.#broken = new Promise((_resolve, reject) => {
      this.#break = reject;
    });
    // Handled in `run`; without a handler from the start, an early failure would count as unhandled.
    this.#broken.catch(() => undefined);
  }

  setChecks(checks: readonly Check[]): void {
    const wanted = new Map(checks.map((check) => [check.id, check]));
    for (const [id, run] of [...this.#runs]) {
      const check = wanted.get(id);
      if (check !== undefined && isSameCheck(check, run.check)) continue;
      run.stop();
      this.#runs.delete(id);
      if (check !== undefined) this.#add(check, run.standing, millis(0));
    }
    const added = [...wanted.values()].filter(({ id }) => !this.#runs.has(id));
    const spread = SPREAD_PER_HUNDRED * Math.floor(added.length / 100);
    for (const check of added) {
      const delay = millis(Math.min(spread, check.interval) * this.#parts.random());
      this.#add(check, this.#restore.get(check.id) ?? null, delay);
      this.#restore.delete(check.id);
    }
  }

  standings(): ReadonlyMap<string, Standing> {
    return new Map([...this.#runs].map(([id, run]) => [id, run.standing]));
  }

  /** Calls back when a verdict, or the words that explain it, have changed. */
  onChange(changed: () => void): Disposable {
    const listener = (): void => changed();
    this.#listeners.add(listener);
    return { [Symbol.dispose]: () => this.#listeners.delete(listener) };
  }

  /** Until `signal` aborts and the last probe has ended. */
  async run(signal: AbortSignal): Promise<void> {
    this.#signal = signal;
    for (const [id, run] of this.#runs) this.#start(id, run);
    const aborted = new Promise<void>((resolve) => {
      if (signal.aborted) resolve();
      signal.addEventListener("abort", () => resolve(), { once: true });
    });
    try {
      await Promise.race([aborted, this.#broken]);
    } finally {
      for (const run of this.#runs.values()) run.stop();
    }
    await Promise.race([Promise.all(this.#ending.values()), this.#broken]);
  }

  #add(check: Check, remembered: Remembered | null, delay: Millis): void {
    const { clock, prober, log, random } = this.#parts;
    const run = new CheckRun({
      check,
      remembered,
      predecessor: this.#ending.get(check.id) ?? Promise.resolve(),
      delay,
      clock,
      prober,
      log,
      random,
      gates: this.#gates,
      changed: () => this.#tell(),
    });
    this.#runs.set(check.id, run);
    if (this.#signal !== null && !this.#signal.aborted) this.#start(check.id, run);
  }

  #start(id: string, run: CheckRun): void {
    const ended = run
      .run()
      .catch((error: unknown) => this.#break(error))
      .then(() => {
        if (this.#ending.get(id) === ended) this.#ending.delete(id);
      });
    this.#ending.set(id, ended);
  }

  #tell(): void {
    for (const listener of [...this.#listeners]) listener();
  }
}
