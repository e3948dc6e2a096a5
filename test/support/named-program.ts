/** A program that sleeps, under a name that no other process has: for tests that look for processes by name. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { copyFileSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { deadline } from "./deadline.ts";
import { nameOfProcess } from "./processes.ts";

export class NamedProgram implements AsyncDisposable {
  readonly #directory = mkdtempSync(join(tmpdir(), "hfpr-"));
  readonly #started: ChildProcess[] = [];
  readonly name: string;
  readonly path: string;

  constructor(name: string) {
    // The kernel keeps 15 bytes of a name.
    this.name = `${name}${process.pid}`.slice(-15);
    this.path = join(this.#directory, this.name);
    copyFileSync("/bin/sleep", this.path);
  }

  /** Resolves when the process bears its name. */
  async start(): Promise<ChildProcess> {
    return await this.startBy(this.path, ["1000"], this.name);
  }

  /** Runs another program, e.g. a shell that starts this one, and waits until it has become `name`. */
  async startBy(program: string, args: readonly string[], name: string): Promise<ChildProcess> {
    const child = spawn(program, args, { stdio: "ignore" });
    this.#started.push(child);
    await deadline(`${name} runs`, () => nameOfProcess(child.pid ?? 0) === name);
    return child;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const child of this.#started) {
      if (child.exitCode !== null || child.signalCode !== null) continue;
      child.kill("SIGKILL");
      await once(child, "exit");
    }
    rmSync(this.#directory, { recursive: true });
  }
}
