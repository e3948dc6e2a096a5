/**
 * A LAN of virtual routers in virtual time.
 *
 * Every router runs the real state machine; only the wire, the clock and the kernel are made up. A run is decided by its
 * seed and by what is done to it, so a failure is reported as a seed and a trace, and replayed from the seed.
 */
import assert from "node:assert/strict";
import { type IpAddress, parseIpAddress } from "../../controller/net/ip.ts";
import { type Instant, millis, type WallTime } from "../../controller/net/time.ts";
import type { RecordingSink } from "../../controller/port/recording-sink.ts";
import { Recorder } from "../../controller/speaker/recorder.ts";
import { step } from "../../controller/vrrp/machine.ts";
import {
  type Effect,
  INITIAL_STATE,
  type RouterConfig,
  type RouterEvent,
  type RouterState,
} from "../../controller/vrrp/state.ts";
import type { Random } from "./random.ts";

export interface SimulatedRouter {
  readonly name: string;
  /** The higher wins ties, as addresses do. */
  readonly address: number;
  config: RouterConfig;
  state: RouterState;
  /** `paused`: as by SIGSTOP. What is sent to it waits in its socket, and its timers fire late. */
  condition: "running" | "paused" | "crashed";
  holdsAddresses: boolean;
  /** Routers hear each other when they are in the same segment. */
  segment: number;
  /** Unicast: whom it sends to and whom it believes. null: multicast. */
  peers: ReadonlySet<string> | null;
  lastAdvertised: number | null;
  wakesAt: number | null;
  /** What waits in the socket of a paused router. */
  inbox: RouterEvent[];
}

/** What a run is made of besides its routers: milliseconds, and the chance that a packet is lost. */
export interface Weather {
  latencyMin: number;
  latencyMax: number;
  /** How late a timer may fire. */
  timerJitter: number;
  loss: number;
  /** What gets lost on the way from one router to another, e.g. `a>b`, but not back. */
  readonly oneWayLoss: Map<string, number>;
}

interface Delivery {
  readonly at: number;
  readonly to: SimulatedRouter;
  readonly event: RouterEvent;
}

export interface Watcher {
  /** After every single thing that has happened, at `lan.now`. */
  happened(): void;
  lost(from: SimulatedRouter, to: SimulatedRouter): void;
}

/** As many datagrams as a socket's buffer holds; the kernel drops the rest. */
export const INBOX_MAX = 500;

export class SimulatedLan {
  now = 0;
  readonly trace: string[] = [];
  readonly routers: readonly SimulatedRouter[];
  readonly weather: Weather;
  watcher: Watcher | null = null;
  /** To whose hardware address the clients of an unbroken LAN send. */
  lastAnnouncer: SimulatedRouter | null = null;
  readonly #random: Random;
  readonly #recorder: Recorder | null;
  #inFlight: Delivery[] = [];
  /** A LAN keeps the order of one sender's frames to one receiver. */
  readonly #lastDelivery = new Map<string, number>();

  constructor(
    members: readonly { readonly name: string; readonly config: RouterConfig }[],
    weather: Weather,
    random: Random,
    recording: RecordingSink | null = null,
  ) {
    this.#recorder = recording === null ? null : new Recorder(recording, "simulation");
    this.weather = weather;
    this.#random = random;
    this.routers = members.map(({ name, config }, i) => ({
      name,
      address: i + 1,
      config,
      state: INITIAL_STATE,
      condition: "running",
      holdsAddresses: false,
      segment: 0,
      peers: null,
      lastAdvertised: null,
      wakesAt: null,
      inbox: [],
    }));
  }

  run(span: number): void {
    const end = this.now + span;
    for (let at = this.#nextAt(); at <= end; at = this.#nextAt()) {
      this.now = Math.max(this.now, at);
      this.#happen(at);
      this.watcher?.happened();
    }
    this.now = end;
  }

  feed(router: SimulatedRouter, event: RouterEvent): void {
    if (router.condition === "crashed") return;
    if (router.condition === "paused") {
      if (router.inbox.length < INBOX_MAX) router.inbox.push(event);
      return;
    }
    const before = router.state;
    const now = this.now as Instant;
    const taken = step(router.config, before, event, now);
    const { state, effects } = taken;
    const { config } = router;
    this.#recorder?.record(router, router.name, {
      config,
      before,
      event,
      step: taken,
      at: now,
      wall: this.now as WallTime,
    });
    router.state = state;
    if (state.deadline === null) router.wakesAt = null;
    else if (state.deadline !== before.deadline || event.type === "deadline")
      this.#setTimer(router, state.deadline);
    for (const effect of effects) this.#perform(router, effect);
    this.#record(router, before, event, effects);
  }

  configure(router: SimulatedRouter, change: Partial<RouterConfig>): void {
    const previous = router.config;
    router.config = { ...previous, ...change };
    this.feed(router, { type: "reconfigured", previous });
  }

  crash(router: SimulatedRouter): void {
    this.note(`${router.name} crashes (last advertised ${router.lastAdvertised?.toFixed(1) ?? "never"})`);
    Object.assign(router, {
      condition: "crashed",
      state: INITIAL_STATE,
      holdsAddresses: false,
      wakesAt: null,
      inbox: [],
    });
    this.#recorder?.forget(router);
  }

  recover(router: SimulatedRouter): void {
    router.condition = "running";
    this.feed(router, { type: "startup" });
  }

  pause(router: SimulatedRouter): void {
    this.note(`${router.name} is paused`);
    router.condition = "paused";
  }

  /** A shell should empty its socket before it meets a deadline; with `timers-first` it does not. */
  resume(router: SimulatedRouter, order: "timers-first" | "socket-first"): void {
    this.note(`${router.name} is resumed`);
    router.condition = "running";
    const waiting = router.inbox.splice(0);
    const isDue = router.wakesAt !== null && router.wakesAt <= this.now;
    if (isDue && order === "timers-first") this.feed(router, { type: "deadline" });
    for (const event of waiting) this.feed(router, event);
  }

  note(text: string): void {
    this.trace.push(`${this.now.toFixed(1)} ${text}`);
  }

  #nextAt(): number {
    let at = Number.POSITIVE_INFINITY;
    for (const delivery of this.#inFlight) at = Math.min(at, delivery.at);
    for (const { condition, wakesAt } of this.routers) {
      if (condition === "running" && wakesAt !== null) at = Math.min(at, wakesAt);
    }
    return at;
  }

  /** What has arrived comes before the timers of the same moment. */
  #happen(at: number): void {
    const arriving = this.#inFlight.findIndex((delivery) => delivery.at === at);
    const [delivery] = arriving < 0 ? [] : this.#inFlight.splice(arriving, 1);
    const due = this.routers.find(({ condition, wakesAt }) => condition === "running" && wakesAt === at);
    if (delivery !== undefined) this.feed(delivery.to, delivery.event);
    else if (due !== undefined) this.feed(due, { type: "deadline" });
  }

  #setTimer(router: SimulatedRouter, deadline: number): void {
    router.wakesAt = Math.max(this.now, deadline) + this.#random() * this.weather.timerJitter;
  }

  #perform(router: SimulatedRouter, effect: Effect): void {
    if (effect.type === "claim-addresses") router.holdsAddresses = true;
    if (effect.type === "release-addresses") router.holdsAddresses = false;
    if (effect.type === "announce") this.lastAnnouncer = router;
    if (effect.type === "advertise") this.#broadcast(router, effect.priority);
  }

  #broadcast(from: SimulatedRouter, priority: number): void {
    from.lastAdvertised = this.now;
    for (const to of this.routers) {
      if (to === from || to.condition === "crashed" || !areLinked(from, to)) continue;
      if (this.#random() < this.#lossOf(from, to)) {
        this.watcher?.lost(from, to);
        continue;
      }
      this.#inFlight.push({
        at: this.#arrival(from, to),
        to,
        event: {
          type: "advertisement",
          sender: addressOf(from),
          priority,
          adverInterval: millis(from.config.adverInterval),
          senderWinsTie: from.address > to.address,
        },
      });
    }
  }

  #lossOf(from: SimulatedRouter, to: SimulatedRouter): number {
    const { loss, oneWayLoss } = this.weather;
    return Math.max(loss, oneWayLoss.get(`${from.name}>${to.name}`) ?? 0);
  }

  #arrival(from: SimulatedRouter, to: SimulatedRouter): number {
    const { latencyMin, latencyMax } = this.weather;
    const key = `${from.name}>${to.name}`;
    const earliest = this.#lastDelivery.get(key) ?? 0;
    const at = Math.max(earliest, this.now + latencyMin + this.#random() * (latencyMax - latencyMin));
    this.#lastDelivery.set(key, at);
    return at;
  }

  /** Everything but the advertisements that are sent by the clock, which would drown the rest. */
  #record(
    router: SimulatedRouter,
    before: RouterState,
    event: RouterEvent,
    effects: readonly Effect[],
  ): void {
    const isRoutine = event.type === "deadline" && effects.every(({ type }) => type === "advertise");
    if (effects.length === 0 || isRoutine) return;
    const done = effects.flatMap(inWords).join(", ");
    this.note(
      `${router.name} ${describeChange(before, router.state, effects)}${done === "" ? "" : `: ${done}`}`,
    );
  }
}

/** By which the others know it. */
export const addressOf = ({ address }: Pick<SimulatedRouter, "address">): IpAddress =>
  parseIpAddress(`10.0.0.${address}`) ?? assert.fail(`${address}`);

export function areLinked(a: SimulatedRouter, b: SimulatedRouter): boolean {
  const knowEachOther = (a.peers?.has(b.name) ?? true) && (b.peers?.has(a.name) ?? true);
  return (
    knowEachOther &&
    a.segment === b.segment &&
    a.config.fitness !== "link-down" &&
    b.config.fitness !== "link-down"
  );
}

function inWords(effect: Effect): string[] {
  if (effect.type === "report") return [];
  return [effect.type === "advertise" ? `advertise ${effect.priority}` : effect.type];
}

function describeChange(before: RouterState, after: RouterState, effects: readonly Effect[]): string {
  const report = effects.find((effect) => effect.type === "report");
  if (report !== undefined) return `${before.role} -> ${after.role} (${report.cause})`;
  const leaving = after.role === "master" ? after.leaving : null;
  return leaving === null ? after.role : `${after.role}, leaving (${leaving})`;
}
