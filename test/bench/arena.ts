/** The lab of the benchmark: the seed's topology, on whose load balancers the contestants take turns. */
import { readdirSync, readFileSync, readlinkSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { bringUp, type Lab, takeDown } from "../../controller/lab/lab.ts";
import { attemptIn, initPid } from "../../controller/lab/machine.ts";
import { holdersOf } from "../../controller/lab/observe.ts";
import { topologyOf } from "../../controller/lab/topology.ts";
import { parseIpv4 } from "../../controller/net/ipv4.ts";
import { parseManifests } from "../../controller/resource/parse.ts";
import { A, B, CLIENT_ADDRESS, SINGLE_MASTER, VIP_A } from "../support/lab-manifests.ts";

export const NAME = "bench";
/** A second address, which appears on the master while it works. */
export const EXTRA = "172.16.253.151";
const LOOK_MS = 5;

export async function openArena(signal: AbortSignal): Promise<Lab> {
  await takeDown(NAME);
  const manifests = new Map(Object.entries(SINGLE_MASTER));
  const parsed = [...manifests].flatMap(([file, text]) => parseManifests(file, text).manifests);
  const result = topologyOf(
    parsed.map(({ manifest }) => manifest),
    { client: parseIpv4(CLIENT_ADDRESS) },
  );
  if (!result.ok) throw new Error(result.problems.join("\n"));
  const progress = (): void => undefined;
  return bringUp({
    name: NAME,
    topology: result.topology,
    manifests,
    agents: false,
    logLevel: "warn",
    progress,
    signal,
  });
}

/** Both load balancers as after a reboot, but for what is in their caches. */
export async function clear(lab: Lab): Promise<void> {
  for (const node of [A, B]) {
    await attemptIn(lab.at(node), ["pkill", "-KILL", "-f", "holdfast.cjs (agent|speaker)"]);
    for (const name of ["keepalived", "nginx"]) await attemptIn(lab.at(node), ["pkill", "-KILL", "-x", name]);
    await attemptIn(lab.at(node), [
      "sh",
      "-c",
      `for a in ${VIP_A} ${EXTRA}; do ip addr del $a/32 dev ens33; done; rm -f /etc/holdfast/down`,
    ]);
  }
}

/** Polls at 5 ms; resolves with the milliseconds that it took. */
export async function until(
  what: string,
  isSo: () => boolean | Promise<boolean>,
  withinMs = 20_000,
): Promise<number> {
  const start = performance.now();
  while (!(await isSo())) {
    if (performance.now() - start > withinMs) throw new Error(`not within ${withinMs} ms: ${what}`);
    await sleep(LOOK_MS);
  }
  return performance.now() - start;
}

export const untilOn = (lab: Lab, node: string): Promise<number> =>
  until(`${VIP_A} on ${node} alone`, () => holdersOf(lab, VIP_A).join() === node);

/** Host pids of the processes inside a machine whose command line matches. */
export function pidsOf(lab: Lab, node: string, pattern: RegExp): readonly number[] {
  const own = readlinkSync(`/proc/${initPid(lab.at(node))}/ns/pid`);
  return readdirSync("/proc")
    .filter((entry) => /^\d+$/.test(entry) && pattern.test(commandIn(own, entry)))
    .map(Number);
}

/** Empty for a process of another machine. */
function commandIn(namespace: string, pid: string): string {
  try {
    if (readlinkSync(`/proc/${pid}/ns/pid`) !== namespace) return "";
    return readFileSync(`/proc/${pid}/cmdline`, "utf8").replaceAll("\0", " ");
  } catch (error) {
    // Gone between the listing and the look; or a kernel thread.
    if (["ENOENT", "ESRCH", "EACCES"].includes((error as NodeJS.ErrnoException).code ?? "")) return "";
    throw error;
  }
}
