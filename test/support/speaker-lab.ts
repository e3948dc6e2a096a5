/**
 * Real speakers on a real LAN: a bridge in one namespace and a node in each of some others, all without names and all
 * gone with this process, even when it is killed.
 */
import assert from "node:assert/strict";
import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { SystemClock } from "../../controller/adapter/clock/system-clock.ts";
import { millis } from "../../controller/net/time.ts";
import { UnixSpeakerLink } from "../../controller/speaker/link.ts";
import type { CheckVerdict, Transition, VirtualRouter } from "../../controller/vrrp/virtual-router.ts";
import { deadline } from "./deadline.ts";
import { SILENT } from "./fake-log.ts";
import { NeighbourNamespace } from "./own-network-namespace.ts";
import { aRouter, prefix } from "./speaker-host.ts";

const MAIN = fileURLToPath(new URL("./speaker-main.js", import.meta.url));
const READY_MAIN = fileURLToPath(new URL("./speaker-ready.js", import.meta.url));
/** Each look runs a command. */
const LOOK_INTERVAL_MS = 15;
export const VIRTUAL_ADDRESS = "10.9.0.100";

export class LabNode implements AsyncDisposable {
  readonly name: string;
  /** Its own, which is not virtual. */
  address = "";
  readonly directory: string;
  readonly transitions: Transition[] = [];
  link: UnixSpeakerLink;
  speaker: ChildProcess | null = null;
  readonly #namespace = new NeighbourNamespace();
  readonly #children: ChildProcess[] = [];
  #hangUp = new AbortController();
  #conversation: Promise<void> = Promise.resolve();
  #bridge: NeighbourNamespace | null = null;

  constructor(name: string, directory: string) {
    this.name = name;
    this.directory = join(directory, name);
    this.link = this.#newLink();
  }

  async attach(bridge: NeighbourNamespace, address: string): Promise<void> {
    await this.#namespace.ready();
    this.address = address;
    this.run(`ip link add eth0 type veth peer name p${this.name} netns ${bridge.pid}`);
    this.run(`ip addr add ${address}/24 dev eth0`);
    this.run("ip link set lo up");
    this.run("ip link set eth0 up");
    runIn(bridge.pid, `ip link set p${this.name} master br0 up`);
    this.#bridge = bridge;
  }

  /** A second link, eth1, into another network on the same switch. */
  attachInside(address: string): void {
    if (this.#bridge === null) throw new Error(`${this.name} is not attached`);
    this.run(`ip link add eth1 type veth peer name q${this.name} netns ${this.#bridge.pid}`);
    this.run(`ip addr add ${address}/24 dev eth1`);
    this.run("ip link set eth1 up");
    runIn(this.#bridge.pid, `ip link set q${this.name} master br1 up`);
  }

  run(command: string): string {
    return runIn(this.#namespace.pid, command);
  }

  /** Seen from the rest of the LAN: the cable, or the switch's word on the port. */
  port(change: "down" | "up" | "nomaster" | "master br0"): void {
    this.#changePort(`p${this.name}`, change);
  }

  /** Its port on the switch has carrier and swallows everything, as one that spanning tree blocks, until it is `master br0` again. */
  blockPort(): void {
    if (this.#bridge === null) throw new Error(`${this.name} is not attached`);
    // A port for itself would speak of its own accord.
    runIn(this.#bridge.pid, `sysctl -q -w net.ipv6.conf.p${this.name}.disable_ipv6=1`);
    this.port("nomaster");
  }

  insidePort(change: "down" | "up"): void {
    this.#changePort(`q${this.name}`, change);
  }

  #changePort(port: string, change: string): void {
    if (this.#bridge === null) throw new Error(`${this.name} is not attached`);
    runIn(this.#bridge.pid, `ip link set ${port} ${change}`);
  }

  /** A process in this node's namespace that ends with the test. */
  spawn(command: readonly string[], input: "ignore" | "pipe" = "ignore"): ChildProcess {
    const child = spawnInNamespace(this.#namespace.pid, command, input);
    this.#children.push(child);
    return child;
  }

  startSpeaker(): void {
    this.speaker = this.spawn([process.execPath, MAIN, "speaker", ...this.#speakerOptions()]);
  }

  /** Loads the code of the next speaker, which takes long; calling the result starts it. */
  async prepareSpeaker(): Promise<() => void> {
    const child = this.spawn([process.execPath, READY_MAIN, "speaker", ...this.#speakerOptions()], "pipe");
    assert.ok(child.stdout !== null);
    await once(child.stdout, "data");
    return () => {
      child.stdin?.write("go\n");
      this.speaker = child;
    };
  }

  #speakerOptions(): readonly string[] {
    const logFile = join(this.directory, "..", `${this.name}.log`);
    return ["--runtime-dir", this.directory, "--log-file", logFile];
  }

  /** Whoever is the speaker here: one that has replaced another is no child of ours. */
  get speakerPid(): number | null {
    const lock = join(this.directory, "speaker.lock");
    const pid = existsSync(lock) ? Number(readFileSync(lock, "utf8")) : 0;
    return pid > 0 && existsSync(`/proc/${pid}`) ? pid : null;
  }

  /** Ends the speaker and waits until it is gone. */
  async endSpeaker(signal: NodeJS.Signals): Promise<void> {
    const child = this.speaker;
    assert.ok(child !== null);
    const gone = new Promise<void>((resolve) => child.once("exit", () => resolve()));
    child.kill(signal);
    await gone;
    this.speaker = null;
  }

  /** An agent that tells the speaker its membership and acknowledges what it hears. */
  converse(routers: readonly VirtualRouter[], verdicts: readonly CheckVerdict[] = []): void {
    // The last agent would go on looking for its speaker, and keep the test from ending.
    this.#hangUp.abort();
    this.#hangUp = new AbortController();
    this.link = this.#newLink();
    const { link } = this;
    link.onTransition((transition) => {
      this.transitions.push(transition);
      link.acknowledge(transition.sequence);
    });
    const revision = JSON.stringify(routers);
    link.onChange(() => {
      const { pid, membershipRevision } = link.state();
      if (pid === null || membershipRevision === revision) return;
      link.setVerdicts(verdicts);
      link.setMembership({ revision, routers, retained: [], departed: [] });
    });
    this.#conversation = link.run(this.#hangUp.signal);
  }

  async hangUp(): Promise<void> {
    this.#hangUp.abort();
    await this.#conversation;
  }

  get role(): string | null {
    return this.link.state().routers[0]?.role ?? null;
  }

  get because(): string {
    return this.link.state().routers[0]?.because ?? "";
  }

  /** It knows a master of that priority. */
  async follows(priority: number): Promise<void> {
    const isKnown = (): boolean => this.link.state().routers[0]?.master?.priority === priority;
    await deadline(`${this.name} follows a master of priority ${priority}`, isKnown);
  }

  get isHolding(): boolean {
    return this.hasAddress(VIRTUAL_ADDRESS);
  }

  hasAddress(address: string): boolean {
    return this.run("ip -4 -o addr show").includes(` ${address}/`);
  }

  async holds(withinMs = 8_000): Promise<void> {
    await deadline(`${this.name} holds the address`, () => this.isHolding, withinMs, LOOK_INTERVAL_MS);
  }

  async isRid(withinMs = 8_000): Promise<void> {
    await deadline(
      `${this.name} does not hold the address`,
      () => !this.isHolding,
      withinMs,
      LOOK_INTERVAL_MS,
    );
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.hangUp();
    const { speakerPid } = this;
    if (speakerPid !== null) process.kill(speakerPid, "SIGKILL");
    for (const child of this.#children) child.kill("SIGKILL");
    this.#namespace[Symbol.dispose]();
  }

  #newLink(): UnixSpeakerLink {
    return new UnixSpeakerLink({
      socketPath: join(this.directory, "speaker.sock"),
      clock: new SystemClock(),
      log: SILENT,
      startSpeaker: null,
      version: "test",
    });
  }
}

export class SpeakerLab implements AsyncDisposable {
  readonly directory = mkdtempSync(join(tmpdir(), "hfsp-"));
  readonly bridge = new NeighbourNamespace();
  readonly nodes: LabNode[] = [];
  readonly #children: ChildProcess[] = [];

  /** Nodes get 10.9.0.1, 10.9.0.2, ... in order; the bridge itself is 10.9.0.254. */
  async build(...names: readonly string[]): Promise<LabNode[]> {
    await this.bridge.ready();
    // With a hardware address of its own: a bridge takes the lowest of its ports', so that a cut port would change the client's.
    runIn(this.bridge.pid, "ip link add br0 address 02:00:00:00:00:fe type bridge");
    runIn(this.bridge.pid, "ip addr add 10.9.0.254/24 dev br0");
    runIn(this.bridge.pid, "ip link set br0 up");
    for (const [i, name] of names.entries()) {
      const node = new LabNode(name, this.directory);
      this.nodes.push(node);
      await node.attach(this.bridge, `10.9.0.${i + 1}`);
    }
    return this.nodes;
  }

  /** A second network beside the first: nodes get 10.8.0.1, 10.8.0.2, ... on eth1; the switch itself is 10.8.0.254. */
  buildInside(): void {
    runIn(this.bridge.pid, "ip link add br1 type bridge");
    runIn(this.bridge.pid, "ip addr add 10.8.0.254/24 dev br1");
    runIn(this.bridge.pid, "ip link set br1 up");
    for (const [i, node] of this.nodes.entries()) node.attachInside(`10.8.0.${i + 1}`);
  }

  /** On the switch itself. */
  run(command: string): string {
    return runIn(this.bridge.pid, command);
  }

  /** A process beside the nodes, on the switch itself (10.9.0.254), that ends with the test. */
  spawn(command: readonly string[]): ChildProcess {
    const child = spawnInNamespace(this.bridge.pid, command);
    this.#children.push(child);
    return child;
  }

  get holders(): readonly string[] {
    return this.nodes.filter((node) => node.isHolding).map(({ name }) => name);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const node of this.nodes) await node[Symbol.asyncDispose]();
    for (const child of this.#children) child.kill("SIGKILL");
    this.bridge[Symbol.dispose]();
    rmSync(this.directory, { recursive: true, force: true });
  }
}

export interface LabOfTwo {
  readonly lab: SpeakerLab;
  readonly a: LabNode;
  readonly b: LabNode;
}

export async function labOfTwo(first = "a", second = "b"): Promise<LabOfTwo> {
  const lab = new SpeakerLab();
  const [a, b] = await lab.build(first, second);
  assert.ok(a !== undefined && b !== undefined);
  return { lab, a, b };
}

/** Of VIRTUAL_ADDRESS, version 3 at 100 ms, priority 100 against 90, unless something else is said. */
export function labRouter(different: Partial<VirtualRouter> = {}): VirtualRouter {
  const addresses = [prefix(`${VIRTUAL_ADDRESS}/32`)];
  return aRouter({ adverInterval: millis(100), addresses, ...different });
}

function spawnInNamespace(
  pid: number,
  command: readonly string[],
  input: "ignore" | "pipe" = "ignore",
): ChildProcess {
  const inside = ["-t", `${pid}`, "-n", "setpriv", "--pdeathsig", "KILL", ...command];
  const child = spawn("nsenter", inside, { stdio: [input, "pipe", "pipe"] });
  child.stdout?.resume();
  child.stderr?.resume();
  return child;
}

function runIn(pid: number, command: string): string {
  return execFileSync("nsenter", ["-t", `${pid}`, "-n", ...command.split(" ")], { encoding: "utf8" });
}
