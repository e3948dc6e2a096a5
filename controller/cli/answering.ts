/** What the commands that talk to a running agent share. */
import { NoAnswer } from "../api/client.ts";

export const print = (text: string): void => {
  process.stdout.write(`${text}\n`);
};

/** A refusal is told as it is; a user's mistake never ends in a stack trace. */
export async function answering(task: () => Promise<void>): Promise<void> {
  try {
    await task();
  } catch (error) {
    if (!(error instanceof NoAnswer)) throw error;
    process.stderr.write(`holdfast: ${error.message}\n`);
    process.exitCode = 1;
  }
}
