/**
 * Who had which address, and when: each member's kernel tells of every change, so that no moment between two looks is missed.
 *
 * The stamps are those of `ip monitor`, from the clock that all share, and say when it has read of a change: on a busy machine
 * some tens of milliseconds after whoever looks at the addresses. So a look at what has been is taken after `told`.
 */

import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { setImmediate as nextTurn } from "node:timers/promises";
import type { Lab } from "../../controller/lab/lab.ts";
import { runIn } from "../../controller/lab/machine.ts";
import { deadline } from "./deadline.ts";
import { addresses, signal, spawnIn } from "./lab-world.ts";

/** A host whose addresses are watched. */
export interface WatchedHost {
  readonly name: string;
  spawn(command: readonly string[]): ChildProcess;
  /** Ends what `spawn` has started, and resolves when it is gone. */
  end(child: ChildProcess): Promise<void>;
  run(command: readonly string[]): Promise<unknown>;
  /** With or without their lengths. */
  addresses(): Promise<readonly string[]>;
}

interface Change {
  /** Wall time in ms, with the microseconds as fraction. */
  readonly at: number;
  readonly node: string;
  readonly address: string;
  readonly holds: boolean;
}

export interface Span {
  readonly from: number;
  readonly to: number;
  readonly durationMs: number;
  readonly holders: readonly string[];
}

/** `[2026-11-24T10:01:38.123456] Deleted 2: ens33    inet 172.16.253.150/32 scope ...` */
const EVENT = /^\[(\S+)\] (Deleted )?\d+: \S+\s+inet ([\d.]+)\/\d+/;
/** On the loopback, where no manifest has anything to say. */
const BEACONS = "127.9.";
const FIRST_BEACON = `${BEACONS}9.9`;
/** The same one comes again only when nothing that is on its way can be taken for it. */
const BEACONS_MAX = 250;

export class HolderWatch {
  readonly #hosts: ReadonlyMap<string, WatchedHost>;
  readonly #changes: Change[] = [];
  readonly #monitors = new Map<string, ChildProcess>();
  /** `NODE ADDRESS`, of which a monitor has said that it is gone. */
  readonly #beaconsSeen = new Set<string>();
  #beacon = 0;

  constructor(hosts: readonly WatchedHost[]) {
    this.#hosts = new Map(hosts.map((host) => [host.name, host]));
  }

  /** Again after each boot: the monitor goes down with its machine. */
  async follow(node: string): Promise<void> {
    const host = this.#host(node);
    const child = host.spawn(["env", "TZ=UTC", "ip", "-ts", "-4", "-o", "monitor", "address"]);
    this.#monitors.set(node, child);
    child.once("close", () => this.#lose(node));
    if (child.stdout === null) throw new Error("the monitor was started without a pipe");
    const lines = createInterface({ input: child.stdout });
    const ready = once(child.stdout, "data");
    lines.on("line", (line) => this.#hear(node, line));
    let isReady = false;
    void ready.then(() => {
      isReady = true;
    });
    while (!isReady) {
      await host.run(["ip", "addr", "replace", `${FIRST_BEACON}/32`, "dev", "lo"]);
      await host.run(["ip", "addr", "del", `${FIRST_BEACON}/32`, "dev", "lo"]);
      // A command that ran synchronously would leave no turn for what the monitor says.
      await nextTurn();
    }
    const at = Date.now();
    for (const each of await host.addresses())
      this.#note({ at, node, address: each.split("/")[0] ?? "", holds: true });
  }

  /** Resolves when every change up to now has been read, so that its stamp lies in the past. The kernel tells in order. */
  async told(): Promise<void> {
    this.#beacon = (this.#beacon + 1) % BEACONS_MAX;
    const beacon = `${BEACONS}8.${this.#beacon}`;
    await Promise.all([...this.#monitors.keys()].map((node) => this.#hasTold(node, beacon)));
  }

  async #hasTold(node: string, beacon: string): Promise<void> {
    const key = `${node} ${beacon}`;
    this.#beaconsSeen.delete(key);
    const host = this.#host(node);
    await host.run(["ip", "addr", "add", `${beacon}/32`, "dev", "lo"]);
    await host.run(["ip", "addr", "del", `${beacon}/32`, "dev", "lo"]);
    await deadline(`the monitor of ${node} has told`, () => this.#beaconsSeen.has(key));
  }

  async stop(): Promise<void> {
    for (const [node, child] of this.#monitors) await this.#host(node).end(child);
  }

  /** The times from `since` on, cut where the set of holders changes; the last one ends now. */
  spans(address: string, since: number): readonly Span[] {
    const changes = this.#changes
      .filter((change) => change.address === address)
      .sort((one, other) => one.at - other.at);
    const now = new Set<string>();
    const cuts: { at: number; holders: readonly string[] }[] = [];
    for (const { at, node, holds } of changes) {
      if (now.has(node) === holds) continue;
      if (holds) now.add(node);
      else now.delete(node);
      cuts.push({ at, holders: [...now].sort() });
    }
    return cuts
      .map(({ at, holders }, index) => ({
        from: Math.max(at, since),
        to: cuts[index + 1]?.at ?? Date.now(),
        holders,
      }))
      .filter(({ from, to }) => to > from)
      .map((span) => ({ ...span, durationMs: span.to - span.from }));
  }

  /** Times with two holders and more. */
  doubled(address: string, since: number): readonly Span[] {
    return this.spans(address, since).filter(({ holders }) => holders.length > 1);
  }

  /** Times with nobody. */
  vacant(address: string, since: number): readonly Span[] {
    return this.spans(address, since).filter(({ holders }) => holders.length === 0);
  }

  /** Says who held the address, for a diagnostic line: `a 1203 ms, - 3 ms, b`. */
  story(address: string, since: number): string {
    return this.spans(address, since)
      .map(({ holders, durationMs }) => `${holders.join("+") || "nobody"} ${durationMs.toFixed(1)} ms`)
      .join(", ");
  }

  #host(node: string): WatchedHost {
    const host = this.#hosts.get(node);
    if (host === undefined) throw new Error(`${node} is not watched`);
    return host;
  }

  #hear(node: string, line: string): void {
    const [, stamp, deleted, address = ""] = EVENT.exec(line) ?? [];
    if (stamp === undefined) return;
    if (address.startsWith(BEACONS)) {
      if (deleted !== undefined) this.#beaconsSeen.add(`${node} ${address}`);
      return;
    }
    // Date keeps milliseconds only.
    const micros = Number(stamp.slice(stamp.indexOf(".") + 1)) % 1000;
    this.#note({
      at: Date.parse(`${stamp.slice(0, 23)}Z`) + micros / 1000,
      node,
      address,
      holds: deleted === undefined,
    });
  }

  /** The machine went off, and its addresses with it. */
  #lose(node: string): void {
    this.#monitors.delete(node);
    const at = Date.now();
    const gone = new Set(
      this.#changes.filter((change) => change.node === node).map(({ address }) => address),
    );
    for (const address of gone) this.#note({ at, node, address, holds: false });
  }

  #note(change: Change): void {
    this.#changes.push(change);
  }
}

export async function watchHolders(lab: Lab): Promise<HolderWatch> {
  return watchHosts(
    lab.members.map(({ name }) => ({
      name,
      spawn: (command) => spawnIn(lab, name, command),
      end: (child) => signal(child, "SIGKILL"),
      run: (command) => runIn(lab.at(name), command),
      addresses: () => addresses(lab, name),
    })),
  );
}

export async function watchHosts(hosts: readonly WatchedHost[]): Promise<HolderWatch> {
  const watch = new HolderWatch(hosts);
  for (const { name } of hosts) await watch.follow(name);
  return watch;
}
