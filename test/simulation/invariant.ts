/**
 * What must hold of the whole LAN at every moment.
 *
 * Always: a router holds the addresses exactly while it is master. And in every set of routers that hear each other and
 * have been left alone for one master-down interval and the time of a few packets: exactly one of them is master, and
 * with preemption it is one of the highest priority; none is, if none is fit. On a LAN that was never broken and lost
 * nothing, the master is also the one who announced itself last, so that clients send to it.
 */
import assert from "node:assert/strict";
import { masterDownInterval } from "../../controller/vrrp/timing.ts";
import { areLinked, type SimulatedLan, type SimulatedRouter, type Watcher } from "./lan.ts";

/** One packet may be on its way when the rest begins, one claims, and one answers. */
export const PACKETS_UNTIL_SETTLED = 3;

export class Invariant implements Watcher {
  /** How often a settled set of routers was looked at: a run in which this stays zero has shown nothing. */
  settledLooks = 0;
  readonly #lan: SimulatedLan;
  /** Whether the LAN was never broken into parts and never loses anything. */
  readonly #isGentle: boolean;
  readonly #disturbedAt: Map<SimulatedRouter, number>;
  readonly #stopped = new Set<SimulatedRouter>();

  constructor(lan: SimulatedLan, { isGentle }: { readonly isGentle: boolean }) {
    this.#lan = lan;
    this.#isGentle = isGentle;
    this.#disturbedAt = new Map(lan.routers.map((router) => [router, 0]));
  }

  /** Somebody has meddled with `router`: whoever hears it needs time to settle. `extra`: more than usual. */
  disturbed(router: SimulatedRouter, extra = 0): void {
    for (const each of this.#lan.routers) {
      if (each === router || areLinked(each, router)) this.#disturbedAt.set(each, this.#lan.now + extra);
    }
  }

  stopped(router: SimulatedRouter): void {
    this.#stopped.add(router);
  }

  started(router: SimulatedRouter): void {
    this.#stopped.delete(router);
  }

  lost(_from: SimulatedRouter, to: SimulatedRouter): void {
    this.disturbed(to);
  }

  happened(): void {
    for (const router of this.#lan.routers) {
      assert.equal(router.holdsAddresses, router.state.role === "master", `${router.name} holds iff master`);
    }
    const seen = new Set<SimulatedRouter>();
    for (const router of this.#lan.routers) {
      if (router.condition !== "running" || seen.has(router)) continue;
      const neighbours = this.#neighboursOf(router);
      for (const each of neighbours) seen.add(each);
      // Unicast: with a and b, and b and c, that know each other, nothing holds for all three.
      const isWhole = neighbours.every((each) => areSame(this.#neighboursOf(each), neighbours));
      if (isWhole && this.#isSettled(neighbours)) this.#check(neighbours);
    }
  }

  /** Who hears it and is heard by it, itself included. */
  #neighboursOf(router: SimulatedRouter): readonly SimulatedRouter[] {
    return this.#lan.routers.filter(
      (each) => each === router || (each.condition === "running" && areLinked(each, router)),
    );
  }

  #isSettled(routers: readonly SimulatedRouter[]): boolean {
    const { latencyMax, timerJitter } = this.#lan.weather;
    const longest = Math.max(
      ...routers.map(({ config }) =>
        masterDownInterval(config.version, config.priority, config.adverInterval),
      ),
    );
    const quietSince = Math.max(...routers.map((router) => this.#disturbedAt.get(router) ?? 0));
    const settling = longest + PACKETS_UNTIL_SETTLED * (latencyMax + timerJitter);
    return this.#lan.now - quietSince > settling;
  }

  #check(routers: readonly SimulatedRouter[]): void {
    this.settledLooks++;
    const able = routers.filter((each) => each.config.fitness === "fit" && !this.#stopped.has(each));
    const masters = routers.filter(({ state }) => state.role === "master");
    const names = (all: readonly SimulatedRouter[]): string =>
      all.map(({ name, config }) => `${name}=${config.priority}`).join(" ") || "none";
    const situation = `at ${this.#lan.now.toFixed(1)}: masters ${names(masters)} of ${names(able)}`;
    assert.equal(masters.length, able.length > 0 ? 1 : 0, situation);
    const mayPreempt = able.every(({ config }) => config.preempt);
    const highest = Math.max(...able.map(({ config }) => config.priority));
    for (const { config } of masters) if (mayPreempt) assert.equal(config.priority, highest, situation);
    for (const master of masters) {
      assert.equal(master.state.role === "master" && master.state.leaving, null, situation);
      if (this.#isGentle) assert.equal(this.#lan.lastAnnouncer?.name, master.name, situation);
    }
  }
}

/** Both in the order of the LAN. */
export const areSame = (some: readonly unknown[], others: readonly unknown[]): boolean =>
  some.length === others.length && some.every((each, i) => each === others[i]);
