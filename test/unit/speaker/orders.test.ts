/** What a speaker makes of the orders of its agent, and what it does when nobody gives any, on a LAN in memory. */
import assert from "node:assert/strict";
import { beforeEach, describe, it } from "node:test";
import { millis } from "../../../controller/net/time.ts";
import { TRANSITIONS_KEPT_MAX } from "../../../controller/speaker/messages.ts";
import { decodeAdvertisement } from "../../../controller/vrrp/packet.ts";
import { aRouter, aVerdict, prefix } from "../../support/speaker-host.ts";
import { LOWER, settlePair, speakerPair } from "../../support/speaker-pair.ts";

describe("a speaker that is given orders", () => {
  let { lan, clock, a, b } = speakerPair();

  beforeEach(async () => {
    ({ lan, clock, a, b } = speakerPair());
  });

  /** Both take part, `a` with the higher priority, and `a` has become master. */
  const settledPair = (): Promise<void> => settlePair({ clock, a, b });

  it("R1: told the same membership again sends nothing, changes nothing and says nothing", async () => {
    await settledPair();
    await clock.advance(10_500);
    const sent = lan.sent.length;
    const frames = lan.frames.length;
    const told = a.told.length;
    a.speaker.receive({
      type: "membership",
      revision: JSON.stringify([aRouter()]),
      routers: [aRouter()],
      retained: [],
      departed: [],
    });
    await clock.advance(0);
    assert.deepEqual([lan.sent.length, lan.frames.length], [sent, frames]);
    const news = a.told.slice(told).filter((message) => message.type !== "state");
    assert.deepEqual(news, []);
  });

  it("R3: adds and removes addresses without leaving the role of master, and says so on the wire", async () => {
    await settledPair();
    await clock.advance(10_000);
    const moves = a.moves.length;
    const frames = lan.frames.length;
    await a.member(aRouter({ addresses: [prefix("10.0.0.100/32"), prefix("10.0.0.101/32")] }));
    assert.deepEqual(a.status.heldAddresses, ["10.0.0.100/32", "10.0.0.101/32"]);
    assert.ok(lan.frames.length > frames);
    await clock.advance(1_000);
    const last = decodeAdvertisement(lan.sent.at(-1)?.packet ?? new Uint8Array());
    assert.deepEqual(last.ok && last.value.advertisement.addresses, ["10.0.0.100", "10.0.0.101"]);
    await a.member(aRouter({ addresses: [prefix("10.0.0.101/32")] }));
    assert.deepEqual(a.status.heldAddresses, ["10.0.0.101/32"]);
    assert.equal(a.isHolding, false);
    assert.equal(a.moves.length, moves);
  });

  it("R3: that gets another router id hands the old one over before it takes part in the new one", async () => {
    await settledPair();
    await a.member(aRouter({ virtualRouterID: 52 }));
    await clock.advance(10_000);
    assert.equal(b.isHolding, true);
    assert.deepEqual(a.moves.slice(2), ["master -> initialize", "initialize -> backup", "backup -> master"]);
    assert.equal(a.status.role, "master");
  });

  it("forgets a router that is gone from the membership, unless it is retained", async () => {
    await settledPair();
    a.speaker.receive({
      type: "membership",
      revision: "r2",
      routers: [],
      retained: ["default/web"],
      departed: [],
    });
    await clock.advance(1_000);
    assert.equal(a.isHolding, true);
    a.speaker.receive({ type: "membership", revision: "r3", routers: [], retained: [], departed: [] });
    await clock.advance(5_000);
    assert.equal(a.isHolding, false);
    assert.deepEqual(a.states, []);
    assert.equal(a.network.openSockets, 0);
  });

  it("hands over when a check without weight fails, and not because an agent restarts with pending checks", async () => {
    const tracks = [{ check: "default/up", weight: null }];
    await a.start();
    await b.start();
    a.connect();
    await a.verdicts(aVerdict("default/up", "healthy"));
    await a.member(aRouter({ tracks }));
    await b.member(aRouter(LOWER));
    await clock.advance(5_000);
    assert.equal(a.isHolding, true);
    await a.verdicts(aVerdict("default/up", "pending", "not asked yet"));
    await clock.advance(5_000);
    assert.equal(a.isHolding, true);
    await a.verdicts(aVerdict("default/up", "unhealthy", "the file is there"));
    await clock.advance(2_000);
    assert.deepEqual([a.isHolding, b.isHolding], [false, true]);
    assert.equal(a.status.role, "fault");
    assert.match(a.status.because, /the file is there/);
  });

  it("restarted without an agent goes on with the last membership and the last verdicts", async () => {
    const tracks = [{ check: "default/nginx", weight: -20 }];
    await a.start();
    await a.member(aRouter({ tracks }));
    await a.verdicts(aVerdict("default/nginx", "unhealthy", "no process named nginx"));
    await a.stop();
    await a.start();
    a.connect();
    await clock.advance(5_000);
    assert.equal(a.status.role, "master");
    assert.equal(a.status.effectivePriority, 80);
  });

  it("keeps each transition until it is acknowledged, and tells it again to the next agent", async () => {
    await a.start();
    await a.member(aRouter());
    await clock.advance(5_000);
    a.connect();
    assert.deepEqual(a.moves, ["initialize -> backup", "backup -> master"]);
    a.speaker.receive({ type: "acknowledge", sequence: 1 });
    a.connect();
    assert.deepEqual(a.moves, ["backup -> master"]);
    assert.deepEqual(
      a.transitions.map(({ sequence, speaker }) => [sequence, speaker]),
      [[2, "life-1"]],
    );
  });

  it("O2: keeps 100 transitions a second while nobody reads, in order; beyond the bound the oldest, and the gap shows", async () => {
    const tracks = [{ check: "default/nginx-alive", weight: null }];
    await a.start();
    a.connect();
    await a.member(aRouter({ tracks }));
    const flap = async (times: number): Promise<void> => {
      for (let i = 0; i < times; i++) {
        await a.verdicts(aVerdict("default/nginx-alive", i % 2 === 0 ? "healthy" : "unhealthy"));
        await clock.advance(10);
      }
    };
    await flap(TRANSITIONS_KEPT_MAX - 100);
    a.connect();
    const first = a.transitions.map(({ sequence }) => sequence);
    assert.deepEqual(
      first,
      first.map((_, index) => index + 1),
    );
    assert.ok(first.length > TRANSITIONS_KEPT_MAX - 200, `${first.length} transitions`);
    await flap(200);
    a.connect();
    const kept = a.transitions.map(({ sequence }) => sequence);
    assert.equal(kept.length, TRANSITIONS_KEPT_MAX);
    assert.ok((kept[0] ?? 0) > 1, "what is lost shows as a gap");
    assert.deepEqual(
      kept,
      kept.map((_, index) => (kept[0] ?? 0) + index),
    );
    // One more for each, and the first that is left tells of all that are not.
    assert.deepEqual(
      a.transitions.flatMap(({ lostBefore, sequence }) =>
        lostBefore === undefined ? [] : [[sequence, lostBefore]],
      ),
      [[kept[0], (kept[0] ?? 0) - 1]],
    );
    assert.ok(a.logged.some(({ message }) => message === "forgot a transition that no agent has fetched"));
  });

  it("reports what it cannot send, once, and announces again when it can", async () => {
    await settledPair();
    await clock.advance(10_000);
    a.network.refusal = "EPERM";
    await clock.advance(2_000);
    assert.match(a.status.problems[0]?.message ?? "", /EPERM/);
    assert.equal(a.logged.filter(({ message }) => message === "cannot advertise").length, 1);
    const frames = lan.frames.length;
    a.network.refusal = null;
    await clock.advance(1_000);
    assert.deepEqual(a.status.problems, []);
    assert.ok(lan.frames.length > frames);
  });

  it("replaces sockets that the kernel has broken", async () => {
    await settledPair();
    b.network.breakSockets("Bad file descriptor");
    await clock.advance(10_000);
    assert.deepEqual([a.isHolding, b.isHolding], [true, false]);
    assert.ok(b.logged.some(({ message }) => message === "the kernel has broken a socket"));
  });

  it("reports an address that the kernel refuses, and tries again", async () => {
    a.table.refusals.set("10.0.0.100/32", "EINVAL");
    await a.start();
    a.connect();
    await a.member(aRouter());
    await clock.advance(5_000);
    assert.equal(a.status.problems[0]?.code, "address-refused");
    a.table.refusals.clear();
    await clock.advance(1_100);
    assert.equal(a.isHolding, true);
    assert.deepEqual(a.status.problems, []);
  });

  it("drops and names a peer with another password, as long as it is heard", async () => {
    const terms = { version: 2 as const, password: "1111" };
    for (const host of [a, b]) {
      await host.start();
      host.connect();
    }
    await a.member(aRouter(terms));
    await b.member(aRouter({ ...terms, password: "2222", basePriority: 90 }));
    await clock.advance(6_000);
    assert.match(b.status.problems[0]?.message ?? "", /10\.0\.0\.1 is not taken: password-mismatch/);
    assert.ok((b.status.counters.advertisementsDropped["password-mismatch"] ?? 0) > 0);
    a.network.isCutOff = true;
    await clock.advance(8_000);
    assert.deepEqual(b.status.problems, []);
  });

  it("that was held up hears what came meanwhile before it counts the silence", async () => {
    await settledPair();
    b.network.isHeldUp = true;
    await clock.advance(10_000);
    assert.deepEqual(b.moves, ["initialize -> backup"]);
  });

  it("tells counters along, but not with every advertisement", async () => {
    await settledPair();
    await clock.advance(11_000);
    const told = a.told.length;
    const sent = a.status.counters.advertisementsSent;
    await clock.advance(60_000);
    assert.ok(a.told.length - told <= 7, `${a.told.length - told} messages in a minute`);
    assert.ok(a.status.counters.advertisementsSent > sent);
  });

  it("speaks for many routers on one interface through the same few sockets", async () => {
    await a.start();
    a.connect();
    const routers = Array.from({ length: 20 }, (_, i) =>
      aRouter({
        name: `default/vip-${i}`,
        virtualRouterID: i + 1,
        adverInterval: millis(100),
        addresses: [prefix(`10.0.1.${i + 1}/32`)],
      }),
    );
    await a.member(...routers);
    await clock.advance(1_000);
    // To advertise, to announce, and, as master, to hear ARP.
    assert.equal(a.network.openSockets, 3);
    assert.deepEqual(new Set(a.states.map(({ role }) => role)), new Set(["master"]));
    assert.equal(a.table.listing.filter((each) => each.endsWith("*")).length, 20);
  });
});
