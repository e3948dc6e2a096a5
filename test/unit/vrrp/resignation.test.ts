/** Whose priority 0 moves a backup, and whose does not. The master that it follows is PEER; intervals are one second. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { IpAddress } from "../../../controller/net/ip.ts";
import { parseIpv4 } from "../../../controller/net/ipv4.ts";
import { step } from "../../../controller/vrrp/machine.ts";
import { SENDERS_MAX } from "../../../controller/vrrp/resignation.ts";
import type { RouterConfig, RouterEvent, RouterState } from "../../../controller/vrrp/state.ts";
import { at, backup, config, heard, PEER } from "./machine-cases.ts";

const ip = (text: string): IpAddress => parseIpv4(text) ?? assert.fail(text);
const STRANGER = ip("10.0.0.66");
const MASTER = 200;

/** A backup to which things happen. */
class Follower {
  state: RouterState = backup(3609);
  readonly #config: RouterConfig;

  constructor(different: Partial<RouterConfig> = {}) {
    this.#config = { ...config, ...different };
  }

  hears(now: number, priority: number, sender = PEER, adverInterval = 1000): this {
    return this.#feed(now, heard(priority, { sender, adverInterval }));
  }

  /** The master advertises at every full second from the one to the other. */
  follows(from: number, to: number): this {
    for (let now = from; now <= to; now += 1000) this.hears(now, MASTER);
    return this;
  }

  wakes(): this {
    return this.#feed(this.state.deadline ?? assert.fail("no deadline"), { type: "deadline" });
  }

  get believes(): boolean {
    return this.state.role === "backup" && this.state.watch === "resigned";
  }

  #feed(now: number, event: RouterEvent): this {
    this.state = step(this.#config, this.state, event, at(now)).state;
    return this;
  }
}

describe("a backup believes a resignation", () => {
  it("of the master that it follows, and takes over after its skew", () => {
    const follower = new Follower().follows(0, 5000).hears(5400, 0);
    assert.ok(follower.believes);
    assert.equal(follower.state.deadline, 5400 + 609.375);
  });

  it("of anybody while it has heard no master", () => {
    assert.ok(new Follower().hears(100, 0, STRANGER).believes);
  });

  it("of each address of a master that has several lines", () => {
    const other = ip("10.8.0.2");
    const follower = new Follower();
    for (const now of [0, 1000, 2000]) follower.hears(now, MASTER).hears(now + 1, MASTER, other);
    assert.ok(follower.hears(2500, 0).believes);
  });

  it("of a master that has once gone on, since it found no successor", () => {
    const follower = new Follower().follows(0, 5000).hears(5400, 0).hears(6000, MASTER).hears(6500, 0);
    assert.ok(follower.believes);
  });

  it("of a master that has resigned and come back as often as it likes, each time by an election", () => {
    const follower = new Follower();
    for (let round = 0; round < 5; round++) {
      follower.follows(round * 5000, round * 5000 + 2000).hears(round * 5000 + 2100, 0);
      assert.ok(follower.believes, `round ${round}`);
    }
  });

  it("of anybody under strictRFC, as RFC 9568 §6.4.2 has it", () => {
    assert.ok(new Follower({ strictRFC: true }).follows(0, 5000).hears(5400, 0, STRANGER).believes);
  });
});

describe("a backup does not believe a resignation", () => {
  it("of somebody whom it does not follow, whatever interval that one names", () => {
    const follower = new Follower().follows(0, 5000).hears(5400, 0, STRANGER).hears(5500, 0, STRANGER, 10);
    assert.equal(follower.believes, false);
    assert.equal(follower.state.deadline, 5000 + 3609.375);
  });

  it("of somebody who was master before the present one", () => {
    const follower = new Follower().follows(0, 2000);
    for (const now of [6000, 7000]) follower.hears(now, MASTER, STRANGER);
    assert.equal(follower.hears(7500, 0).believes, false);
  });

  it("of a master that goes on after its resignations, until that is long past", () => {
    const follower = new Follower().follows(0, 5000);
    for (const now of [5400, 6400]) follower.hears(now, 0).hears(now + 600, MASTER);
    assert.equal(follower.hears(7100, 0).believes, false);
    assert.equal(follower.follows(8000, 20_000).hears(20_500, 0).believes, false);
    assert.ok(follower.follows(21_000, 48_000).hears(48_500, 0).believes);
  });

  it("that has made it master twice for a moment, each ended by the master's answer", () => {
    const follower = new Follower().follows(0, 5000);
    for (const now of [5100, 6100]) {
      assert.ok(follower.hears(now, 0).believes);
      assert.equal(follower.wakes().state.role, "master");
      assert.equal(follower.hears(now + 700, MASTER).state.role, "backup");
    }
    assert.equal(follower.hears(7100, 0).believes, false);
  });
});

describe("what a router remembers of others", () => {
  it("is bounded, whoever speaks", () => {
    const follower = new Follower();
    for (let i = 0; i < 200; i++) follower.hears(i, i % 3 === 0 ? 0 : MASTER, ip(`10.0.1.${i}`));
    assert.ok(follower.state.role === "backup");
    assert.equal(follower.state.senders.length, SENDERS_MAX);
  });
});
