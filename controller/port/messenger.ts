/** How operators are told of transitions. */
import type { Millis } from "../net/time.ts";

export interface Mail {
  readonly to: readonly string[];
  readonly from: string;
  /** `127.0.0.1:25`. */
  readonly server: string;
  readonly subject: string;
  readonly text: string;
  /** The same for every attempt, so that a receiver can tell a repetition. */
  readonly messageId: string;
}

export interface Messenger {
  /** Resolves when the server has taken the mail. Throws OperationFailure `mail-refused`. */
  sendMail(mail: Mail, signal: AbortSignal): Promise<void>;
  /** Resolves when the command has ended with status 0. Throws OperationFailure `command-failed`. */
  run(command: readonly string[], timeout: Millis, signal: AbortSignal): Promise<void>;
}
