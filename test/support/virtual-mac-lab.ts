/** What a switch and a neighbour know of a virtual MAC in a speaker lab. */
import assert from "node:assert/strict";
import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { deadline } from "./deadline.ts";
import type { VrrpLan } from "./vrrp-lan.ts";
import { type Frame, type WireWatch, watchWire } from "./wire-watch.ts";

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

export class PortWatch {
  readonly #watches: ReadonlyMap<string, WireWatch>;

  constructor(watches: ReadonlyMap<string, WireWatch>) {
    this.#watches = watches;
  }

  async told(): Promise<ReadonlyMap<string, readonly Frame[]>> {
    const all = [...this.#watches];
    return new Map(
      await Promise.all(
        all.map(async ([name, watch]) => {
          await watch.told();
          return [name, watch.frames] as const;
        }),
      ),
    );
  }
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
    await once(child, "spawn");
    return new NeighbourWatch(lan, address, child);
  }

  /** What it has now. */
  async resolved(): Promise<string> {
    const look = (): string | undefined =>
      / lladdr (\S+)/.exec(this.#lan.lab.run(`ip neigh show to ${this.#address}`))?.[1];
    await deadline("the address is resolved", () => look() !== undefined);
    return look() ?? assert.fail("it is resolved");
  }

  /** All that it ever had. */
  get macs(): ReadonlySet<string> {
    const lines = this.#said.split("\n").filter((line) => line.startsWith(`${this.#address} `));
    return new Set(lines.flatMap((line) => / lladdr (\S+)/.exec(line)?.[1] ?? []));
  }
}
