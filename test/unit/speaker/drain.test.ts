/** A node that is drained, among others: who holds the address at every moment, and who does not take it afterwards. */
import assert from "node:assert/strict";
import { beforeEach, describe, it } from "node:test";
import type { VirtualRouter } from "../../../controller/vrrp/virtual-router.ts";
import { aRouter, prefix, type SpeakerHost } from "../../support/speaker-host.ts";
import { settlePair, speakerPair } from "../../support/speaker-pair.ts";

const SENTENCE = "drained by root at noon: new kernel";
const better = (different: Partial<VirtualRouter> = {}) => aRouter(different);
const other = (different: Partial<VirtualRouter> = {}) =>
  aRouter({ basePriority: 90, rivalPriority: 100, ...different });
const drain = { because: SENTENCE, isForced: false };
/** The skew of priority 1 and an interval, and some more. */
const LONG_ENOUGH = 2_500;
/** Behind the IPv4 header and two bytes more (RFC 9568 §5.1.1). */
const PRIORITY_AT = 22;

let { lan, clock, a, b } = speakerPair();

beforeEach(async () => {
  ({ lan, clock, a, b } = speakerPair());
  await settlePair({ clock, a, b });
  assert.deepEqual([a.isHolding, b.isHolding], [true, false]);
});

const resignations = () => lan.sent.filter(({ host, packet }) => host === "a" && packet[PRIORITY_AT] === 0);

describe("a holder that is drained", () => {
  it("hands over: there is a holder at every moment, and it resigns once", async () => {
    await a.member(better({ drain }));
    assert.equal(a.status.drain, "handing-over");
    assert.equal(a.status.because, `master: ${SENTENCE}; serving until a successor is heard`);
    for (let step = 0; step < LONG_ENOUGH; step++) {
      await clock.advance(1);
      assert.ok(a.isHolding || b.isHolding, `nobody holds the address ${step} ms later`);
      assert.ok(a.isHolding === (a.status.drain === "handing-over"), "it is told what is so");
    }
    assert.deepEqual([a.isHolding, b.isHolding], [false, true]);
    assert.equal(a.status.drain, "away");
    assert.equal(a.status.because, `fault: ${SENTENCE}; 10.0.0.2 took over`);
    assert.equal(a.status.master?.address, "10.0.0.2");
    assert.equal(resignations().length, 1);
  });

  it("does not take the address when its successor dies", async () => {
    await a.member(better({ drain }));
    await clock.advance(LONG_ENOUGH);
    b.kill();
    await clock.advance(20_000);
    assert.equal(a.isHolding, false);
  });

  it("stays away after a restart of the speaker, with no agent to tell it anything", async () => {
    await a.member(better({ drain }));
    await clock.advance(LONG_ENOUGH);
    a.kill();
    b.kill();
    await a.start();
    a.connect();
    await clock.advance(20_000);
    assert.equal(a.isHolding, false);
    assert.equal(a.status.drain, "away");
  });

  it("stays away when another process takes its place", async () => {
    await a.member(better({ drain }));
    await clock.advance(LONG_ENOUGH);
    await a.replace();
    b.kill();
    await clock.advance(20_000);
    assert.equal(a.isHolding, false);
  });

  it("returns by the ordinary rules when the drain is over", async () => {
    await a.member(better({ drain }));
    await clock.advance(LONG_ENOUGH);
    await a.member(better());
    assert.equal(a.status.drain, undefined);
    for (let step = 0; step < 5_000; step++) {
      await clock.advance(1);
      assert.ok(a.isHolding || b.isHolding, `nobody holds the address ${step} ms later`);
    }
    assert.deepEqual([a.isHolding, b.isHolding], [true, false]);
  });
});

describe("a holder that nobody follows", () => {
  beforeEach(() => b.kill());

  it("serves on without a moment's pause, says so, and tells the others that it is there", async () => {
    await a.member(better({ drain }));
    for (let step = 0; step < 10_000; step++) {
      await clock.advance(1);
      assert.ok(a.isHolding, `it does not hold the address ${step} ms later`);
    }
    assert.equal(a.status.drain, "serving");
    assert.equal(a.status.because, `master: ${SENTENCE}; nobody takes over, so this node serves on`);
    assert.equal(resignations().length, 1);
    assert.deepEqual(a.moves.slice(-1), ["backup -> master"]);
  });

  it("lets go when it is forced", async () => {
    await a.member(better({ drain: { ...drain, isForced: true } }));
    await clock.advance(LONG_ENOUGH);
    assert.equal(a.isHolding, false);
    assert.equal(a.status.drain, "away");
    assert.equal(a.status.because, `fault: ${SENTENCE}; nobody took over`);
  });

  it("leaves as soon as somebody comes after all", async () => {
    await a.member(better({ drain }));
    await clock.advance(10_000);
    await b.start();
    await b.member(other({ basePriority: 200 }));
    await clock.advance(5_000);
    assert.deepEqual([a.isHolding, b.isHolding], [false, true]);
    assert.equal(a.status.drain, "away");
  });
});

it("a backup that is drained is not elected when the holder dies", async () => {
  await b.member(other({ drain }));
  assert.equal(b.status.drain, "away");
  a.kill();
  await clock.advance(20_000);
  assert.equal(b.isHolding, false);
});

it("the last of two that are drained serves on", async () => {
  await b.member(other({ drain }));
  await a.member(better({ drain }));
  await clock.advance(10_000);
  assert.deepEqual([a.isHolding, b.isHolding], [true, false]);
  assert.equal(a.status.drain, "serving");
});

it("a group moves as one: one resignation on each interface, and all of it is away", async () => {
  const group = { fate: "default/group gateway" };
  const inside = {
    name: "default/inside",
    virtualRouterID: 52,
    addresses: [prefix("10.0.0.101/32")],
    ...group,
  };
  const members = (make: typeof better, more: Partial<VirtualRouter> = {}) => [
    make({ ...group, ...more }),
    make({ ...inside, ...more }),
  ];
  await a.member(...members(better));
  await b.member(...members(other));
  await clock.advance(10_000);
  const before = resignations().length;
  await a.member(...members(better, { drain }));
  for (let step = 0; step < LONG_ENOUGH; step++) {
    await clock.advance(1);
    for (const address of ["10.0.0.100/32", "10.0.0.101/32"])
      assert.ok(holds(a, address) || holds(b, address), `nobody holds ${address} ${step} ms later`);
  }
  assert.deepEqual(
    a.states.map(({ drain: stage }) => stage),
    ["away", "away"],
  );
  assert.equal(resignations().length - before, 2);
});

it("a node in service says nothing of drains", () => assert.equal("drain" in a.status, false));

const holds = (host: SpeakerHost, address: string): boolean =>
  host.table.listing.includes(`eth0 ${address} *`);
