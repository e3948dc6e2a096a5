/** What is done to a contestant, and what is measured of it. */
import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import type { Lab } from "../../controller/lab/lab.ts";
import { holdersOf } from "../../controller/lab/observe.ts";
import { startProber } from "../../controller/lab/prober.ts";
import { A, ADDRESS_OF, B, VIP_A } from "../support/lab-manifests.ts";
import { remove, signal, spawnIn, write } from "../support/lab-world.ts";
import { EXTRA, pidsOf, until, untilOn } from "./arena.ts";
import { type Contestant, restored, start } from "./contestants.ts";
import { megabytes, processorMs } from "./proc.ts";
import type { Sample } from "./statistics.ts";

const ASK_INTERVAL_MS = 5;
/** Requests that were sent in the last moment are answered or given up by then. */
const SETTLE_MS = 400;
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

  let heard = 0;
  const crash = await gap(lab, async () => {
    // The wait depends on when the last advertisement was: the cut comes right after one, for both alike.
    heard = await untilAdvertisement(lab);
    await lab.fail(A, "power");
    await until(`${VIP_A} on ${B}`, () => holdersOf(lab, VIP_A).includes(B));
  });
  samples.push(sample("power of the master fails", crash.to - crash.from));
  samples.push(sample("the same, from the master's last advertisement on", crash.to - heard));
  await lab.heal(A);
  await contestant.startNode(lab, A);
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
  samples.push(sample("check fails: until the address has moved", moved));
  remove(lab, A, DOWN);
  await restored(lab, contestant);

  samples.push(sample("address added: written to held", await addAddress(lab, contestant)));
  for (const { what, edit } of contestant.edits) {
    const written = performance.now();
    await edit(lab, A);
    samples.push(sample(what, performance.now() - written));
  }
  return samples;
}

interface Gap {
  /** Wall time in ms of the good answers before and after. */
  readonly from: number;
  readonly to: number;
}

async function outage(lab: Lab, act: () => Promise<unknown>): Promise<number> {
  const { from, to } = await gap(lab, act);
  return to - from;
}

/** The longest time without a good answer from `act`'s beginning to a little after its end. */
async function gap(lab: Lab, act: () => Promise<unknown>): Promise<Gap> {
  const prober = await startProber(lab, [`${VIP_A}:80`], ASK_INTERVAL_MS);
  // Two probes' worth, so that there is a last good answer.
  await sleep(10 * ASK_INTERVAL_MS);
  await act();
  await sleep(SETTLE_MS);
  await prober.stop();
  const good = prober.answers.filter(({ status }) => status === 200).map(({ answered }) => answered);
  good.sort((one, other) => one - other);
  const gaps = good.slice(1).map((to, index) => ({ from: good[index] ?? to, to }));
  return gaps.reduce(longer, { from: 0, to: 0 });
}

const longer = (one: Gap, other: Gap): Gap => (other.to - other.from > one.to - one.from ? other : one);

/** Resolves with its wall time in ms. */
async function untilAdvertisement(lab: Lab): Promise<number> {
  const command = ["tcpdump", "-Z", "root", "-l", "--immediate-mode", "-n", "-tt", "-i", "ens33"];
  const child = spawnIn(lab, B, [...command, `ip proto 112 and src ${ADDRESS_OF[A]}`]);
  child.stderr?.resume();
  if (child.stdout === null) throw new Error("tcpdump was started without a pipe");
  const [line] = (await once(child.stdout, "data")) as [Buffer];
  child.stdout.resume();
  await signal(child, "SIGTERM");
  return Number(line.toString().split(" ")[0]) * 1000;
}

const isGone = async (lab: Lab, { processes }: Contestant): Promise<boolean> =>
  Object.values(processes).every((pattern) => pidsOf(lab, A, pattern).length === 0);

async function addAddress(lab: Lab, contestant: Contestant): Promise<number> {
  const start = performance.now();
  // Both at once, as a deployment does; keepalived's peers refuse each other while their lists differ.
  await Promise.all([A, B].map((node) => contestant.configure(lab, node, [VIP_A, EXTRA])));
  await until(`${EXTRA} on ${A}`, () => holdersOf(lab, EXTRA).includes(A));
  return performance.now() - start;
}

export interface RestSpans {
  /** Between the start and the first look, in ms: a program that has just started still loads and compiles. */
  readonly settleMs: number;
  readonly watchMs: number;
}

/** Memory and processor time of each process while nothing happens. */
export async function rest(
  lab: Lab,
  contestant: Contestant,
  { settleMs, watchMs }: RestSpans,
): Promise<readonly Sample[]> {
  await start(lab, contestant);
  await sleep(settleMs);
  const processes = Object.entries(contestant.processes).flatMap(([name, pattern]) =>
    [A, B].map((node) => ({ name, node, pids: pidsOf(lab, node, pattern) })),
  );
  const before = processes.map(({ pids }) => processorMs(pids));
  await sleep(watchMs);
  return processes.flatMap(({ name, pids }, index) => [
    {
      contestant: contestant.name,
      what: `resident memory, ${name}`,
      unit: "MB",
      value: megabytes(pids, "Rss"),
    },
    {
      contestant: contestant.name,
      what: `the same, shared pages divided by their users, ${name}`,
      unit: "MB",
      value: megabytes(pids, "Pss"),
    },
    {
      contestant: contestant.name,
      what: `processor at rest, ${name}`,
      unit: "%",
      value: ((processorMs(pids) - (before[index] ?? 0)) * 100) / watchMs,
    },
  ]);
}
