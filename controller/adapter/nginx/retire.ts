/** Lets processes of nginx finish what they have begun, and take nothing new. */
import { setTimeout as sleep } from "node:timers/promises";
import { OperationFailure } from "../../port/failure.ts";
import type { NginxPlace } from "./place.ts";
import { listenersOf } from "./processes.ts";

/** A worker closes its listening sockets at once when it is told; longer means that it does not run at all. */
const RETIRE_TIMEOUT_MS = 5000;
const LOOK_INTERVAL_MS = 5;

/**
 * Resolves when none of them accepts connections any more, though they may have some for a while yet. A master is told
 * alone, with its workers to be awaited: it would put another in the place of one that goes by itself.
 */
export async function retire(
  place: NginxPlace,
  told: readonly number[],
  awaited: readonly number[] = told,
): Promise<void> {
  for (const pid of told) signalUnlessGone(pid, "SIGQUIT");
  const end = performance.now() + RETIRE_TIMEOUT_MS;
  let listening = awaited;
  while (true) {
    listening = listening.filter((pid) => listenersOf(place, pid).size > 0);
    if (listening.length === 0) return;
    if (performance.now() > end) {
      throw new OperationFailure({
        code: "nginx-stop-failed",
        output: `still listening: ${listening.join(", ")}`,
      });
    }
    await sleep(LOOK_INTERVAL_MS);
  }
}

export function signalUnlessGone(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
  }
}
