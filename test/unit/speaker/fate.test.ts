/** Virtual routers of one fate: several lines, one role. On a LAN in memory. */
import assert from "node:assert/strict";
import { beforeEach, describe, it } from "node:test";
import { decodeAdvertisement } from "../../../controller/vrrp/packet.ts";
import type { VirtualRouter } from "../../../controller/vrrp/virtual-router.ts";
import { aRouter, prefix, type SpeakerHost } from "../../support/speaker-host.ts";
import { LOWER, readdressEth1, settlePair, speakerPair, startSpeakers } from "../../support/speaker-pair.ts";

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

describe("two virtual routers of one fate", () => {
  let { lan, clock, a, b } = speakerPair();

  beforeEach(async () => {
    ({ lan, clock, a, b } = speakerPair());
    readdressEth1(b, "192.0.2.2/24");
    await startSpeakers(a, b);
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

  it("come into one group, and leave it, without a packet or a transition where both have the same role", async () => {
    const apart = (terms: Partial<VirtualRouter>): readonly VirtualRouter[] => [
      outside({ ...terms, fate: "default/outside" }),
      inside({ ...terms, fate: "default/inside" }),
    ];
    await clock.advance(10_000);
    const moves = [a.moves.length, b.moves.length];
    const frames = lan.frames.length;
    const before = lan.sent.length;
    await a.member(...apart({}));
    await b.member(...apart(LOWER));
    await clock.advance(5_000);
    await b.member(outside(LOWER), inside(LOWER));
    await a.member(outside(), inside());
    await clock.advance(5_000);
    assert.deepEqual([a.moves.length, b.moves.length], moves);
    assert.equal(lan.frames.length, frames);
    assert.deepEqual([...new Set(prioritiesSince(before))].sort(), ["a 51 100", "a 52 100"]);
    assert.ok(prioritiesSince(before).length <= 22, "an advertisement was sent out of turn");
    assert.equal(a.states[0]?.counters.becameMaster, 1);
  });
});

describe("a tracked interface", () => {
  let { clock, a, b } = speakerPair();

  async function pair(weight: number | null): Promise<void> {
    ({ clock, a, b } = speakerPair());
    await settlePair({ clock, a, b }, { tracks: [{ interface: "eth1", weight }] });
  }

  it("that loses its carrier makes the node unfit, and no agent is asked", async () => {
    await pair(null);
    assert.equal(a.status.role, "master");
    a.table.setLink("eth1", false);
    await clock.advance(2_000);
    assert.deepEqual([a.isHolding, b.isHolding], [false, true]);
    assert.match(a.status.because, /^fault: interface eth1: down or without carrier; 10\.0\.0\.2 took over$/);
    a.table.setLink("eth1", true);
    await clock.advance(5_000);
    assert.equal(a.status.role, "master");
  });

  it("with a weight counts like a check, also where it is missing altogether", async () => {
    await pair(-20);
    a.table.removeLink("eth1");
    await clock.advance(2_000);
    assert.equal(a.status.role, "backup");
    assert.match(a.status.because, /our 80 = 100 - 20 \(interface eth1: there is no such interface\)/);
  });

  it("that comes into a manifest costs no role while it is well", async () => {
    await pair(null);
    const moves = a.moves.length;
    await a.member(aRouter({ tracks: [{ interface: "eth0", weight: null }] }));
    await clock.advance(5_000);
    assert.deepEqual(a.moves.slice(moves), []);
  });
});

describe("two virtual routers that are master on different nodes", () => {
  it("come together on one when they come into one group, and each address always has a holder", async () => {
    const { clock, a, b } = speakerPair();
    readdressEth1(b, "192.0.2.2/24");
    await startSpeakers(a, b);
    await a.member(outside({ fate: "default/outside" }), inside({ ...LOWER, fate: "default/inside" }));
    await b.member(outside({ ...LOWER, fate: "default/outside" }), inside({ fate: "default/inside" }));
    await clock.advance(5_000);
    const holders = (address: string): number =>
      [a, b].filter(({ table }) => table.listing.some((each) => each.includes(address))).length;
    assert.deepEqual(
      [a.states.map(({ role }) => role), b.states.map(({ role }) => role)],
      [
        ["master", "backup"],
        ["backup", "master"],
      ],
    );
    await a.member(outside(), inside());
    await b.member(outside(LOWER), inside(LOWER));
    for (let step = 0; step < 10_000; step++) {
      await clock.advance(1);
      assert.ok(
        holders("10.0.0.100") > 0 && holders("192.0.2.100") > 0,
        `an address is lost after ${step} ms`,
      );
    }
    assert.deepEqual(
      [a.states.map(({ role }) => role), b.states.map(({ role }) => role)],
      [
        ["master", "master"],
        ["backup", "backup"],
      ],
    );
  });
});

describe("two masters of equal priority, each with the higher address on one of two lines", () => {
  for (const [what, healed] of [
    ["that begin at the same moment", false],
    ["that meet after a partition", true],
  ] as const) {
    it(`${what}: one stays, and it stays for good`, async () => {
      const { clock, a, b } = speakerPair();
      readdressEth1(b, "192.0.2.0/24");
      await startSpeakers(a, b);
      for (const host of [a, b]) host.network.isCutOff = healed;
      const equal = { basePriority: 100, rivalPriority: 100 };
      await a.member(outside(equal), inside(equal));
      await b.member(outside(equal), inside(equal));
      await clock.advance(8_000);
      for (const host of [a, b]) host.network.isCutOff = false;
      await clock.advance(10_000);
      const moves = [a.moves.length, b.moves.length];
      await clock.advance(30_000);
      const masters = [a, b].filter((host) => host.states.every(({ role }) => role === "master"));
      assert.equal(masters.length, 1);
      assert.deepEqual([a.moves.length, b.moves.length], moves);
      // Twice for each: it came up, and it was never anything but master from then on.
      assert.equal(masters[0]?.moves.length, 4);
    });
  }
});
