/** What the commands share that ask an agent, or the disk, and may be refused. */
import { NoAnswer } from "../api/client.ts";

export const print = (text: string): void => {
  process.stdout.write(`${text}\n`);
};

/** Told to the user as it is. */
export class Refused extends Error {
  override readonly name = "Refused";
}

export interface Telling {
  /** Who says it: `holdfast token list`. */
  readonly as?: string;
  /** Of the process; else 1. */
  readonly status?: number;
}

/** A refusal ends in a sentence and a status, a user's mistake never in a stack trace. */
export async function answering(task: () => Promise<void>, telling: Telling = {}): Promise<void> {
  const { as = "holdfast", status = 1 } = telling;
  try {
    await task();
  } catch (error) {
    if (!(error instanceof NoAnswer || error instanceof Refused)) throw error;
    process.stderr.write(`${as}: ${error.message}\n`);
    process.exitCode = status;
  }
}
