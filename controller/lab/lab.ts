/**
 * A lab as a whole: up, broken, healed, down. Everything about it is on disk and in the kernel under names that are made of the
 * lab's name, so that any later command finds it, also after the command that built it was killed.
 */
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { askReport } from "../api/client.ts";
import { attempt, refuse } from "./command.ts";
import { attemptIn, boot, cutPower, initPid, type MachineName, machineDirectory } from "./machine.ts";
import { DIRECTORY_PREFIX, directoryOf, NAMESPACE_PREFIX, namespaceOf, SWITCH } from "./names.ts";
import {
  type Attachment,
  createSwitch,
  plugIn,
  removeNamespace,
  setConnected,
  setLink,
  unplug,
} from "./network.ts";
import { requireForLab } from "./requirements.ts";
import { furnish, type ServiceOptions, startAgent, startServices, writePasswords } from "./services.ts";
import { endProcesses, namespacesOf } from "./sweep.ts";
import type { LabMachine, Topology } from "./topology.ts";

export const FAILURES = ["power", "link", "process", "pause", "partition"] as const;
export type Failure = (typeof FAILURES)[number];

export interface LabRecord {
  readonly name: string;
  readonly topology: Topology;
  readonly agents: boolean;
  readonly logLevel: string;
}

const NAME = /^[a-z0-9]([a-z0-9-]{0,18}[a-z0-9])?$/;
const SWITCH_NAMESPACE = new RegExp(`^${NAMESPACE_PREFIX}(.+)-${SWITCH}\\b`, "gm");
/** What `--how process` kills, as pkill -f finds it. */
const PROGRAMS = { member: "holdfast.cjs (agent|speaker)", backend: "nginx", client: "" } as const;
const AGENT_TIMEOUT_MS = 20_000;
const LOOK_MS = 50;

export class Lab {
  readonly record: LabRecord;

  constructor(record: LabRecord) {
    this.record = record;
  }

  get name(): string {
    return this.record.name;
  }

  get machines(): readonly LabMachine[] {
    return this.record.topology.machines;
  }

  get members(): readonly LabMachine[] {
    return this.machines.filter(({ role }) => role === "member");
  }

  machine(name: string): LabMachine {
    const found = this.machines.find((machine) => machine.name === name);
    if (found !== undefined) return found;
    throw refuse(
      `there is no machine ${name}; there are ${this.machines.map((each) => each.name).join(", ")}`,
    );
  }

  at(machine: string): MachineName {
    return { lab: this.name, machine: this.machine(machine).name };
  }

  /** How the machine was broken; null: it is well. */
  failureOf(machine: string): Failure | null {
    const file = join(machineDirectory(this.at(machine)), "failure");
    return existsSync(file) ? (readFileSync(file, "utf8") as Failure) : null;
  }

  isOn(machine: string): boolean {
    return initPid(this.at(machine)) !== null;
  }

  /** Namespace, cable, boot, services. */
  async powerOn(machine: string): Promise<void> {
    const { topology } = this.record;
    await plugIn(this.#attachment(machine));
    await boot(
      this.at(machine),
      topology.hostNames.map(({ name, address }) => `${address} ${name}`),
    );
    startServices(this.at(machine), this.machine(machine), this.#services());
  }

  async fail(machine: string, how: Failure): Promise<void> {
    const name = this.at(machine);
    const before = this.failureOf(machine);
    if (before !== null) throw refuse(`${machine} is broken already (${before}); heal it first`);
    const { role } = this.machine(machine);
    if (role === "client" && how === "process") throw refuse("the client runs nothing that could be killed");
    switch (how) {
      case "power":
        // All at once is the point of a power failure: a program that still sees its link go would write that down.
        await this.#freeze(machine);
        await unplug(this.#attachment(machine));
        cutPower(name);
        await this.#removeNamespace(machine);
        break;
      case "link":
        await setLink(this.#attachment(machine), "down");
        break;
      case "partition":
        await setConnected(this.#attachment(machine), false);
        break;
      case "pause":
        await this.#freeze(machine);
        break;
      case "process":
        await attemptIn(name, ["pkill", "-KILL", "-f", PROGRAMS[role]]);
        break;
    }
    writeFileSync(join(machineDirectory(name), "failure"), how);
  }

  async heal(machine: string): Promise<void> {
    const name = this.at(machine);
    const how = this.failureOf(machine);
    if (how === null) throw refuse(`${machine} is well`);
    switch (how) {
      case "power":
        await this.powerOn(machine);
        break;
      case "link":
        await setLink(this.#attachment(machine), "up");
        break;
      case "partition":
        await setConnected(this.#attachment(machine), true);
        break;
      case "pause":
        await attemptIn(name, ["bash", "-c", "kill -CONT -1"]);
        break;
      case "process":
        if (this.machine(machine).role === "member") startAgent(name, this.record.logLevel);
        else startServices(name, this.machine(machine), this.#services());
        break;
    }
    rmSync(join(machineDirectory(name), "failure"), { force: true });
  }

  /** Resolves when every member's agent has said that it runs what the manifests ask for. */
  async untilAgentsAnswer(signal: AbortSignal): Promise<void> {
    for (const { name } of this.members) {
      for (let waited = 0; !(await this.#answers(name)); waited += LOOK_MS) {
        signal.throwIfAborted();
        if (waited > AGENT_TIMEOUT_MS) {
          const log = join(machineDirectory(this.at(name)), "log/agent.log");
          throw refuse(
            `the agent of ${name} does not answer; its log: ${readFileSync(log, "utf8").slice(-2000)}`,
          );
        }
        await sleep(LOOK_MS);
      }
    }
  }

  async #answers(machine: string): Promise<boolean> {
    const pid = initPid(this.at(machine));
    if (pid === null) return false;
    try {
      const { speaker } = await askReport(`/proc/${pid}/root/run/holdfast`);
      return speaker.pid !== null && speaker.membershipInForce;
    } catch (error) {
      if (error instanceof Error && error.name === "NoAnswer") return false;
      throw error;
    }
  }

  /** Everything in the PID namespace but its first process and the sender (kill(2)). */
  async #freeze(machine: string): Promise<void> {
    await attemptIn(this.at(machine), ["bash", "-c", "kill -STOP -1"]);
  }

  async #removeNamespace(machine: string): Promise<void> {
    // A namespace lives on while a process is in it; those of the machine are dying. Not so the nsenter in front of a frozen
    // service: it stopped itself with its child (util-linux: WUNTRACED) and would wait for a SIGCONT for ever.
    await endProcesses(namespaceOf(this.name, machine));
    await removeNamespace(this.name, machine);
  }

  #attachment(machine: string): Attachment {
    const index = this.machines.findIndex(({ name }) => name === machine);
    const { prefixLength } = this.record.topology;
    return { lab: this.name, machine: this.machine(machine), index, prefixLength };
  }

  #services(): ServiceOptions {
    const { topology, agents, logLevel } = this.record;
    return { manifests: join(directoryOf(this.name), "manifests"), topology, agents, logLevel };
  }

  furnishAll(): void {
    for (const machine of this.machines) {
      furnish(this.at(machine.name), machine, this.#services());
      if (machine.role === "member")
        writePasswords(this.at(machine.name), this.record.topology.passwordFiles);
    }
  }
}

export interface UpOptions {
  readonly name: string;
  readonly topology: Topology;
  /** Files by name, as they go to /etc/holdfast/manifests of every member. */
  readonly manifests: ReadonlyMap<string, string>;
  readonly agents: boolean;
  readonly logLevel: string;
  /** Told of each step. */
  readonly progress: (step: string) => void;
  /** Ends the work between two steps. */
  readonly signal: AbortSignal;
}

/** Builds and starts everything; whatever fails or ends it on the way, nothing stays behind. */
export async function bringUp({ progress, manifests, signal, ...options }: UpOptions): Promise<Lab> {
  const { name } = options;
  if (!NAME.test(name))
    throw refuse(`a lab's name is up to 20 lower-case letters, digits and '-', not ${name}`);
  requireForLab(options.topology);
  const directory = directoryOf(name);
  if (existsSync(directory)) throw refuse(`there is a lab ${name} already: holdfast lab down --name ${name}`);
  mkdirSync(join(directory, "manifests"), { recursive: true, mode: 0o755 });
  const lab = new Lab(options);
  try {
    for (const [file, text] of manifests) writeFileSync(join(directory, "manifests", file), text);
    writeFileSync(join(directory, "lab.json"), JSON.stringify(lab.record));
    progress("switch");
    await createSwitch(name);
    lab.furnishAll();
    for (const machine of lab.machines) {
      signal.throwIfAborted();
      progress(`${machine.name} (${machine.address})`);
      await lab.powerOn(machine.name);
    }
    if (options.agents) {
      progress("agents");
      await lab.untilAgentsAnswer(signal);
    }
    signal.throwIfAborted();
    return lab;
  } catch (error) {
    await takeDown(name);
    // A Ctrl-C may have shown itself as the failure of a step.
    throw signal.aborted ? signal.reason : error;
  }
}

export function openLab(name: string): Lab {
  const file = join(directoryOf(name), "lab.json");
  if (!existsSync(file)) throw refuse(`there is no lab ${name}; holdfast lab up builds one`);
  return new Lab(JSON.parse(readFileSync(file, "utf8")) as LabRecord);
}

/** Names of all labs on this machine, also of those that were only half built. */
export async function labNames(): Promise<readonly string[]> {
  const directories = readdirSync(tmpdir())
    .filter((entry) => entry.startsWith(DIRECTORY_PREFIX))
    .map((entry) => entry.slice(DIRECTORY_PREFIX.length));
  const { stdout } = await attempt("ip", ["netns", "list"]);
  const switches = [...stdout.matchAll(SWITCH_NAMESPACE)].map(([, name = ""]) => name);
  return [...new Set([...directories, ...switches])].sort();
}

/** Removes processes, namespaces and files of a lab, whatever is left of it. */
export async function takeDown(name: string): Promise<void> {
  const namespaces = await namespacesOf(name, await labNames());
  for (const namespace of namespaces) await endProcesses(namespace);
  for (const namespace of namespaces) await attempt("ip", ["netns", "del", namespace]);
  rmSync(directoryOf(name), { recursive: true, force: true });
}
