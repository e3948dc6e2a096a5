/** `holdfast lab demo`: tells the story of two experiments, single-master and dual-master, on the seed's own topology. */
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join, relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { refuse } from "../lab/command.ts";
import { formatOutages, formatProse, formatTitle, formatVerdict } from "../lab/demo-timeline.ts";
import { Watch } from "../lab/demo-watch.ts";
import { bringUp, type Lab, takeDown } from "../lab/lab.ts";
import { readRehearsal } from "../lab/manifests.ts";
import { directoryOf } from "../lab/names.ts";
import { tellDualMaster } from "./demo-dual.ts";
import { tellSingleMaster } from "./demo-single.ts";
import { type Outcome, type Output, Stage } from "./demo-stage.ts";

export interface DemoOptions {
  /** Leave the lab up at the end. */
  readonly keep: boolean;
  readonly name: string;
}

const CLIENT_ADDRESS = "172.16.253.177";
const MANIFESTS = fileURLToPath(new URL("../../../manifests/", import.meta.url));
/** Whose demo it is, while one is being told. */
const PID_FILE = "demo.pid";

const INTRODUCTION = [
  "Two load balancers share an address. One of them, the master, holds it; the other is its backup. Once a second the master says on the network that it is there, and with which priority. When it falls silent, or its priority sinks below that of the backup, the backup takes the address.",
  "All of it is real: Holdfast, nginx, the packets, the addresses, the mails. Only the machines are network namespaces of this computer, which nothing outside can see.",
  "A client asks for a page every 10 ms, on a new connection each time. So its gaps below are what people would notice.",
];

/** Rejects with a sentence when it was interrupted or something did not come true; the lab is gone by then. */
export async function runDemo({ keep, name }: DemoOptions, signal: AbortSignal): Promise<void> {
  const output = terminal();
  const outcome: Outcome = { outages: [], unfulfilled: [] };
  const start = Date.now();
  let isKept = false;
  try {
    await makeRoom(name, output);
    await tell(name, { output, outcome, signal });
    conclude(output, outcome, Date.now() - start);
    isKept = keep && outcome.unfulfilled.length === 0;
  } catch (error) {
    throw signal.aborted ? signal.reason : error;
  } finally {
    if (!isKept) {
      await takeDown(name);
      output.print(`\n${formatProse("The lab has been taken down; nothing of it is left.", output.paper)}`);
    }
  }
  if (outcome.unfulfilled.length > 0)
    throw refuse(`this did not come true:\n${outcome.unfulfilled.map((each) => `  ${each}`).join("\n")}`);
  if (isKept) output.print(whatToTry(name, output));
}

interface Telling {
  readonly output: Output;
  readonly outcome: Outcome;
  readonly signal: AbortSignal;
}

async function tell(name: string, telling: Telling): Promise<void> {
  const { output } = telling;
  output.print(formatTitle("Holdfast: two load balancers, and an address that stays", "", output.paper));
  for (const paragraph of INTRODUCTION) output.print(formatProse(paragraph, output.paper));
  output.print(PICTURE);
  await withLab(name, "single-master", telling, tellSingleMaster);
  await takeDown(name);
  await withLab(name, "dual-master", telling, tellDualMaster);
}

const PICTURE = `
                                   +-- keepalive-a 172.16.253.108 --+      +-- rs1 172.16.250.127
  client ---- 172.16.253.150 ------|                                |------|
  172.16.253.177                   +-- keepalive-b 172.16.253.105 --+      +-- rs2 172.16.253.193`;

async function withLab(
  name: string,
  manifests: string,
  { output, outcome, signal }: Telling,
  story: (stage: Stage) => Promise<void>,
): Promise<void> {
  const rehearsal = readRehearsal([join(MANIFESTS, manifests)], CLIENT_ADDRESS);
  output.print(formatTitle(`The experiment ${manifests}`, "", output.paper));
  const machines = rehearsal.topology.machines.map((machine) => machine.name).join(", ");
  output.print(formatProse(`Building ${machines} as manifests/${manifests} has it ...`, output.paper));
  const lab = await build(name, rehearsal, signal);
  const watch = new Watch(lab);
  try {
    await story(new Stage({ watch, output, outcome, signal }));
  } finally {
    await watch.stop();
  }
}

async function build(
  name: string,
  { topology, manifests }: ReturnType<typeof readRehearsal>,
  signal: AbortSignal,
): Promise<Lab> {
  const progress = (): void => undefined;
  const lab = await bringUp({ name, topology, manifests, agents: true, logLevel: "info", progress, signal });
  writeFileSync(join(directoryOf(name), PID_FILE), String(process.pid));
  return lab;
}

/** A lab that an earlier demo has left is in the way; one that is being told is somebody's. */
async function makeRoom(name: string, output: Output): Promise<void> {
  const directory = directoryOf(name);
  if (!existsSync(directory)) return;
  const file = join(directory, PID_FILE);
  const pid = existsSync(file) ? readFileSync(file, "utf8") : "";
  if (pid !== "" && existsSync(`/proc/${pid}`))
    throw refuse(`a demo is being told already (pid ${pid}); wait until it is over`);
  output.print(formatProse("The lab of an earlier demo is still up; it goes down first.", output.paper));
  await takeDown(name);
}

function conclude({ print, paper }: Output, { outages, unfulfilled }: Outcome, tookMs: number): void {
  print(formatTitle("How long the client was without its page", "", paper));
  print(formatOutages(outages));
  if (unfulfilled.length === 0)
    print(formatVerdict(`Both experiments came true, in ${Math.round(tookMs / 1000)} seconds.`, true, paper));
  for (const sentence of unfulfilled) print(formatVerdict(`did not come true: ${sentence}`, false, paper));
}

function whatToTry(name: string, { paper }: Output): string {
  const script = process.argv[1] ?? "holdfast";
  const isScript = script.endsWith(".js");
  const program = isScript ? `node ${relative(process.cwd(), script)}` : "holdfast";
  // Another current directory there; the path is the same.
  const inside = isScript ? `node ${resolve(script)}` : "holdfast";
  const option = `--name ${name}`;
  const tries: readonly (readonly [string, string])[] = [
    ["who holds which address", `status ${option}`],
    ["ask for a page", `exec ${option} client -- curl -s http://172.16.253.140/`],
    ["pull a plug", `fail keepalive-a --how power ${option}`],
    ["see what the other node makes of it, and why", `exec ${option} keepalive-b -- ${inside} status`],
    ["", `exec ${option} keepalive-b -- ${inside} why vip/web-a`],
    ["put the plug back", `heal keepalive-a ${option}`],
    ["take everything down", `down ${option}`],
  ];
  const lines = tries.flatMap(([what, words]) => [
    ...(what === "" ? [] : [`  # ${what}`]),
    `  ${program} lab ${words}`,
  ]);
  return [formatTitle("The lab stays up. Try:", "", paper), ...lines].join("\n");
}

function terminal(): Output {
  const colours = process.stdout.isTTY === true && (process.env["NO_COLOR"] ?? "") === "";
  return { paper: { colours }, print: (text) => void process.stdout.write(`${text}\n`) };
}
