/** Two nodes and a client on a bridge, for what concerns only VRRP: no agent, no nginx, and a start takes no second. */
import { execFileSync } from "node:child_process";
import { parseIpv4 } from "../../controller/net/ipv4.ts";
import { millis } from "../../controller/net/time.ts";
import type { VirtualRouter } from "../../controller/vrrp/virtual-router.ts";
import { deadline } from "../support/deadline.ts";
import { aRouter, prefix } from "../support/speaker-host.ts";
import { type LabNode, SpeakerLab, VIRTUAL_ADDRESS } from "../support/speaker-lab.ts";

/** A master that is far above its backup, and a backup of a usual priority. */
const PRIORITIES = { a: 200, b: 100 } as const;
/** Where the addresses of more than one router, or more than one address of a router, are from. */
export const MANY = "10.9.1";
/** A look runs a command on each node; what is measured is measured on the wire. */
const LOOK_MS = 50;

export interface WireTerms {
  readonly version: 2 | 3;
  readonly intervalMs: number;
  readonly routers: number;
  readonly addressesEach: number;
}

export class WireArena implements AsyncDisposable {
  readonly #lab: SpeakerLab;
  readonly a: LabNode;
  readonly b: LabNode;
  readonly client: LabNode;

  private constructor(lab: SpeakerLab, [a, b, client]: readonly [LabNode, LabNode, LabNode]) {
    this.#lab = lab;
    this.a = a;
    this.b = b;
    this.client = client;
  }

  static async open(): Promise<WireArena> {
    const lab = new SpeakerLab();
    const [a, b, client] = await lab.build("a", "b", "c");
    if (a === undefined || b === undefined || client === undefined)
      throw new Error("three nodes were asked for");
    client.run(`ip route add ${MANY}.0/24 dev eth0`);
    return new WireArena(lab, [a, b, client]);
  }

  get directory(): string {
    return this.#lab.directory;
  }

  /** The node's cable, pulled where nobody notices: neither it nor its peer loses carrier. Wall time in ms. */
  cut(node: LabNode): number {
    const at = Date.now();
    this.#onBridge(`ip link set p${node.name} nomaster`);
    return at;
  }

  mend(node: LabNode): void {
    this.#onBridge(`ip link set p${node.name} master br0`);
  }

  /** Resolves when `holder` has every address and the other node none. */
  async untilHeldBy(holder: LabNode, count: number, withinMs = 30_000): Promise<void> {
    const other = holder === this.a ? this.b : this.a;
    await deadline(
      `${count} addresses on ${holder.name} alone`,
      () => heldBy(holder) === count && heldBy(other) === 0,
      withinMs,
      LOOK_MS,
    );
  }

  #onBridge(command: string): void {
    execFileSync("nsenter", ["-t", `${this.#lab.bridge.pid}`, "-n", ...command.split(" ")]);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#lab[Symbol.asyncDispose]();
  }
}

/** How many virtual addresses are on the node's interface. */
export const heldBy = (node: LabNode): number =>
  [...node.run("ip -4 -o addr show dev eth0").matchAll(/\/32 /g)].length;

/** Of its interface: six hex bytes with colons. */
export function macOf(node: LabNode): string {
  const [, mac] = /link\/ether (\S+)/.exec(node.run("ip -o link show dev eth0")) ?? [];
  if (mac === undefined) throw new Error(`${node.name} has no hardware address`);
  return mac;
}

/** What the node is told; both nodes are told the same but for the priority. */
export function routersOf(node: "a" | "b", terms: WireTerms): readonly VirtualRouter[] {
  const [own, rival] = node === "a" ? [PRIORITIES.a, PRIORITIES.b] : [PRIORITIES.b, PRIORITIES.a];
  return Array.from({ length: terms.routers }, (_, index) =>
    aRouter({
      name: `default/r${index + 1}`,
      version: terms.version,
      virtualRouterID: index + 1,
      adverInterval: millis(terms.intervalMs),
      basePriority: own,
      rivalPriority: rival,
      addresses: addressesOf(index, terms).map((address) => prefix(`${address}/32`)),
    }),
  );
}

function addressesOf(index: number, { routers, addressesEach }: WireTerms): readonly string[] {
  if (routers === 1 && addressesEach === 1) return [VIRTUAL_ADDRESS];
  const all = Array.from({ length: addressesEach }, (_, at) => `${MANY}.${index * addressesEach + at + 1}`);
  if (all.some((address) => parseIpv4(address) === null)) throw new Error("the network is too small");
  return all;
}
