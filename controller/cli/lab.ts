/** `holdfast lab`: rehearse manifests in network namespaces of this machine before they meet production. */

import { spawnSync } from "node:child_process";
import { Argument, Command, Option } from "commander";
import { bringUp, FAILURES, type Failure, type Lab, labNames, openLab, takeDown } from "../lab/lab.ts";
import { entering } from "../lab/machine.ts";
import { holdersOf, reportOf } from "../lab/observe.ts";
import { OperationFailure } from "../port/failure.ts";
import { gather } from "./gather.ts";
import { INTERRUPTED, interruptible } from "./interrupt.ts";
import { formatTable } from "./table.ts";

const DEFAULT_NAME = "lab";

const nameOption = (): Option =>
  new Option("--name <name>", "which lab, when there are several").default(DEFAULT_NAME);

const UP_EXAMPLE = `
Example:
  holdfast lab up -f manifests/single-master
  holdfast lab exec client -- curl -s http://172.16.253.150/
  holdfast lab fail keepalive-a --how power
  holdfast lab status
  holdfast lab down

It takes root. It touches no interface of this machine, and nothing of it can be seen from outside.`;

export function labCommand(): Command {
  const lab = new Command("lab").description(
    "Rehearse manifests in network namespaces, with real agents and real nginx.",
  );
  lab.addHelpText("after", UP_EXAMPLE);
  for (const child of [up(), status(), exec(), fail(), heal(), down(), demo()]) lab.addCommand(child);
  return lab;
}

function up(): Command {
  return new Command("up")
    .description(
      "Build the machines that the manifests name, and start agents, web servers and mail servers on them.",
    )
    .requiredOption(
      "-f, --file <path>",
      "manifest, or directory of manifests; may be given several times",
      gather,
      [],
    )
    .addOption(nameOption())
    .option("--client <address>", "address of the client machine (default: a free one)")
    .option("--no-agents", "leave the members without an agent")
    .option("--log-level <level>", "of the agents", "info")
    .addHelpText("after", UP_EXAMPLE)
    .action((flags: { file: string[]; name: string; client?: string; agents: boolean; logLevel: string }) =>
      interruptibly(`lab ${flags.name}`, async (signal) => {
        const { readRehearsal } = await import("../lab/manifests.ts");
        const { topology, manifests } = readRehearsal(flags.file, flags.client ?? null);
        const { name, agents, logLevel } = flags;
        const progress = (step: string): boolean => process.stderr.write(`  ${step}\n`);
        const built = await bringUp({ name, topology, manifests, agents, logLevel, progress, signal });
        return `Lab ${name} is up.\n${await statusOf(built)}`;
      }),
    );
}

function status(): Command {
  return new Command("status")
    .description("Show the machines of a lab, and who holds which address.")
    .addOption(nameOption())
    .addOption(new Option("-o, --output <format>", "text or json").choices(["text", "json"]).default("text"))
    .action(({ name, output }: { name: string; output: string }) =>
      reporting(async () => {
        const lab = openLab(name);
        return output === "json" ? JSON.stringify(await machinesOf(lab), null, 2) : statusOf(lab);
      }),
    );
}

function exec(): Command {
  return new Command("exec")
    .description("Run a command on a machine of a lab.")
    .argument("<machine>", "a member, rs1, rs2, ... or client")
    .argument("<command...>", "behind --")
    .addOption(nameOption())
    .addHelpText("after", "\nExample:\n  holdfast lab exec keepalive-a -- ip addr")
    .action((machine: string, command: string[], { name }: { name: string }) =>
      reporting(async () => {
        const lab = openLab(name);
        const [program, ...args] = entering(lab.at(machine), command);
        process.exitCode = spawnSync(program, args, { stdio: "inherit" }).status ?? 1;
        return null;
      }),
    );
}

function fail(): Command {
  return new Command("fail")
    .description("Break a machine.")
    .argument("<machine>", "a member, rs1, rs2, ... or client")
    .addOption(
      new Option(
        "--how <how>",
        "power: the plug is pulled; link: the cable; process: agent and speaker are killed; pause: everything stands still; partition: the switch forwards nothing",
      )
        .choices(FAILURES)
        .default("power"),
    )
    .addOption(nameOption())
    .action((machine: string, { how, name }: { how: Failure; name: string }) =>
      reporting(async () => {
        await openLab(name).fail(machine, how);
        return `${machine} is broken (${how}); holdfast lab heal ${machine} mends it.`;
      }),
    );
}

function heal(): Command {
  return new Command("heal")
    .description("Mend a machine that was broken with fail.")
    .addArgument(new Argument("<machine>", "a member, rs1, rs2, ... or client"))
    .addOption(nameOption())
    .action((machine: string, { name }: { name: string }) =>
      reporting(async () => {
        await openLab(name).heal(machine);
        return `${machine} is well again.`;
      }),
    );
}

function down(): Command {
  return new Command("down")
    .description("End a lab and remove everything of it, also after a crash.")
    .addOption(nameOption())
    .option("--all", "every lab of this machine", false)
    .action(({ name, all }: { name: string; all: boolean }) =>
      reporting(async () => {
        const names = all ? await labNames() : [name];
        for (const each of names) await takeDown(each);
        return names.length === 0 ? "There is no lab." : `Gone: ${names.join(", ")}.`;
      }),
    );
}

function demo(): Command {
  return new Command("demo")
    .description("Tell the story of two experiments: single-master and dual-master.")
    .option("--keep", "leave the lab up at the end, and say what to try", false)
    .addOption(new Option("--name <name>", "what to call the lab").default("demo"))
    .action((options: { keep: boolean; name: string }) =>
      interruptibly("the demo", async (signal) => {
        const { runDemo } = await import("./demo.ts");
        await runDemo(options, signal);
        return null;
      }),
    );
}

interface MachineStatus {
  readonly machine: string;
  readonly role: string;
  readonly address: string;
  /** How it was broken; null: it is well. */
  readonly failure: Failure | null;
  /** Virtual addresses that its kernel answers for. */
  readonly holds: readonly string[];
  /** What its agent says of each VirtualIP, as `web: master (100)`; null: nobody answers, or there is no agent. */
  readonly roles: readonly string[] | null;
}

async function statusOf(lab: Lab): Promise<string> {
  const rows = (await machinesOf(lab)).map(({ machine, role, address, failure, holds, roles }) => [
    machine,
    role,
    address,
    failure === null ? "up" : `broken (${failure})`,
    holds.join(", "),
    roles?.join(", ") ?? (role === "member" ? "no agent answers" : ""),
  ]);
  return formatTable(["MACHINE", "ROLE", "ADDRESS", "STATE", "HOLDS", "AGENT SAYS"], rows);
}

function machinesOf(lab: Lab): Promise<readonly MachineStatus[]> {
  const addresses = lab.record.topology.virtualIPs.flatMap((virtualIP) => virtualIP.addresses);
  return Promise.all(
    lab.machines.map(async ({ name, role, address }) => ({
      machine: name,
      role,
      address,
      failure: lab.failureOf(name),
      holds: addresses.filter((each) => holdersOf(lab, each).includes(name)),
      roles: role === "member" ? await rolesOf(lab, name) : null,
    })),
  );
}

async function rolesOf(lab: Lab, machine: string): Promise<readonly string[] | null> {
  const report = await reportOf(lab, machine);
  return (
    report?.speaker.routers.map(
      ({ name, role, effectivePriority }) => `${name.split("/")[1]}: ${role} (${effectivePriority})`,
    ) ?? null
  );
}

/** As `reporting`, for work that leaves something behind when it just ends. */
async function interruptibly(
  what: string,
  act: (signal: AbortSignal) => Promise<string | null>,
): Promise<void> {
  using interruption = interruptible(what);
  await reporting(() => act(interruption.signal));
  if (interruption.signal.aborted) process.exitCode = INTERRUPTED;
}

/** Prints what came of it, or the refusal as a sentence. */
async function reporting(act: () => Promise<string | null>): Promise<void> {
  try {
    const text = await act();
    if (text !== null) process.stdout.write(`${text}\n`);
  } catch (error) {
    if (!(error instanceof OperationFailure)) throw error;
    const sentence = error.detail.code === "lab-refused" ? error.detail.output : error.message;
    process.stderr.write(`holdfast lab: ${sentence}\n`);
    process.exitCode = 1;
  }
}
