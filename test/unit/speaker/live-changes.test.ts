/** Each field, changed while a pair of speakers runs: no more happens than the guide's table says (plan/disruption.ts). */
import assert from "node:assert/strict";
import { beforeEach, describe, it } from "node:test";
import { parseIpv4 } from "../../../controller/net/ipv4.ts";
import { millis } from "../../../controller/net/time.ts";
import { DISRUPTIONS, EFFECTS } from "../../../controller/plan/disruption.ts";
import type { VirtualRouter } from "../../../controller/vrrp/virtual-router.ts";
import { aRouter, aVerdict, prefix, type SpeakerHost } from "../../support/speaker-host.ts";
import { LOWER, readdressEth1, speakerPair, startSpeakers } from "../../support/speaker-pair.ts";

type Terms = Partial<VirtualRouter>;

const group = parseIpv4("224.0.0.99") ?? assert.fail();
const SECOND = parseIpv4("10.0.0.11") ?? assert.fail();
const BEFORE: Terms = { tracks: [{ check: "default/web-up", weight: -3 }] };

/** On whichever interface. */
const isHeldBy = (host: SpeakerHost): boolean =>
  host.table.listing.some((line) => line.endsWith(" 10.0.0.100/32 *"));

describe("a pair of speakers", () => {
  let { lan, clock, a, b } = speakerPair();

  async function start(terms: Terms): Promise<void> {
    await startSpeakers(a, b);
    for (const host of [a, b]) {
      await host.verdicts(aVerdict("default/web-up", "healthy"), aVerdict("default/in-service", "healthy"));
    }
    a.table.addByHand("eth0", prefix("10.0.0.11/24"));
    readdressEth1(b, "192.0.2.2/24");
    await a.member(aRouter({ ...BEFORE, ...terms }));
    await b.member(aRouter({ ...BEFORE, ...LOWER, ...terms }));
    await clock.advance(10_200);
    assert.deepEqual([a.status.role, b.status.role], ["master", "backup"]);
  }

  beforeEach(() => {
    ({ lan, clock, a, b } = speakerPair());
  });

  /** What is seen in the 10 s after the change: in words of the table. */
  async function seen(): Promise<{ moves: number; frames: number; packets: readonly number[]; gap: number }> {
    const before = { moves: a.moves.length + b.moves.length, frames: lan.frames.length };
    const packets: number[] = [];
    let gap = 0;
    for (let step = 0; step < 10_000; step += 10) {
      const sent = lan.sent.length;
      await clock.advance(10);
      if (lan.sent.length > sent) packets.push(step);
      if (!isHeldBy(a) && !isHeldBy(b)) gap += 10;
    }
    return {
      moves: a.moves.length + b.moves.length - before.moves,
      frames: lan.frames.length - before.frames,
      packets,
      gap,
    };
  }

  /** By the field of the router: what becomes of it on both nodes, or on one. */
  const quiet: readonly (readonly [
    keyof VirtualRouter,
    { both?: Terms; a?: Terms; b?: Terms; from?: Terms },
  ])[] = [
    ["checksumForm", { both: { checksumForm: "message-only" } }],
    ["password", { from: { version: 2, password: "old" }, both: { password: "new" } }],
    ["sourceAddress", { a: { sourceAddress: SECOND } }],
    ["basePriority", { a: { basePriority: 120 } }],
    ["basePriority", { a: { basePriority: 95 } }],
    ["basePriority", { b: { basePriority: 80 } }],
    ["rivalPriority", { a: { rivalPriority: 98 } }],
    ["rivalPriority", { a: { rivalPriority: null } }],
    ["preempt", { both: { preempt: false } }],
    ["preemptDelay", { both: { preemptDelay: millis(60_000) } }],
    ["startupDelay", { both: { startupDelay: millis(60_000) } }],
    ["strictRFC", { both: { strictRFC: true } }],
    ["deadMan", { both: { deadMan: true } }],
    ["tracks", { both: { tracks: [{ check: "default/in-service", weight: null }] } }],
  ];
  for (const [field, { both = {}, a: ofA = {}, b: ofB = {}, from = {} }] of quiet) {
    it(`sends nothing out of turn for ${field}: ${JSON.stringify({ ...both, ...ofA, ...ofB })}`, async () => {
      await start(from);
      await a.member(aRouter({ ...BEFORE, ...from, ...both, ...ofA }));
      await b.member(aRouter({ ...BEFORE, ...LOWER, ...from, ...both, ...ofB }));
      const { moves, frames, packets, gap } = await seen();
      assert.deepEqual({ moves, frames, gap }, { moves: 0, frames: 0, gap: 0 });
      assert.equal(packets.length, 10);
      const pauses = packets.slice(1).map((at, i) => at - (packets[i] ?? 0));
      assert.ok(
        pauses.every((pause) => Math.abs(pause - 1000) <= 10),
        pauses.join(),
      );
    });
  }

  const byUnicast = (own: string, ...peers: readonly string[]): Terms => ({
    transport: { type: "unicast", peers: peers.map((peer) => parseIpv4(peer) ?? assert.fail()), ttl: 255 },
    sourceAddress: parseIpv4(own) ?? assert.fail(),
  });

  it("sends by unicast to a further peer with the next advertisement, and no role changes", async () => {
    await start({});
    await a.member(aRouter({ ...BEFORE, ...byUnicast("10.0.0.1", "10.0.0.2") }));
    await b.member(aRouter({ ...BEFORE, ...LOWER, ...byUnicast("10.0.0.2", "10.0.0.1") }));
    await clock.advance(20_200);
    await a.member(aRouter({ ...BEFORE, ...byUnicast("10.0.0.1", "10.0.0.2", "10.0.0.3") }));
    const { moves, frames, gap, packets } = await seen();
    assert.deepEqual({ moves, frames, gap }, { moves: 0, frames: 0, gap: 0 });
    assert.equal(packets.length, 10);
  });

  it("elects anew when one speaks by unicast from another address", async () => {
    await start({});
    await a.member(aRouter({ ...BEFORE, ...byUnicast("10.0.0.1", "10.0.0.2") }));
    await b.member(aRouter({ ...BEFORE, ...LOWER, ...byUnicast("10.0.0.2", "10.0.0.1") }));
    await clock.advance(10_200);
    await a.member(aRouter({ ...BEFORE, ...byUnicast("10.0.0.11", "10.0.0.2") }));
    await b.member(aRouter({ ...BEFORE, ...LOWER, ...byUnicast("10.0.0.2", "10.0.0.11") }));
    const { gap } = await seen();
    assert.ok(gap <= 3700, `${gap} ms`);
    assert.deepEqual([a.status.role, b.status.role], ["master", "backup"]);
  });

  it("sends sooner for a shorter interval, and no role changes for any", async () => {
    await start({});
    for (const adverInterval of [millis(100), millis(3000)]) {
      await a.member(aRouter({ ...BEFORE, adverInterval }));
      await b.member(aRouter({ ...BEFORE, ...LOWER, adverInterval }));
      const { moves, frames, gap } = await seen();
      assert.deepEqual({ moves, frames, gap }, { moves: 0, frames: 0, gap: 0 });
    }
  });

  it("announces addresses that come, and no role changes for those that come or go", async () => {
    await start({});
    const more = { addresses: [prefix("10.0.0.100/32"), prefix("10.0.0.101/32")] };
    await a.member(aRouter({ ...BEFORE, ...more }));
    await b.member(aRouter({ ...BEFORE, ...LOWER, ...more }));
    const came = await seen();
    assert.deepEqual([came.moves, came.gap, came.packets.length], [0, 0, 10]);
    assert.deepEqual(a.status.heldAddresses, ["10.0.0.100/32", "10.0.0.101/32"]);
    await a.member(aRouter(BEFORE));
    await b.member(aRouter({ ...BEFORE, ...LOWER }));
    const went = await seen();
    assert.deepEqual([went.moves, went.gap, went.packets.length, went.frames], [0, 0, 10, 0]);
    assert.deepEqual(a.status.heldAddresses, ["10.0.0.100/32"]);
  });

  const moved: readonly (readonly [keyof VirtualRouter, { a?: Terms; b?: Terms; from?: Terms }])[] = [
    ["basePriority", { a: { basePriority: 80 } }],
    ["basePriority", { b: { basePriority: 120 } }],
    ["tracks", { a: { tracks: [{ check: "default/unheard-of", weight: null }] } }],
  ];
  for (const [field, { a: ofA = {}, b: ofB = {} }] of moved) {
    it(`hands over without a gap for ${field}: ${JSON.stringify({ ...ofA, ...ofB })}`, async () => {
      await start({});
      await a.member(aRouter({ ...BEFORE, ...ofA }));
      await b.member(aRouter({ ...BEFORE, ...LOWER, ...ofB }));
      assert.equal((await seen()).gap, 0);
      assert.deepEqual([a.isHolding, b.isHolding], [false, true]);
    });
  }

  it("hands over without a gap when preemption is allowed and the better one had waited", async () => {
    await start({ preempt: false });
    await b.member(aRouter({ ...BEFORE, ...LOWER, basePriority: 120, preempt: false }));
    assert.equal((await seen()).moves, 0);
    await b.member(aRouter({ ...BEFORE, ...LOWER, basePriority: 120 }));
    assert.equal((await seen()).gap, 0);
    assert.deepEqual([a.isHolding, b.isHolding], [false, true]);
  });

  const others: readonly (readonly [keyof VirtualRouter, Terms])[] = [
    ["virtualRouterID", { virtualRouterID: 52 }],
    ["version", { version: 2 }],
    ["interface", { interface: "eth1" }],
    ["transport", { transport: { type: "multicast", group } }],
    ["virtualMAC", { virtualMAC: true }],
  ];
  for (const [field, terms] of others) {
    it(`elects anew for ${field}, and nobody holds for less than a master-down interval`, async () => {
      await start({});
      await a.member(aRouter({ ...BEFORE, ...terms }));
      await b.member(aRouter({ ...BEFORE, ...LOWER, ...terms }));
      const { gap, moves } = await seen();
      assert.ok(gap <= 3700, `${gap} ms`);
      assert.ok(moves > 0);
      assert.deepEqual([a.status.role, b.status.role], ["master", "backup"]);
    });
  }

  it("has each field of the table in a class that the tests above have met", () => {
    const met: Readonly<Record<string, readonly string[]>> = {
      "no packet": [...quiet.map(([field]) => field), "adverInterval", "peers"],
      announcement: ["addresses"],
      "hand-over": [...moved.map(([field]) => field), "preempt", "fate"],
      "re-election": [...others.map(([field]) => field), "ownPlace"],
    };
    for (const [field, { disruption }] of Object.entries(EFFECTS))
      assert.ok(met[disruption]?.includes(field), `${field}: ${disruption}`);
    assert.deepEqual(Object.keys(met), DISRUPTIONS);
  });
});
