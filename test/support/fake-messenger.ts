/** Mail servers and commands that take what they are given, refuse, or keep one waiting, as a test says. */
import type { Millis } from "../../controller/net/time.ts";
import { OperationFailure } from "../../controller/port/failure.ts";
import type { Mail, Messenger } from "../../controller/port/messenger.ts";

export class FakeMessenger implements Messenger {
  /** Subjects, in the order in which a server took them. */
  readonly mails: string[] = [];
  /** Command lines, in the order in which they ended well. */
  readonly runs: string[] = [];
  attempts = 0;
  /** Servers that refuse, and programs that fail. */
  readonly broken = new Set<string>();
  /** A bug, for once. */
  bug: Error | null = null;
  #open: Promise<void> = Promise.resolve();

  /** Keeps everybody waiting until the function that it returns is called. */
  hold(): () => void {
    let release: () => void = () => undefined;
    this.#open = new Promise((resolve) => {
      release = resolve;
    });
    return release;
  }

  async sendMail({ server, subject }: Mail, signal: AbortSignal): Promise<void> {
    await this.#answer(server, signal, { code: "mail-refused", server, output: "connection refused" });
    this.mails.push(subject);
  }

  async run(command: readonly string[], _timeout: Millis, signal: AbortSignal): Promise<void> {
    const line = command.join(" ");
    await this.#answer(command[0] ?? "", signal, {
      code: "command-failed",
      command: line,
      output: "status 1",
    });
    this.runs.push(line);
  }

  async #answer(
    receiver: string,
    signal: AbortSignal,
    refusal: ConstructorParameters<typeof OperationFailure>[0],
  ): Promise<void> {
    this.attempts += 1;
    let abort: () => void = () => undefined;
    const calledOff = new Promise<void>((resolve) => {
      abort = resolve;
      signal.addEventListener("abort", abort);
    });
    await Promise.race([this.#open, calledOff]);
    signal.removeEventListener("abort", abort);
    if (this.bug !== null) throw this.bug;
    if (signal.aborted || this.broken.has(receiver)) throw new OperationFailure(refusal);
  }
}
