/** What is done to a contestant, and what is measured of it. */
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import type { Lab } from "../../controller/lab/lab.ts";
import { holdersOf } from "../../controller/lab/observe.ts";
import { startProber } from "../../controller/lab/prober.ts";
import { A, ADDRESS_OF, B, VIP_A } from "../support/lab-manifests.ts";
import { remove, signal, spawnIn, write } from "../support/lab-world.ts";
import { EXTRA, pidsOf, until, untilOn } from "./arena.ts";
import { type Contestant, restored, start } from "./contestants.ts";
import type { Sample } from "./statistics.ts";

const ASK_INTERVAL_MS = 5;
/** Requests that were sent in the last moment are answered or given up by then. */
const SETTLE_MS = 400;
const REST_MS = 20_000;
const DOWN = "/etc/holdfast/down";

/** One contestant, once through everything. */
export async function play(lab: Lab, contestant: Contestant): Promise<readonly Sample[]> {
  const sample = (what: string, value: number): Sample => ({
    contestant: contestant.name,
    what,
    unit: "ms",
    value,
  });
  await start(lab, contestant);
  const samples: Sample[] = [];
  const quiet = await outage(lab, () => sleep(1000));
  samples.push(sample("nothing happens: longest gap (noise)", quiet));

  const crash = await outage(lab, async () => {
    // The wait depends on when the last advertisement was: the cut comes right after one, for both alike.
    await untilAdvertisement(lab);
    await lab.fail(A, "link");
    await untilOnAlive(lab);
  });
  samples.push(sample("master cut off", crash));
  await lab.heal(A);
  await restored(lab, contestant);

  const term = await outage(lab, async () => {
    await contestant.terminate(lab, A);
    await untilOn(lab, B);
  });
  samples.push(sample("SIGTERM of the master", term));
  await until("the program has ended", () => isGone(lab, contestant));
  await contestant.startNode(lab, A);
  await restored(lab, contestant);

  let moved = 0;
  const check = await outage(lab, async () => {
    write(lab, A, DOWN, "");
    moved = await untilOn(lab, B);
  });
  samples.push(sample("check fails on the master", check));
  samples.push(sample("check fails: time to the move", moved));
  remove(lab, A, DOWN);
  await restored(lab, contestant);

  samples.push(sample("address added: written to held", await addAddress(lab, contestant)));
  if (contestant.addBackend !== null) {
    const written = performance.now();
    await contestant.addBackend(lab, A);
    samples.push(sample("backend added: written to served", performance.now() - written));
  }
  return samples;
}

/** The longest time without a good answer from `act`'s beginning to a little after its end. */
async function outage(lab: Lab, act: () => Promise<unknown>): Promise<number> {
  const prober = await startProber(lab, [`${VIP_A}:80`], ASK_INTERVAL_MS);
  // Two probes' worth, so that there is a last good answer.
  await sleep(10 * ASK_INTERVAL_MS);
  await act();
  await sleep(SETTLE_MS);
  await prober.stop();
  const good = prober.answers.filter(({ status }) => status === 200).map(({ answered }) => answered);
  good.sort((one, other) => one - other);
  return Math.max(0, ...good.slice(1).map((at, index) => at - (good[index] ?? at)));
}

async function untilAdvertisement(lab: Lab): Promise<void> {
  const command = ["tcpdump", "-Z", "root", "-l", "--immediate-mode", "-n", "-i", "ens33"];
  const child = spawnIn(lab, B, [...command, `ip proto 112 and src ${ADDRESS_OF[A]}`]);
  child.stderr?.resume();
  if (child.stdout !== null) await once(child.stdout, "data");
  child.stdout?.resume();
  await signal(child, "SIGTERM");
}

/** A, which is cut off, may still believe in itself. */
const untilOnAlive = (lab: Lab): Promise<number> =>
  until(`${VIP_A} on ${B}`, () => holdersOf(lab, VIP_A).includes(B));

const isGone = async (lab: Lab, { processes }: Contestant): Promise<boolean> =>
  Object.values(processes).every((pattern) => pidsOf(lab, A, pattern).length === 0);

async function addAddress(lab: Lab, contestant: Contestant): Promise<number> {
  const start = performance.now();
  // Both at once, as a deployment does; keepalived's peers refuse each other while their lists differ.
  await Promise.all([A, B].map((node) => contestant.configure(lab, node, [VIP_A, EXTRA])));
  await until(`${EXTRA} on ${A}`, () => holdersOf(lab, EXTRA).includes(A));
  return performance.now() - start;
}

/** Memory and processor time of each process while nothing happens. */
export async function rest(lab: Lab, contestant: Contestant): Promise<readonly Sample[]> {
  await start(lab, contestant);
  await sleep(3000);
  const processes = Object.entries(contestant.processes).flatMap(([name, pattern]) =>
    [A, B].map((node) => ({ name, node, pids: pidsOf(lab, node, pattern) })),
  );
  const before = processes.map(({ pids }) => ticks(pids));
  await sleep(REST_MS);
  return processes.flatMap(({ name, pids }, index) => [
    {
      contestant: contestant.name,
      what: `resident memory, ${name}`,
      unit: "MB",
      value: pids.reduce((sum, pid) => sum + residentMegabytes(pid), 0),
    },
    {
      contestant: contestant.name,
      what: `processor at rest, ${name}`,
      unit: "%",
      // The kernel counts in hundredths of a second.
      value: ((ticks(pids) - (before[index] ?? 0)) * 10 * 100) / REST_MS,
    },
  ]);
}

function ticks(pids: readonly number[]): number {
  return pids.reduce((sum, pid) => {
    const text = readFileSync(`/proc/${pid}/stat`, "utf8");
    const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
    return sum + Number(fields[11]) + Number(fields[12]);
  }, 0);
}

function residentMegabytes(pid: number): number {
  const [, kilobytes = "0"] = /^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, "utf8")) ?? [];
  return Number(kilobytes) / 1024;
}
