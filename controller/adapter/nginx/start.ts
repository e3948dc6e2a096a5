/** Starts a master that outlives us, on the sockets of its predecessor's orphans when there are some. */
import { type ChildProcess, spawn } from "node:child_process";
import { open, readFile, rm } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";
import { OperationFailure } from "../../port/failure.ts";
import type { Libc } from "../libc/libc.ts";
import { logLines, logSize } from "./error-log.ts";
import { liveArguments, type NginxPlace, startLogOf } from "./place.ts";
import { isComplete, ourProcesses, workersOf } from "./processes.ts";
import { askWorkers } from "./release-answers.ts";
import { retire } from "./retire.ts";
import { makeRuntimeDirectories } from "./runtime-directories.ts";
import { type InheritedSockets, takeSockets } from "./takeover.ts";
import { type Refusal, refusalIn } from "./words.ts";

/** It takes less than a tenth of a second; on a busy machine everything takes longer. */
const START_TIMEOUT_MS = 10_000;
const LOOK_INTERVAL_MS = 5;

/** null when a worker of the new master answers; otherwise why not. */
export async function startMaster(libc: Libc, place: NginxPlace): Promise<Refusal | null> {
  await makeRuntimeDirectories(place);
  const { orphans } = ourProcesses(place);
  using sockets = takeSockets(libc, place, orphans);
  if (sockets.descriptors.length === 0) {
    // Without their sockets, a new master could not bind the ports while they listen.
    await retire(place, orphans);
    // nginx does not replace the file that a killed master leaves; it would say that the address is in use.
    await rm(place.statusSocket, { force: true });
  }
  const offset = await logSize(place);
  const child = await spawnMaster(place, sockets);
  const { pid } = child;
  if (pid === undefined) throw new OperationFailure({ code: "nginx-not-installed", path: place.binary });
  if (await answersInTime(place, child, pid, orphans.length)) return null;
  const words = [...(await startLogLines(place)), ...(await logLines(place, offset, pid))];
  return refusalIn(words) ?? { output: describeEnd(child), mayPass: true };
}

async function spawnMaster(place: NginxPlace, sockets: InheritedSockets): Promise<ChildProcess> {
  // A file and no pipe: nobody may be there to read when it writes.
  const log = await open(startLogOf(place), "w", 0o644);
  try {
    const child = spawn(place.binary, liveArguments(place), {
      cwd: "/",
      // A session of its own, so that no signal meant for ours reaches it.
      detached: true,
      stdio: ["ignore", log.fd, log.fd, ...sockets.descriptors],
      env: { PATH: process.env["PATH"] ?? "", ...sockets.environment },
    });
    // A program that cannot be executed has no pid; the event only repeats it.
    child.on("error", () => child.unref());
    child.unref();
    return child;
  } finally {
    await log.close();
  }
}

async function answersInTime(
  place: NginxPlace,
  child: ChildProcess,
  pid: number,
  orphans: number,
): Promise<boolean> {
  const end = performance.now() + START_TIMEOUT_MS;
  while (performance.now() < end && child.exitCode === null && child.signalCode === null) {
    if (await isShutOut(place)) {
      child.kill("SIGKILL");
      return false;
    }
    const answers = isComplete(pid) ? await askWorkers(place.statusSocket, workersOf(pid), orphans) : [];
    if (answers.length > 0) return true;
    await sleep(LOOK_INTERVAL_MS);
  }
  return false;
}

/**
 * nginx goes on for 2.5 s trying to bind a port that is taken. It serves nothing in that time, but a process of its name is
 * there, so that a check would take it for well and keep the addresses here. Whoever has the port is looked for instead.
 */
async function isShutOut(place: NginxPlace): Promise<boolean> {
  const lines = await startLogLines(place);
  return lines.some((line) => line.includes("[emerg] bind() to"));
}

const startLogLines = async (place: NginxPlace): Promise<string[]> =>
  (await readFile(startLogOf(place), "utf8")).split("\n");

function describeEnd({ exitCode, signalCode }: ChildProcess): string {
  if (signalCode !== null) return `nginx was killed by ${signalCode} while it started`;
  if (exitCode !== null) return `nginx ended with status ${exitCode} while it started`;
  return `no worker of nginx answered within ${START_TIMEOUT_MS} ms`;
}
