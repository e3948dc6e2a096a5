/** Runs a command as a process group of its own, for a limited time and with a limited memory of what it said. */
import { type ChildProcess, spawn } from "node:child_process";
import type { Millis } from "../../net/time.ts";
import { formatDuration } from "../../resource/duration.ts";
import { FirstLine } from "./first-line.ts";
import { killGroup } from "./kill-group.ts";

export interface CommandOutcome {
  /** How it ended; null: it could not be started, or was killed because its time was up or it was called off. */
  readonly status: number | null;
  /** `exit status 1`, `killed by SIGSEGV`, `there is no program x`, `not done within 1s`. */
  readonly how: string;
  /** The first line that it printed; may be empty. */
  readonly said: string;
  /** When it has ended after all, for one that has resisted SIGKILL, as a process does that waits for a file server. */
  readonly stuckUntil: Promise<void> | null;
}

export interface CommandLimits {
  readonly timeout: Millis;
  readonly signal: AbortSignal;
  /** What becomes of processes that it leaves behind when it ends by itself. After a time-out all are killed. */
  readonly survivors: "kill" | "leave";
}

/** Between the request to end and the order. */
const GRACE_MS = 500;
/** Between the order and giving up. */
const STUCK_AFTER_MS = 1000;
/** For what a process said last to arrive; one that it left behind may hold the pipe for ever. */
const LAST_WORDS_MS = 200;

/** Never rejects. Resolves when the process has ended, or has not ended although it was killed. */
export async function runCommand(command: readonly string[], limits: CommandLimits): Promise<CommandOutcome> {
  if (limits.signal.aborted) return { status: null, how: "called off", said: "", stuckUntil: null };
  const [program = "", ...args] = command;
  try {
    // detached: setsid(2), so that the group can be killed as a whole and no terminal signal reaches it.
    const child = spawn(program, args, { detached: true, stdio: ["ignore", "pipe", "pipe"] });
    return await new Run(program, child, limits).outcome;
  } catch (error) {
    // Some refusals (arguments too long, no memory) are thrown, others are told as an event.
    return { status: null, how: explainStart(program, error), said: "", stuckUntil: null };
  }
}

class Run {
  readonly outcome: Promise<CommandOutcome>;
  readonly #child: ChildProcess;
  readonly #limits: CommandLimits;
  readonly #gone: Promise<void>;
  readonly #said = new FirstLine();
  readonly #timers: NodeJS.Timeout[] = [];
  readonly #abort = (): void => this.#callOff("called off");
  #resolve: (outcome: CommandOutcome) => void = () => undefined;
  #calledOff: string | null = null;

  constructor(program: string, child: ChildProcess, limits: CommandLimits) {
    this.#child = child;
    this.#limits = limits;
    this.outcome = new Promise((resolve) => {
      this.#resolve = resolve;
    });
    for (const stream of [child.stdout, child.stderr]) {
      // Without descriptors to spare there are no streams, and soon an error event.
      stream?.on("data", (chunk: Buffer) => this.#said.add(chunk));
    }
    this.#after(limits.timeout, () => this.#callOff(`not done within ${formatDuration(limits.timeout)}`));
    limits.signal.addEventListener("abort", this.#abort, { once: true });
    child.once("error", (error) =>
      this.#end({ status: null, how: explainStart(program, error), stuckUntil: null }),
    );
    this.#gone = new Promise((resolve) => child.once("exit", () => resolve()));
    child.once("exit", (code, killer) => this.#exited(code, killer));
  }

  #callOff(reason: string): void {
    this.#calledOff = reason;
    this.#forgetTimers();
    killGroup(this.#child.pid, "SIGTERM");
    this.#after(GRACE_MS, () => {
      killGroup(this.#child.pid, "SIGKILL");
      this.#after(STUCK_AFTER_MS, () => this.#end({ status: null, how: reason, stuckUntil: this.#gone }));
    });
  }

  #exited(code: number | null, killer: NodeJS.Signals | null): void {
    this.#forgetTimers();
    if (this.#limits.survivors === "kill" || this.#calledOff !== null) killGroup(this.#child.pid, "SIGKILL");
    const how = this.#calledOff ?? (code === null ? `killed by ${killer}` : `exit status ${code}`);
    const status = this.#calledOff === null ? code : null;
    const finish = (): void => this.#end({ status, how, stuckUntil: null });
    this.#after(LAST_WORDS_MS, finish);
    this.#child.once("close", finish);
  }

  /** Only the first end counts. */
  #end(outcome: Omit<CommandOutcome, "said">): void {
    this.#forgetTimers();
    this.#limits.signal.removeEventListener("abort", this.#abort);
    this.#child.stdout?.destroy();
    this.#child.stderr?.destroy();
    this.#resolve({ ...outcome, said: this.#said.text });
  }

  #after(spanMs: number, act: () => void): void {
    this.#timers.push(setTimeout(act, spanMs));
  }

  #forgetTimers(): void {
    for (const timer of this.#timers.splice(0)) clearTimeout(timer);
  }
}

function explainStart(program: string, error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException;
  switch (code) {
    case "ENOENT":
      return `there is no program ${program}`;
    case "EACCES":
      return `${program} may not be executed`;
    default:
      return `${program} cannot be started: ${message}`;
  }
}
