/** One check in its rhythm: probes, judges, and rests until the next turn or a hint. */
import type { Check, ProbeAnswer } from "../health/probe.ts";
import { begin, judge, type Remembered, type Standing } from "../health/verdict.ts";
import { after, type Instant, type Millis, millis, since } from "../net/time.ts";
import type { AlarmClock } from "../port/clock.ts";
import type { Log } from "../port/log.ts";
import type { Prober } from "../port/prober.ts";
import type { Gates } from "./gates.ts";

/** A storm of hints (a directory that is busy, a process that dies again and again) is no storm of probes. */
const GAP_MIN = millis(25);
/**
 * Checks of whole seconds meet on a beat, so that they share the wakes of this process: on a quiet machine a wake costs more,
 * in cold caches, than what is done in it. A check that is not on the beat comes so much earlier each turn until it is.
 */
const BEAT = millis(1_000);
const PULL = millis(50);
/** A prober ends a probe in time. One that took so much longer was not slow: this process was held up. */
const HELD_UP_MIN = millis(2_000);
/** A check whose words change with every answer wakes whoever listens no more often than this. */
const WORDS_GAP_MIN = millis(5_000);

export interface RunParts {
  readonly check: Check;
  readonly remembered: Remembered | null;
  /** Resolves when the probe that a predecessor had under way has ended: never two of one check at once. */
  readonly predecessor: Promise<void>;
  /** Before the first probe. It also keeps many checks apart for good. */
  readonly delay: Millis;
  readonly clock: AlarmClock;
  readonly prober: Prober;
  readonly log: Log;
  /** 0 to 1. */
  readonly random: () => number;
  readonly gates: Gates;
  /** Called when the verdict, or the words that explain it, have changed. */
  readonly changed: () => void;
}

interface Asked {
  readonly answer: ProbeAnswer;
  readonly started: Instant;
  readonly spent: Millis;
}

export class CheckRun {
  readonly #parts: RunParts;
  readonly #stopping = new AbortController();
  #standing: Standing;
  /** What those who listen were told last, and from when on mere words are worth telling again. */
  #told: { readonly because: string; readonly wordsFrom: Instant };
  #hinted = false;
  #interrupt: (() => void) | null = null;

  constructor(parts: RunParts) {
    this.#parts = parts;
    this.#standing = begin(parts.check, parts.remembered, parts.clock.wallTime());
    this.#told = { because: this.#standing.because, wordsFrom: parts.clock.now() };
  }

  get check(): Check {
    return this.#parts.check;
  }

  get standing(): Standing {
    return this.#standing;
  }

  stop(): void {
    this.#stopping.abort();
    this.#interrupt?.();
  }

  /** Until `stop`, and until the last probe has ended. Rejects only when the prober broke its promise. */
  async run(): Promise<void> {
    const { check, clock, delay, predecessor, prober } = this.#parts;
    const { signal } = this.#stopping;
    await predecessor;
    if (signal.aborted) return;
    const hints = prober.onHint(check.probe, () => this.#hint());
    try {
      await clock.sleep(delay, signal);
      while (!signal.aborted) {
        this.#hinted = false;
        const asked = await this.#ask(signal);
        if (asked !== null) await this.#rest(this.#nextAfter(asked), signal);
      }
    } finally {
      hints?.[Symbol.dispose]();
    }
  }

  /** null: the probe was called off, which says nothing of its target. */
  async #ask(signal: AbortSignal): Promise<Asked | null> {
    const { check, prober, gates, clock } = this.#parts;
    const asked = await gates.pass(check.probe, async () => {
      const started = clock.now();
      if (signal.aborted) return null;
      const answer = await prober.probe(check.probe, check.timeout, signal);
      return { answer, started, spent: since(started, clock.now()) };
    });
    if (asked === null || signal.aborted) return null;
    if (asked.answer.healthy || !this.#wasHeldUp(asked)) this.#judge(asked.answer);
    return asked;
  }

  /** A time-out that was measured by a process that slept is no word about the target. */
  #wasHeldUp({ spent }: Asked): boolean {
    return spent > this.#parts.check.timeout + HELD_UP_MIN;
  }

  #judge(answer: ProbeAnswer): void {
    const { check, clock, log, changed } = this.#parts;
    const before = this.#standing;
    this.#standing = judge(check, before, answer, clock.wallTime());
    const { verdict, because } = this.#standing;
    if (verdict !== before.verdict) {
      log.info("a verdict changed", { check: check.id, was: before.verdict, verdict, because });
    } else if (because === this.#told.because || clock.now() < this.#told.wordsFrom) {
      return;
    }
    this.#told = { because, wordsFrom: after(clock.now(), WORDS_GAP_MIN) };
    changed();
  }

  /** From start to start, and no catching up: turns that were missed are not made good. */
  #nextAfter(asked: Asked): Instant {
    const { check, clock, random } = this.#parts;
    const earliest = after(clock.now(), GAP_MIN);
    if (this.#wasHeldUp(asked)) return earliest;
    const share = (check.jitter / 100) * (2 * random() - 1);
    const next = after(asked.started, millis(check.interval * (1 + share)));
    return laterOf(earliest, this.#isOnBeats ? this.#pulled(next) : next);
  }

  /** Who asks for jitter wants the checks apart. */
  get #isOnBeats(): boolean {
    const { interval, jitter } = this.#parts.check;
    return interval % BEAT === 0 && jitter === 0;
  }

  /** Many checks stay as far apart as their first probes are. */
  #pulled(next: Instant): Instant {
    const offset = this.#parts.delay;
    const beat = (Math.floor((next - offset) / BEAT) * BEAT + offset) as Instant;
    return laterOf(beat, after(next, millis(-PULL)));
  }

  #hint(): void {
    this.#hinted = true;
    this.#interrupt?.();
  }

  /** Until `next`, or a hint; but never shorter than the gap. */
  async #rest(next: Instant, signal: AbortSignal): Promise<void> {
    const { clock } = this.#parts;
    const earliest = after(clock.now(), GAP_MIN);
    if (!this.#hinted && !signal.aborted) await this.#doze(next);
    const early = since(clock.now(), earliest);
    if (early > 0) await clock.sleep(early, signal);
  }

  /** An alarm and no signal: this happens in every turn of every check. */
  async #doze(next: Instant): Promise<void> {
    await new Promise<void>((resolve) => {
      const alarm = this.#parts.clock.alarm(next, resolve);
      this.#interrupt = () => {
        alarm[Symbol.dispose]();
        resolve();
      };
    });
    this.#interrupt = null;
  }
}

const laterOf = (one: Instant, other: Instant): Instant => (one > other ? one : other);
