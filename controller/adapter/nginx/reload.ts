/**
 * Has the master take the current release, and makes sure that it did. nginx answers a reload with silence either way, so
 * all workers are looked at: one old worker is enough to serve the old configuration to some clients.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { logLines, logSize } from "./error-log.ts";
import type { NginxPlace } from "./place.ts";
import { isComplete, isMaster, workersOf } from "./processes.ts";
import { askWorkers } from "./release-answers.ts";
import { signalUnlessGone } from "./retire.ts";
import { type Refusal, refusalIn } from "./words.ts";

/** Four times what a configuration of 5000 servers took, and the time for which nginx tries to bind a port. */
const RELOAD_TIMEOUT_MS = 10_000;
const LOOK_INTERVAL_MS = 10;

/** null when every worker serves `id`; otherwise why not. */
export async function reloadMaster(place: NginxPlace, master: number, id: string): Promise<Refusal | null> {
  const old = new Set(workersOf(master));
  const offset = await logSize(place);
  signalUnlessGone(master, "SIGHUP");
  const end = performance.now() + RELOAD_TIMEOUT_MS;
  while (performance.now() < end) {
    // At once, and not after the time-out: the operator waits for these words.
    const refusal = refusalIn(
      (await logLines(place, offset, master)).filter((line) => line.includes("[emerg]")),
    );
    if (refusal !== null) return refusal;
    if (!isMaster(place, master)) return { output: "the master ended during the reload", mayPass: true };
    if (await allServe(place, master, old, id)) return null;
    await sleep(LOOK_INTERVAL_MS);
  }
  return { output: `not every worker serves the release after ${RELOAD_TIMEOUT_MS} ms`, mayPass: true };
}

async function allServe(
  place: NginxPlace,
  master: number,
  old: ReadonlySet<number>,
  id: string,
): Promise<boolean> {
  const workers = workersOf(master);
  // The master forks all new workers before it tells the old ones to go, so then none is missing.
  if (!isComplete(master) || workers.some((pid) => old.has(pid))) return false;
  const answers = await askWorkers(place.statusSocket, workers);
  return answers.length > 0 && answers.every(({ release }) => release === id);
}
