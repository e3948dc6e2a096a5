/** Ending a program that a test or a benchmark has started. */
import type { ChildProcess } from "node:child_process";

/** Resolves when it is gone, at once where it has gone by itself: one that was killed has no exit status. */
export async function ended(child: ChildProcess, end: () => void): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = new Promise<void>((resolve) => child.once("exit", () => resolve()));
  end();
  await gone;
}
