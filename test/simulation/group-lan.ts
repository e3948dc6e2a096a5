/**
 * Nodes with a group of virtual routers each, on several links, in virtual time.
 *
 * The speaker's own crew, fates, lines and wires run here, with packets as on the wire; only the links, the clock and the
 * kernel's table of addresses are made up. A run is decided by its seed and by what is done to it.
 */

import type { IpAddress } from "../../controller/net/ip.ts";
import type { Instant } from "../../controller/net/time.ts";
import type { RecordingSink } from "../../controller/port/recording-sink.ts";
import { Recorder } from "../../controller/speaker/recorder.ts";
import type { VirtualRouter } from "../../controller/vrrp/virtual-router.ts";
import { GroupNode } from "./group-node.ts";
import type { Random } from "./random.ts";
import type { Receiver } from "./receiver.ts";

export interface NodePlan {
  readonly name: string;
  /** Its own address on each link. */
  readonly addresses: ReadonlyMap<string, IpAddress>;
  readonly routers: readonly VirtualRouter[];
}

/** Milliseconds, and the chance that a packet is lost. */
export interface GroupWeather {
  latencyMin: number;
  latencyMax: number;
  /** How late an alarm may ring. */
  timerJitter: number;
  /** For how long the kernel may be asked for addresses. */
  kernelMax: number;
  loss: number;
}

export interface GroupWatcher {
  /** After every single thing that has happened, at `lan.now`. */
  happened(): void;
  lost(from: GroupNode, to: GroupNode): void;
}

interface Task {
  readonly at: number;
  readonly order: number;
  readonly run: () => void;
  isInForce: boolean;
}

export class GroupLan {
  now = 0;
  readonly trace: string[] = [];
  readonly nodes: readonly GroupNode[];
  readonly links: readonly string[];
  readonly weather: GroupWeather;
  readonly random: Random;
  readonly recorder: Recorder | null;
  watcher: GroupWatcher | null = null;
  #tasks: Task[] = [];
  #order = 0;
  /** A link keeps the order of one sender's packets to one receiver. */
  readonly #lastDelivery = new Map<string, number>();

  constructor(
    plans: readonly NodePlan[],
    links: readonly string[],
    weather: GroupWeather,
    random: Random,
    recording: RecordingSink | null = null,
  ) {
    this.links = links;
    this.weather = weather;
    this.random = random;
    this.recorder = recording === null ? null : new Recorder(recording, "simulation");
    this.nodes = plans.map((plan) => new GroupNode(plan, this));
  }

  run(span: number): void {
    const end = this.now + span;
    for (let task = this.#take(end); task !== null; task = this.#take(end)) {
      this.now = Math.max(this.now, task.at);
      task.run();
      this.watcher?.happened();
    }
    this.now = end;
  }

  /** Calls back at `moment`, or now when that is over, until it is disposed of. */
  at(moment: number, run: () => void): Disposable {
    const task: Task = { at: Math.max(this.now, moment), order: this.#order++, run, isInForce: true };
    this.#tasks.push(task);
    return {
      [Symbol.dispose]: () => {
        task.isInForce = false;
      },
    };
  }

  transmit(from: GroupNode, link: string, packet: Uint8Array, destination: IpAddress): void {
    if (!from.isUp(link)) return;
    const copy = Uint8Array.from(packet);
    for (const to of this.nodes) {
      const receiver = to === from ? undefined : to.receiverAt(link, destination);
      if (receiver === undefined || !hear(from, to, link)) continue;
      if (this.random() < this.weather.loss) this.watcher?.lost(from, to);
      else this.#deliver(from, to, receiver, copy);
    }
  }

  note(text: string): void {
    this.trace.push(`${this.now.toFixed(1)} ${text}`);
  }

  instant(): Instant {
    return this.now as Instant;
  }

  #deliver(from: GroupNode, to: GroupNode, receiver: Receiver, packet: Uint8Array): void {
    const { latencyMin, latencyMax } = this.weather;
    const key = `${from.name}>${to.name} ${receiver.link}`;
    const soonest = this.now + latencyMin + this.random() * (latencyMax - latencyMin);
    const at = Math.max(this.#lastDelivery.get(key) ?? 0, soonest);
    this.#lastDelivery.set(key, at);
    this.at(at, () => to.arrived(receiver, packet));
  }

  /** The earliest that is due by `end`; of several, the one that was set first. */
  #take(end: number): Task | null {
    this.#tasks = this.#tasks.filter(({ isInForce }) => isInForce);
    let first: Task | null = null;
    for (const task of this.#tasks)
      if (first === null || task.at < first.at || (task.at === first.at && task.order < first.order))
        first = task;
    if (first === null || first.at > end) return null;
    first.isInForce = false;
    return first;
  }
}

/** On one link, in both directions. */
export const hear = (one: GroupNode, other: GroupNode, link: string): boolean =>
  one.isUp(link) && other.isUp(link) && one.segmentOf(link) === other.segmentOf(link);

/** On some link, which is enough for one decision. */
export const areTogether = (one: GroupNode, other: GroupNode, links: readonly string[]): boolean =>
  links.some((link) => hear(one, other, link));
