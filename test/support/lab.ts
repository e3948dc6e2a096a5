/**
 * A lab for a test: built from manifests under a name that no other test has, gone when the test ends, and talkative when
 * the world does not become what was expected of it.
 */
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { askReport } from "../../controller/api/client.ts";
import { statusText } from "../../controller/cli/status-text.ts";
import { bringUp, type Lab, labNames, takeDown } from "../../controller/lab/lab.ts";
import { initPid, logFile, machineDirectory } from "../../controller/lab/machine.ts";
import { readRehearsal } from "../../controller/lab/manifests.ts";
import type { AgentReport } from "../../controller/plan/report.ts";
import type { RouterStatus } from "../../controller/vrrp/virtual-router.ts";
import { addresses } from "./lab-world.ts";

export interface LabOptions {
  /** Texts by file name, as every member gets them. */
  readonly manifests: Readonly<Record<string, string>>;
  /** What the machines are made of, where that is more: files that the test will write only later. */
  readonly later?: Readonly<Record<string, string>>;
  readonly agents?: boolean;
  readonly client?: string;
}

const LOOK_MS = 25;
const LOG_CHARACTERS = 3_000;
/** `t4711-2`: the second lab of process 4711. */
const NAME = /^t(\d+)-\d+$/;

let count = 0;

/** Whoever opens it closes it with `closeLab`, whatever happens in between. */
export async function openTestLab(options: LabOptions): Promise<Lab> {
  await removeOrphans();
  const name = `t${process.pid}-${++count}`;
  const directory = mkdtempSync(join(tmpdir(), "holdfast-manifests-"));
  try {
    for (const [file, text] of Object.entries({ ...options.manifests, ...options.later }))
      writeFileSync(join(directory, file), text);
    const { topology } = readRehearsal([directory], options.client ?? null);
    const manifests = new Map(Object.entries(options.manifests));
    const progress = (): void => undefined;
    const { agents = true } = options;
    const { signal } = new AbortController();
    return await bringUp({ name, topology, manifests, agents, logLevel: "info", progress, signal });
  } finally {
    rmSync(directory, { recursive: true });
  }
}

export async function closeLab(lab: Lab | undefined): Promise<void> {
  if (lab !== undefined) await takeDown(lab.name);
}

/** The lab ends with `work`, also when it fails. */
export async function withLab(options: LabOptions, work: (lab: Lab) => Promise<void>): Promise<void> {
  const lab = await openTestLab(options);
  try {
    await work(lab);
  } finally {
    await closeLab(lab);
  }
}

/** Labs of test processes that were killed. */
async function removeOrphans(): Promise<void> {
  for (const name of await labNames()) {
    const [, pid] = NAME.exec(name) ?? [];
    if (pid !== undefined && !existsSync(`/proc/${pid}`)) await takeDown(name);
  }
}

/** What the agent on that node says; null while none answers. */
export async function report(lab: Lab, node: string): Promise<AgentReport | null> {
  const pid = initPid(lab.at(node));
  if (pid === null) return null;
  try {
    return await askReport(`/proc/${pid}/root/run/holdfast`);
  } catch (error) {
    if (error instanceof Error && error.name === "NoAnswer") return null;
    throw error;
  }
}

/** `name` as in the manifest. */
export async function router(lab: Lab, node: string, name = "web"): Promise<RouterStatus | null> {
  const routers = (await report(lab, node))?.speaker.routers ?? [];
  return routers.find((each) => each.name === `default/${name}`) ?? null;
}

/** Resolves with the time it took in ms, as soon as the world is so. Throws with all there is to know when it is not in time. */
export async function waitFor(
  lab: Lab,
  what: string,
  condition: () => boolean | Promise<boolean>,
  deadlineMs: number,
): Promise<number> {
  const start = performance.now();
  while (!(await condition())) {
    if (performance.now() - start > deadlineMs)
      throw new Error(`not within ${deadlineMs} ms: ${what}\n${await describeLab(lab)}`);
    await sleep(LOOK_MS);
  }
  return performance.now() - start;
}

/** The state of every member, for a person who must find out what went wrong. */
export async function describeLab(lab: Lab): Promise<string> {
  const parts = await Promise.all(
    lab.members.map(async ({ name }) => {
      if (!lab.isOn(name)) return `=== ${name} is off ===`;
      const answer = lab.failureOf(name) === "pause" ? null : await report(lab, name);
      return [
        `=== ${name} ===`,
        `addresses: ${(await addresses(lab, name)).join(" ")}`,
        answer === null ? "no agent answers" : statusText(answer),
        `--- agent.log ---\n${tailOf(logFile(lab.at(name), "agent"))}`,
        `--- speaker.log ---\n${tailOf(`/proc/${initPid(lab.at(name))}/root/run/holdfast/speaker.log`)}`,
        `--- disk: ${machineDirectory(lab.at(name))} ---`,
      ].join("\n");
    }),
  );
  return parts.join("\n");
}

function tailOf(file: string): string {
  return existsSync(file) ? readFileSync(file, "utf8").slice(-LOG_CHARACTERS) : "(there is none)";
}
