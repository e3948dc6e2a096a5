/** What a client sees while things break: asks without pause from the client machine, and finds the gaps. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import type { Lab } from "./lab.ts";
import { entering } from "./machine.ts";
import { CLIENT } from "./names.ts";

export interface Answer {
  /** Wall time in ms. */
  readonly asked: number;
  readonly answered: number;
  /** `172.16.253.150:80`. */
  readonly target: string;
  /** 0: no answer. */
  readonly status: number;
  readonly body: string;
}

export interface Outage {
  readonly target: string;
  /** When the last good answer before it came. */
  readonly from: number;
  readonly to: number;
  readonly durationMs: number;
}

const PROGRAM = fileURLToPath(new URL("client-probe.js", import.meta.url));
const INTERVAL_MS = 10;
/** A prober that somebody forgot ends by itself. */
const LIMIT_SECONDS = 600;

export class Prober {
  readonly answers: Answer[] = [];
  readonly #child: ChildProcess;
  readonly #closed: Promise<unknown>;

  constructor(child: ChildProcess) {
    this.#child = child;
    this.#closed = once(child, "close");
    if (child.stdout === null) throw new Error("the prober was started without a pipe");
    createInterface({ input: child.stdout }).on("line", (line) => {
      this.answers.push(JSON.parse(line) as Answer);
    });
  }

  async stop(): Promise<void> {
    // The child that has our pid is nsenter; the program behind it ends with its input.
    this.#child.stdin?.end();
    await this.#closed;
  }

  /**
   * Every time without a good answer since `since` (wall time), per target: from the last good answer before the first bad
   * one to the first good one after. An answer is good unless `isGood` says no.
   */
  outages(since = 0, isGood: (answer: Answer) => boolean = ({ status }) => status === 200): Outage[] {
    const targets = [...new Set(this.answers.map(({ target }) => target))];
    return targets.flatMap((target) => {
      const own = this.answers.filter((answer) => answer.target === target);
      return gaps(target, answersSince(own, since), isGood);
    });
  }

  /** The longest outage since then; 0 when there was none. */
  longestOutage(since = 0): number {
    return Math.max(0, ...this.outages(since).map(({ durationMs }) => durationMs));
  }
}

/** In the order in which they were asked; with the last one before, from which an outage counts that begins at once. */
export function answersSince(answers: readonly Answer[], since: number): readonly Answer[] {
  const inOrder = answers.toSorted((a, b) => a.asked - b.asked);
  const before = inOrder.findLast(({ answered }) => answered < since);
  return inOrder.filter((answer) => answer === before || answer.answered >= since);
}

/** Every time without a good answer, of one target whose answers are in the order in which they were asked. */
export function gaps(
  target: string,
  answers: readonly Answer[],
  isGood: (answer: Answer) => boolean,
): Outage[] {
  const outages: Outage[] = [];
  let lastGood: Answer | null = null;
  let isBroken = false;
  for (const answer of answers) {
    if (!isGood(answer)) {
      isBroken = true;
      continue;
    }
    if (isBroken && lastGood !== null) {
      const [from, to] = [lastGood.answered, answer.answered];
      outages.push({ target, from, to, durationMs: to - from });
    }
    isBroken = false;
    lastGood = answer;
  }
  return outages;
}

/** Resolves when the first answers are in. */
export async function startProber(
  lab: Lab,
  targets: readonly string[],
  intervalMs = INTERVAL_MS,
): Promise<Prober> {
  const [program, ...args] = entering(lab.at(CLIENT), [
    process.execPath,
    PROGRAM,
    String(intervalMs),
    String(LIMIT_SECONDS),
    ...targets,
  ]);
  const child = spawn(program, args, { stdio: ["pipe", "pipe", "inherit"] });
  const prober = new Prober(child);
  if (child.stdout !== null) await once(child.stdout, "data");
  return prober;
}
