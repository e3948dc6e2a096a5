/** Commands whose exit status is the answer. */
import type { Probe, ProbeAnswer } from "../../health/probe.ts";
import type { Millis } from "../../net/time.ts";
import { runCommand } from "../process/run-command.ts";

type ExecProbe = Extract<Probe, { type: "exec" }>;

export class ExecProber {
  /** Commands that resist SIGKILL: another run would get no further than the one before, and they would pile up. */
  readonly #stuck = new Set<string>();

  async probe({ command, shell }: ExecProbe, timeout: Millis, signal: AbortSignal): Promise<ProbeAnswer> {
    const [line = ""] = command;
    const words = shell ? ["/bin/sh", "-c", line] : command;
    const key = JSON.stringify(words);
    if (this.#stuck.has(key)) {
      return { healthy: false, because: "the run before was killed, and has not ended yet" };
    }
    const { status, how, said, stuckUntil } = await runCommand(words, { timeout, signal, survivors: "kill" });
    if (stuckUntil !== null) this.#awaitEnd(key, stuckUntil);
    return { healthy: status === 0, because: said === "" ? how : `${how}: ${said}` };
  }

  #awaitEnd(key: string, ended: Promise<void>): void {
    this.#stuck.add(key);
    // It never rejects.
    void ended.then(() => this.#stuck.delete(key));
  }
}
