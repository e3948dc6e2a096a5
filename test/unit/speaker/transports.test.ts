/** Speakers over IPv6, by unicast, and with a VirtualIP of both families, on a LAN in memory. */
import assert from "node:assert/strict";
import { beforeEach, describe, it } from "node:test";
import { type IpAddress, isIpv6, parseIpAddress } from "../../../controller/net/ip.ts";
import { neighbourAdvertisement } from "../../../controller/vrrp/neighbour-advertisement.ts";
import { encodePacket } from "../../../controller/vrrp/packet.ts";
import type { VirtualRouter } from "../../../controller/vrrp/virtual-router.ts";
import { aRouter, prefix, type SpeakerHost } from "../../support/speaker-host.ts";
import { LOWER, speakerPair, startSpeakers } from "../../support/speaker-pair.ts";

const ip = (text: string): IpAddress => parseIpAddress(text) ?? assert.fail(text);
const GROUP = ip("ff02::12");

const overIpv6 = (different: Partial<VirtualRouter> = {}): VirtualRouter =>
  aRouter({
    family: "ipv6",
    transport: { type: "multicast", group: GROUP },
    addresses: [prefix("fe80::100/128"), prefix("2001:db8::100/64")],
    ...different,
  });

const byUnicast = (own: string, peer: string, different: Partial<VirtualRouter> = {}): VirtualRouter =>
  aRouter({
    transport: { type: "unicast", peers: [ip(peer)], ttl: 64 },
    sourceAddress: ip(own),
    ...different,
  });

describe("speakers", () => {
  let { lan, clock, a, b } = speakerPair();

  beforeEach(async () => {
    ({ lan, clock, a, b } = speakerPair());
    for (const [host, name] of [
      [a, "1"],
      [b, "2"],
    ] as const) {
      host.table.addByHand("eth0", prefix(`2001:db8::${name}/64`));
      host.table.addByHand("eth0", prefix(`fe80::${name}/64`));
    }
    await startSpeakers(a, b);
  });

  const roles = (): (string | undefined)[] => [a, b].map(({ states }) => states[0]?.role);
  const held = (host: SpeakerHost): readonly string[] => host.states[0]?.heldAddresses ?? [];
  const versionsAnnounced = (): string[] => lan.frames.map(({ packet }) => hex(packet.subarray(12, 14)));

  describe("over IPv6", () => {
    beforeEach(async () => {
      await a.member(overIpv6());
      await b.member(overIpv6(LOWER));
      await clock.advance(5_000);
    });

    it("the holder sees somebody else answer for one, announces it again, and forgets it when it has ended", async () => {
      await clock.advance(5_000);
      assert.deepEqual(a.status.conflicts, []);
      const before = lan.frames.length;
      const target = ip("2001:db8::100");
      assert.ok(isIpv6(target));
      const flags = { isRouter: false, isSolicited: false, overrides: true };
      lan.neighbour(neighbourAdvertisement({ mac: "02:00:00:00:00:99", target, flags }));
      await clock.advance(10);
      assert.deepEqual(a.status.conflicts, [
        {
          code: "duplicate-address",
          message: "02:00:00:00:00:99 answers for 2001:db8::100, which this node holds",
        },
      ]);
      assert.deepEqual(a.status.counters.conflicts, { "duplicate-address": 1 });
      // It may be a successor's, which would be heard within an interval.
      assert.equal(lan.frames.length, before);
      await clock.advance(1_600);
      assert.ok(lan.frames.length > before);
      // A backup hears none, and what it holds nobody else can claim.
      assert.deepEqual(b.status.conflicts, []);
      assert.deepEqual([...lan.neighbourListeners.values()], [a.network]);
      await clock.advance(60_000);
      assert.deepEqual(a.status.conflicts, []);
    });

    it("elect one, which holds the addresses of IPv6 and speaks from its link-local address", () => {
      assert.deepEqual(roles(), ["master", "backup"]);
      assert.deepEqual(held(a), ["fe80::100/128", "2001:db8::100/64"]);
      assert.deepEqual(held(b), []);
      assert.deepEqual(b.status.master, { address: "fe80::1", priority: 100 });
      assert.match(b.status.because, /fe80::1 advertises priority 100, above our 90/);
    });

    it("announce by neighbour advertisements, as a router only where the link forwards", async () => {
      assert.deepEqual([...new Set(versionsAnnounced())], ["86dd"]);
      const flagsOf = (): (string | undefined)[] =>
        lan.frames.map(({ packet }) => hex(packet.subarray(58, 59)));
      assert.deepEqual([...new Set(flagsOf())], ["20"]);
      b.table.setForwarding("eth0", true);
      lan.frames.length = 0;
      a.network.isCutOff = true;
      await clock.advance(5_000);
      assert.equal(b.status.role, "master");
      assert.deepEqual([...new Set(flagsOf())], ["a0"]);
    });

    it("stop make before break", async () => {
      await a.stop();
      assert.equal(b.status.role, "master");
      assert.deepEqual(held(b), ["fe80::100/128", "2001:db8::100/64"]);
      assert.equal(a.network.openSockets, 0);
    });
  });

  it("wait with IPv6 until the link-local address is usable", async () => {
    a.table.removeByHand("eth0", prefix("fe80::1/64"));
    await a.member(overIpv6());
    await clock.advance(5_000);
    assert.equal(a.status.role, "fault");
    assert.match(a.status.because, /eth0 has no link-local address of its own to advertise from/);
    a.table.addTentative("eth0", prefix("fe80::1/64"));
    await clock.advance(5_000);
    assert.equal(a.status.role, "fault");
    a.table.addByHand("eth0", prefix("fe80::1/64"));
    await clock.advance(5_000);
    assert.equal(a.status.role, "master");
  });

  describe("by unicast", () => {
    beforeEach(async () => {
      await a.member(byUnicast("10.0.0.1", "10.0.0.2"));
      await b.member(byUnicast("10.0.0.2", "10.0.0.1", LOWER));
      await clock.advance(5_000);
    });

    it("elect one, which sends to its peer alone, with the time to live that was asked for", () => {
      assert.deepEqual(roles(), ["master", "backup"]);
      assert.ok(lan.sent.length > 0);
      for (const { packet } of lan.sent) {
        assert.equal(hex(packet.subarray(16, 20)), "0a000002");
        assert.equal(packet[8], 64);
      }
    });

    it("take nothing from whoever is no peer, and count and tell it", async () => {
      const stranger = lan.host("stranger", "eth0");
      using socket = stranger.openAdvertSocket("eth0", ip("10.0.0.66"), {
        heard: () => undefined,
        broken: (reason) => assert.fail(reason),
      });
      const forged = encodePacket(
        {
          version: 3,
          virtualRouterID: 51,
          priority: 254,
          adverInterval: aRouter().adverInterval,
          addresses: [ip("10.0.0.100")],
          password: null,
        },
        ip("10.0.0.66"),
        ip("10.0.0.1"),
      );
      socket.send(forged, ip("10.0.0.1"));
      await clock.advance(2_000);
      assert.equal(a.status.role, "master");
      assert.deepEqual(a.status.counters.advertisementsDropped, { "foreign-sender": 1 });
      assert.match(a.status.problems[0]?.message ?? "", /10\.0\.0\.66 is not taken: foreign-sender/);
    });

    it("learn of a further peer without an election", async () => {
      const { becameMaster } = a.status.counters;
      await a.member(
        byUnicast("10.0.0.1", "10.0.0.2", {
          transport: { type: "unicast", peers: [ip("10.0.0.2"), ip("10.0.0.3")], ttl: 64 },
        }),
      );
      lan.sent.length = 0;
      await clock.advance(1_500);
      assert.equal(a.status.counters.becameMaster, becameMaster);
      const destinations = new Set(lan.sent.map(({ packet }) => hex(packet.subarray(16, 20))));
      assert.deepEqual([...destinations], ["0a000002", "0a000003"]);
    });

    it("are in fault while the address from which they are to speak is not there", async () => {
      a.table.removeByHand("eth0", prefix("10.0.0.1/24"));
      await clock.advance(5_000);
      assert.equal(a.status.role, "fault");
      assert.equal(b.status.role, "master");
      assert.match(a.status.because, /eth0 does not have the address 10\.0\.0\.1/);
      a.table.addByHand("eth0", prefix("10.0.0.1/24"));
      await clock.advance(5_000);
      assert.deepEqual(roles(), ["master", "backup"]);
    });
  });

  describe("with a VirtualIP of both families", () => {
    beforeEach(async () => {
      await a.member(aRouter(), overIpv6());
      await b.member(aRouter(LOWER), overIpv6(LOWER));
      await clock.advance(5_000);
    });

    it("have one role for both, told once", () => {
      assert.deepEqual(roles(), ["master", "backup"]);
      assert.equal(a.states.length, 1);
      assert.deepEqual(held(a), ["10.0.0.100/32", "fe80::100/128", "2001:db8::100/64"]);
      assert.deepEqual(a.moves, ["initialize -> backup", "backup -> master"]);
      assert.deepEqual([...new Set(versionsAnnounced())].sort(), ["0806", "86dd"]);
    });

    it("say for both who is heard, and nothing new while nothing changes", async () => {
      assert.deepEqual(b.status.master, { address: "10.0.0.1", priority: 100 });
      await clock.advance(10_000);
      b.told = [];
      await clock.advance(10_000);
      const told = b.told.filter(({ type }) => type === "state");
      assert.ok(told.length <= 2, `${told.length} states, of counters alone`);
    });

    it("move both together", async () => {
      await a.stop();
      assert.equal(b.status.role, "master");
      assert.deepEqual(held(b), ["10.0.0.100/32", "fe80::100/128", "2001:db8::100/64"]);
      assert.deepEqual(b.moves, ["initialize -> backup", "backup -> master"]);
    });

    it("are drained of both together: each address has a holder at every moment", async () => {
      const all = ["10.0.0.100/32", "fe80::100/128", "2001:db8::100/64"];
      const drain = { because: "drained by root", isForced: false };
      await a.member(aRouter({ drain }), overIpv6({ drain }));
      assert.equal(a.status.drain, "handing-over");
      for (let moment = 0; moment < 2_500; moment++) {
        await clock.advance(1);
        const isHeld = (address: string): boolean =>
          [a, b].some(({ table }) => table.listing.includes(`eth0 ${address} *`));
        assert.deepEqual(all.filter(isHeld), all, `${moment} ms later`);
      }
      assert.equal(a.status.drain, "away");
      assert.deepEqual([held(a), held(b)], [[], all]);
    });

    it("let both go when one of them cannot be spoken for any more", async () => {
      a.table.removeByHand("eth0", prefix("fe80::1/64"));
      await clock.advance(5_000);
      assert.deepEqual(held(a), []);
      assert.deepEqual(held(b), ["10.0.0.100/32", "fe80::100/128", "2001:db8::100/64"]);
    });

    it("take a family away, and bring it back, while the other stays where it is", async () => {
      await a.member(aRouter());
      await b.member(aRouter(LOWER));
      await clock.advance(2_000);
      assert.deepEqual(held(a), ["10.0.0.100/32"]);
      await b.member(aRouter(LOWER), overIpv6(LOWER));
      await a.member(aRouter(), overIpv6());
      await clock.advance(5_000);
      assert.deepEqual(held(a), ["10.0.0.100/32", "fe80::100/128", "2001:db8::100/64"]);
      assert.deepEqual(held(b), []);
      assert.equal(a.status.counters.becameMaster, 1);
    });
  });
});

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString("hex");
