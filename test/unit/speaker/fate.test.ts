/** Virtual routers of one fate: several lines, one role. On a LAN in memory. */
import assert from "node:assert/strict";
import { beforeEach, describe, it } from "node:test";
import { decodeAdvertisement } from "../../../controller/vrrp/packet.ts";
import type { VirtualRouter } from "../../../controller/vrrp/virtual-router.ts";
import { FakeClock } from "../../support/fake-clock.ts";
import { FakeLan } from "../../support/fake-network.ts";
import { aRouter, prefix, SpeakerHost } from "../../support/speaker-host.ts";

const outside = (different: Partial<VirtualRouter> = {}): VirtualRouter =>
  aRouter({ name: "default/outside", fate: "default/gateway", ...different });

const inside = (different: Partial<VirtualRouter> = {}): VirtualRouter =>
  aRouter({
    name: "default/inside",
    fate: "default/gateway",
    interface: "eth1",
    virtualRouterID: 52,
    addresses: [prefix("192.0.2.100/32")],
    ...different,
  });

const LOWER = { basePriority: 90, rivalPriority: 100 };

describe("two virtual routers of one fate", () => {
  let lan = new FakeLan();
  let clock = new FakeClock();
  let a = new SpeakerHost(lan, clock, "a", "10.0.0.1/24");
  let b = new SpeakerHost(lan, clock, "b", "10.0.0.2/24");

  beforeEach(async () => {
    lan = new FakeLan();
    clock = new FakeClock();
    a = new SpeakerHost(lan, clock, "a", "10.0.0.1/24");
    b = new SpeakerHost(lan, clock, "b", "10.0.0.2/24");
    b.table.removeByHand("eth1", prefix("192.0.2.1/24"));
    b.table.addByHand("eth1", prefix("192.0.2.2/24"));
    for (const host of [a, b]) {
      await host.start();
      host.connect();
    }
    await a.member(outside(), inside());
    await b.member(outside(LOWER), inside(LOWER));
    await clock.advance(5_000);
  });

  const held = (host: SpeakerHost): readonly string[] =>
    host.states.flatMap(({ heldAddresses }) => heldAddresses);
  const roles = (host: SpeakerHost): readonly string[] => host.states.map(({ role }) => role);
  const prioritiesSince = (before: number): readonly string[] =>
    lan.sent.slice(before).map(({ host, packet }) => {
      const decoded = decodeAdvertisement(packet);
      return decoded.ok
        ? `${host} ${decoded.value.advertisement.virtualRouterID} ${decoded.value.advertisement.priority}`
        : "?";
    });

  it("are master together, and tell of it each by its own name", () => {
    assert.deepEqual(roles(a), ["master", "master"]);
    assert.deepEqual(roles(b), ["backup", "backup"]);
    assert.deepEqual(held(a), ["10.0.0.100/32", "192.0.2.100/32"]);
    assert.deepEqual(
      a.transitions.map(({ router, to }) => `${router} ${to}`),
      ["default/outside backup", "default/inside backup", "default/outside master", "default/inside master"],
    );
  });

  it("move together when one loses its link: the other resigns, and serves until the successor speaks", async () => {
    const before = lan.sent.length;
    a.table.setLink("eth1", false);
    await clock.advance(0);
    assert.deepEqual(prioritiesSince(before), ["a 51 0"]);
    assert.ok(a.isHolding);
    for (let step = 0; step < 1_500; step++) {
      await clock.advance(1);
      assert.ok(a.isHolding || b.isHolding, `nobody holds the outside address ${step} ms later`);
    }
    assert.deepEqual([held(a), held(b)], [[], ["10.0.0.100/32", "192.0.2.100/32"]]);
    assert.deepEqual(roles(a), ["fault", "fault"]);
    assert.match(a.states[0]?.because ?? "", /eth1 is down/);
  });

  it("return together when the link is back", async () => {
    a.table.setLink("eth1", false);
    await clock.advance(5_000);
    a.table.setLink("eth1", true);
    await clock.advance(5_000);
    assert.deepEqual(
      [roles(a), roles(b)],
      [
        ["master", "master"],
        ["backup", "backup"],
      ],
    );
  });

  it("stay where they are when one of their wires alone falls silent", async () => {
    await b.member(outside(LOWER), inside({ ...LOWER, virtualRouterID: 99 }));
    await clock.advance(10_000);
    assert.deepEqual(
      [roles(a), roles(b)],
      [
        ["master", "master"],
        ["backup", "backup"],
      ],
    );
  });

  it("are parted by deleting one: the other sends nothing but its advertisements, and keeps its role", async () => {
    const before = lan.sent.length;
    const moves = a.moves.length;
    await a.member(outside());
    await clock.advance(3_000);
    await b.member(outside(LOWER));
    await clock.advance(3_000);
    assert.deepEqual([...new Set(prioritiesSince(before))], ["a 51 100"]);
    assert.deepEqual(a.moves.slice(moves), ["master -> initialize"]);
    assert.deepEqual(a.table.listing, ["eth0 10.0.0.1/24", "eth0 10.0.0.100/32 *", "eth1 192.0.2.1/24"]);
    assert.deepEqual(b.moves, ["initialize -> backup", "initialize -> backup", "backup -> initialize"]);
  });

  it("take in a third without an election: it speaks, claims and announces at once", async () => {
    await clock.advance(10_000);
    const third = (terms: Partial<VirtualRouter>): VirtualRouter =>
      inside({ ...terms, name: "default/third", virtualRouterID: 53, addresses: [prefix("192.0.2.103/32")] });
    const frames = lan.frames.length;
    const moves = a.moves.length;
    await b.member(outside(LOWER), inside(LOWER), third(LOWER));
    await a.member(outside(), inside(), third({}));
    await clock.advance(0);
    assert.deepEqual(held(a), ["10.0.0.100/32", "192.0.2.100/32", "192.0.2.103/32"]);
    assert.ok(lan.frames.length > frames);
    await clock.advance(5_000);
    assert.deepEqual(a.moves.slice(moves), []);
    assert.deepEqual(roles(b), ["backup", "backup", "backup"]);
  });

  it("hand one over that departs, and go on with the other", async () => {
    a.speaker.receive({
      type: "membership",
      revision: "r2",
      routers: [outside()],
      retained: [],
      departed: ["default/inside"],
    });
    await b.member(outside(LOWER), inside({ ...LOWER, fate: "default/inside" }));
    for (let step = 0; step < 5_000; step++) {
      await clock.advance(1);
      assert.ok(a.isHolding, "the outside address stays");
    }
    assert.deepEqual([held(a), held(b)], [["10.0.0.100/32"], ["192.0.2.100/32"]]);
  });

  it("stop together, make before break", async () => {
    const before = lan.sent.length;
    await a.stop();
    assert.deepEqual(
      prioritiesSince(before).filter((sent) => sent.startsWith("a")),
      ["a 51 0", "a 52 0"],
    );
    assert.deepEqual(held(b), ["10.0.0.100/32", "192.0.2.100/32"]);
    assert.equal(a.network.openSockets, 0);
  });
});
