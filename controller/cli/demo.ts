/** `holdfast lab demo`: tells the story of two experiments, single-master and dual-master, each on a lab of its own. */
import { fileURLToPath } from "node:url";
import { bringUp, type Lab, takeDown } from "../lab/lab.ts";
import { readRehearsal } from "../lab/manifests.ts";
import { tellDualMaster } from "./demo-dual.ts";
import { tellSingleMaster } from "./demo-single.ts";
import { type Account, Stage } from "./demo-stage.ts";
import { Narrator } from "./narrator.ts";
import { formatTable } from "./table.ts";

export interface DemoOptions {
  /** Leave the second lab up. */
  readonly keep: boolean;
}

const NAME = "demo";
const CLIENT_ADDRESS = "172.16.253.177";
const MANIFESTS = fileURLToPath(new URL("../../../manifests/", import.meta.url));

export async function runDemo({ keep }: DemoOptions): Promise<void> {
  const voice = new Narrator(process.stdout, (process.env["NO_COLOR"] ?? "") !== "");
  const started = Date.now();
  await takeDown(NAME);
  const cleaned = cleaningUpWhenInterrupted();
  try {
    voice.title("Experiment 1, single-master: one address, two load balancers, two web servers");
    const first = await build("single-master", voice);
    await tellSingleMaster(first);
    await takeDown(NAME);
    voice.title("Experiment 2, dual-master: two addresses, each at home on a load balancer of its own");
    const second = await build("dual-master", voice);
    await tellDualMaster(second);
    voice.title("What the client saw");
    voice.table(tableOf([...first.accounts, ...second.accounts]));
    voice.good(`Both experiments done, in ${Math.round((Date.now() - started) / 1000)} s.`);
    if (keep) tellWhatToTry(voice, second.lab);
  } finally {
    cleaned[Symbol.dispose]();
    if (!keep) await takeDown(NAME);
  }
}

async function build(directory: string, voice: Narrator): Promise<Stage> {
  const { topology, manifests } = readRehearsal([`${MANIFESTS}${directory}`], CLIENT_ADDRESS);
  voice.remark(`The manifests are in manifests/${directory}; the network of this computer is not touched.`);
  const lab = await bringUp({
    name: NAME,
    topology,
    manifests,
    agents: true,
    logLevel: "info",
    progress: (step) => voice.waiting(`building ${step}`),
  });
  const rows = lab.machines.map(({ name, role, address }) => [name, address, DUTIES[role]]);
  voice.table(formatTable(["MACHINE", "ADDRESS", "DUTY"], rows));
  return new Stage(lab, voice);
}

const DUTIES = {
  member: "load balancer: Holdfast and nginx",
  backend: "web server",
  client: "asks for a page every 10 ms",
} as const;

function tableOf(accounts: readonly Account[]): string {
  const rows = accounts.map(({ what, address, longestMs, asked, unanswered }) => [
    what,
    address,
    String(longestMs).padStart(9),
    `${unanswered} of ${asked}`,
  ]);
  return formatTable(["WHAT HAPPENED", "ADDRESS", "OUTAGE ms", "UNANSWERED"], rows);
}

function tellWhatToTry(voice: Narrator, lab: Lab): void {
  const name = `--name ${lab.name}`;
  voice.table(
    [
      "The lab is still up. Try:",
      `  npx holdfast lab status ${name}`,
      `  npx holdfast lab exec ${name} client -- curl -s http://172.16.253.150`,
      `  npx holdfast lab exec ${name} keepalive-a -- npx holdfast why vip/web-a`,
      `  npx holdfast lab fail ${name} keepalive-a --how pause`,
      `  npx holdfast lab heal ${name} keepalive-a`,
      `  npx holdfast lab down ${name}`,
    ].join("\n"),
  );
}

/** Ctrl-C ends the demo and leaves nothing behind. */
function cleaningUpWhenInterrupted(): Disposable {
  const clean = (): void => {
    process.stdout.write("\nInterrupted; taking the lab down.\n");
    void takeDown(NAME).finally(() => process.exit(130));
  };
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, clean);
  return {
    [Symbol.dispose]: () => {
      for (const signal of ["SIGINT", "SIGTERM"] as const) process.removeListener(signal, clean);
    },
  };
}
