/** One chapter of the demo at a time: does something to the lab, waits for what should come of it, and writes down what did. */
import { existsSync, readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { refuse } from "../lab/command.ts";
import { isWebPage } from "../lab/demo-client.ts";
import {
  type Entry,
  formatEntry,
  formatTitle,
  formatVerdict,
  type OutageRow,
  type Paper,
} from "../lab/demo-timeline.ts";
import type { Watch } from "../lab/demo-watch.ts";
import type { Lab } from "../lab/lab.ts";
import { logFile } from "../lab/machine.ts";
import type { Answer } from "../lab/prober.ts";
import { statusText } from "./status-text.ts";

const LOOK_MS = 80;
/** So late may an event come to light; lines are held back that long, so that they stand in order. */
const HOLD_BACK_MS = 500;
/** The slowest step is a boot, two successes of a check every two seconds, and an election: well below that. */
const PATIENCE_MS = 20_000;

export interface Output {
  readonly paper: Paper;
  print(text: string): void;
}

/** What the whole demo has come to so far. */
export interface Outcome {
  readonly outages: OutageRow[];
  readonly unfulfilled: string[];
}

export interface StageParts {
  readonly watch: Watch;
  readonly output: Output;
  readonly outcome: Outcome;
  readonly signal: AbortSignal;
}

export class Stage {
  readonly watch: Watch;
  readonly #parts: StageParts;
  #origin = 0;
  #lastDeed = 0;
  #waiting: Entry[] = [];
  #tellsMessages = false;

  constructor(parts: StageParts) {
    this.watch = parts.watch;
    this.#parts = parts;
  }

  /** `messages`: whether the mails and script calls of this chapter are shown one by one. */
  begin(title: string, introduction: string, { messages = false } = {}): void {
    this.#origin = Date.now();
    this.#lastDeed = this.#origin;
    this.#tellsMessages = messages;
    this.say(formatTitle(title, introduction, this.#parts.output.paper));
  }

  say(text: string): void {
    this.#parts.output.print(text);
  }

  async deed(text: string, act: () => Promise<unknown> | undefined): Promise<void> {
    this.#parts.signal.throwIfAborted();
    this.#lastDeed = Date.now();
    this.#waiting.push({ at: this.#lastDeed, who: "lab", text, tone: "deed" });
    await act();
  }

  /** Waits until all of it is so at once; ends the demo when that takes too long. */
  async until(sentence: string, ...conditions: readonly (() => boolean)[]): Promise<void> {
    const start = Date.now();
    await this.#look();
    while (!conditions.every((condition) => condition())) {
      if (Date.now() - start > PATIENCE_MS) throw this.#disappointment(sentence);
      await sleep(LOOK_MS, undefined, { signal: this.#parts.signal });
      await this.#look();
    }
    await this.#settle();
    this.#verdict(sentence, true);
  }

  /** For what must be so already; the story goes on when it is not, and says so at the end. */
  expect(sentence: string, holds: boolean): void {
    if (!holds) this.#parts.outcome.unfulfilled.push(sentence);
    this.#verdict(sentence, holds);
  }

  /** Notes how long the client was without a good page since the last deed. */
  measure(situation: string, target: string, isGood: (answer: Answer) => boolean = isWebPage): number {
    const durationMs = this.watch.outage(target, this.#lastDeed, isGood);
    this.#parts.outcome.outages.push({ situation, address: target.split(":")[0] ?? target, durationMs });
    return durationMs;
  }

  /** The client's last answers from there were all good. */
  isServed(target: string, isGood: (answer: Answer) => boolean = isWebPage): boolean {
    const answers = this.watch.answersOf(target, this.#lastDeed).slice(-ANSWERS_THAT_CONVINCE);
    return answers.length === ANSWERS_THAT_CONVINCE && answers.every(isGood);
  }

  async #look(): Promise<void> {
    const entries = await this.watch.look(this.#origin);
    this.#waiting.push(...entries.filter(({ tone }) => this.#tellsMessages || tone !== "message"));
    this.#printUntil(Date.now() - HOLD_BACK_MS);
  }

  /** Nothing that has happened so far can come to light after this. */
  async #settle(): Promise<void> {
    const end = Date.now();
    while (Date.now() < end + HOLD_BACK_MS) {
      await sleep(LOOK_MS, undefined, { signal: this.#parts.signal });
      await this.#look();
    }
    this.#printUntil(end);
  }

  #printUntil(time: number): void {
    const due = this.#waiting.filter(({ at }) => at <= time).sort((one, other) => one.at - other.at);
    this.#waiting = this.#waiting.filter(({ at }) => at > time);
    for (const entry of due) this.say(formatEntry(entry, this.#origin, this.#parts.output.paper));
  }

  #verdict(sentence: string, holds: boolean): void {
    this.say(formatVerdict(sentence, holds, this.#parts.output.paper));
  }

  #disappointment(sentence: string): Error {
    this.#printUntil(Date.now());
    this.#verdict(sentence, false);
    const { lab } = this.watch;
    const reports = lab.members.map(({ name }) => {
      const report = this.watch.report(name);
      return report === null
        ? `${name} does not answer; its log ends with:\n${logOf(lab, name)}`
        : statusText(report);
    });
    return refuse(
      `this did not come true within ${PATIENCE_MS / 1000} s: ${sentence}. The nodes say:\n\n${[...reports, ...this.watch.untold()].join("\n\n")}\n`,
    );
  }
}

const ANSWERS_THAT_CONVINCE = 5;
const LOG_LINES = 10;

function logOf(lab: Lab, node: string): string {
  const file = logFile(lab.at(node), "agent");
  return existsSync(file) ? readFileSync(file, "utf8").split("\n").slice(-LOG_LINES).join("\n") : "";
}
