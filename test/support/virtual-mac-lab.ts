/** What a switch and a neighbour know of a virtual MAC in a speaker lab. */
import assert from "node:assert/strict";
import type { ChildProcess } from "node:child_process";
import { setImmediate as nextTurn } from "node:timers/promises";
import { deadline } from "./deadline.ts";
import type { VrrpLan } from "./vrrp-lan.ts";
import { type Frame, type WireWatch, watchWire } from "./wire-watch.ts";

/** Who lets go has heard its successor a moment before; who takes over has its addresses a moment before or after it says so. */
const MOMENT_MS = 50;

/** Nobody's. */
const BEACON = "10.9.0.253";

/** The port at which the switch has seen the address last. */
export function portOf(lan: VrrpLan, mac: string): string | null {
  return (
    new RegExp(`^${mac} dev (\\S+) master`, "m").exec(lan.lab.run("bridge fdb show br br0"))?.[1] ?? null
  );
}

/** Every frame that a node has sent from `mac`, by the node. */
export async function watchPorts(lan: VrrpLan, mac: string): Promise<PortWatch> {
  const watches = new Map<string, WireWatch>();
  for (const { name } of lan.lab.nodes)
    watches.set(name, await watchWire(lan.lab, `ether src ${mac}`, `p${name}`, "in"));
  return new PortWatch(watches);
}

interface Sent extends Frame {
  readonly node: string;
}

export class PortWatch {
  readonly #watches: ReadonlyMap<string, WireWatch>;

  constructor(watches: ReadonlyMap<string, WireWatch>) {
    this.#watches = watches;
  }

  /** By whom, in order. */
  async sent(): Promise<readonly Sent[]> {
    const all = [...this.#watches];
    await Promise.all(all.map(([, watch]) => watch.told()));
    return all
      .flatMap(([node, watch]) => watch.frames.map((frame) => ({ ...frame, node })))
      .sort((one, other) => one.at - other.at);
  }

  /** What a node has sent from the virtual MAC after another one had begun to advertise from it, and before it did so itself. */
  async strays(name: string): Promise<readonly string[]> {
    const sent = await this.sent();
    const adverts = sent.filter(({ bytes }) => (priorityIn(bytes) ?? 0) > 0);
    const isOwn = ({ node }: Sent): boolean => node === name;
    assert.ok(adverts.some(isOwn), `${name} was master, and was captured`);
    return sent
      .filter(isOwn)
      .filter(({ at }) => {
        const isOn = adverts.some((each) => isOwn(each) && Math.abs(each.at - at) <= MOMENT_MS);
        const last = adverts.findLast((each) => each.at <= at - MOMENT_MS);
        return !isOn && last !== undefined && !isOwn(last);
      })
      .map(({ at, bytes }) => `${at.toFixed(1)} ${bytes.toString("hex")}`);
  }
}

/** `null`: no advertisement. */
function priorityIn(frame: Buffer): number | null {
  const type = frame.readUInt16BE(12);
  const [protocolAt, messageAt] = type === 0x0800 ? [23, 34] : [20, 54];
  return (type === 0x0800 || type === 0x86dd) && frame[protocolAt] === 112
    ? (frame[messageAt + 2] ?? null)
    : null;
}

/** What the switch itself, as a neighbour, has in its table for one address: every value, as the kernel tells of it. */
export class NeighbourWatch {
  readonly #lan: VrrpLan;
  readonly #address: string;
  #said = "";

  private constructor(lan: VrrpLan, address: string, child: ChildProcess) {
    this.#lan = lan;
    this.#address = address;
    child.stdout?.on("data", (chunk: Buffer) => {
      this.#said += chunk.toString();
    });
  }

  static async begin(lan: VrrpLan, address: string): Promise<NeighbourWatch> {
    const child = lan.lab.spawn(["ip", "monitor", "neigh"]);
    const watch = new NeighbourWatch(lan, address, child);
    // It says nothing when it begins to listen, so it is shown something until it has seen it.
    await deadline("the monitor listens", async () => {
      lan.lab.run(`ip neigh replace ${BEACON} lladdr 02:00:00:00:00:01 dev br0`);
      lan.lab.run(`ip neigh del ${BEACON} dev br0`);
      await nextTurn();
      return watch.#said.includes(BEACON);
    });
    return watch;
  }

  /** What it has now. */
  async resolved(): Promise<string> {
    const look = (): string | undefined =>
      / lladdr (\S+)/.exec(this.#lan.lab.run(`ip neigh show to ${this.#address}`))?.[1];
    await deadline("the address is resolved", () => look() !== undefined);
    return look() ?? assert.fail("it is resolved");
  }

  /** All that it ever had, as far as it was told of a change, and what it has now. */
  async macs(): Promise<readonly string[]> {
    const now = await this.resolved();
    const lines = this.#said.split("\n").filter((line) => line.startsWith(`${this.#address} `));
    return [...new Set([...lines.flatMap((line) => / lladdr (\S+)/.exec(line)?.[1] ?? []), now])];
  }
}
