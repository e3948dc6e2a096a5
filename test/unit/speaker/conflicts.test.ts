/** Conflicts with others on the link: noticed with their facts, counted, and gone when they are. */
import assert from "node:assert/strict";
import { beforeEach, describe, it } from "node:test";
import { type Ipv4, parseIpv4 } from "../../../controller/net/ipv4.ts";
import { millis } from "../../../controller/net/time.ts";
import { gratuitousArp } from "../../../controller/vrrp/arp.ts";
import { encodePacket } from "../../../controller/vrrp/packet.ts";
import { aRouter, prefix, type SpeakerHost } from "../../support/speaker-host.ts";
import { LOWER, speakerPair, startSpeakers } from "../../support/speaker-pair.ts";

const ip = (text: string): Ipv4 => {
  const address = parseIpv4(text);
  assert.ok(address !== null);
  return address;
};
const GROUP = ip("224.0.0.18");
const VIP = ip("10.0.0.100");
const STRANGER = ip("10.0.0.66");
/** Longer than anything is worth telling at an interval of 1 s. */
const FORGOTTEN_MS = 60_000;

describe("a speaker", () => {
  let { lan, clock, a, b } = speakerPair();

  beforeEach(async () => {
    ({ lan, clock, a, b } = speakerPair());
    await startSpeakers(a, b);
    await a.member(aRouter());
    await clock.advance(5_000);
  });

  const codes = (host: SpeakerHost): string[] => host.status.conflicts.map(({ code }) => code);

  const packetOf = (priority: number): Uint8Array => {
    const terms = { version: 3, virtualRouterID: 51, adverInterval: millis(1000), password: null } as const;
    return encodePacket({ ...terms, priority, addresses: [VIP] }, STRANGER, GROUP);
  };

  /** Somebody who is no speaker of ours, and heeds nobody, sends that once a second. */
  async function sendsAgain(packet: Uint8Array, seconds: number): Promise<void> {
    const socket = lan.host("stranger", "eth0").openAdvertSocket("eth0", GROUP, {
      heard: () => undefined,
      broken: () => undefined,
    });
    for (let second = 0; second < seconds; second++) {
      socket.send(packet, GROUP);
      await clock.advance(1_000);
    }
    socket[Symbol.dispose]();
  }

  const stranger = (priority: number, seconds: number): Promise<void> =>
    sendsAgain(packetOf(priority), seconds);

  it("sees nothing in an ordinary election", async () => {
    await b.member(aRouter({ basePriority: 120, rivalPriority: 100 }));
    await clock.advance(10_000);
    assert.deepEqual([a.status.role, b.status.role], ["backup", "master"]);
    assert.deepEqual([codes(a), codes(b)], [[], []]);
    assert.deepEqual([a.status.counters.conflicts, b.status.counters.conflicts], [{}, {}]);
  });

  it("sees a rival who goes on advertising, with both priorities, and forgets it when it is silent", async () => {
    await stranger(50, 5);
    assert.deepEqual(codes(a), ["rival-master"]);
    assert.match(
      a.status.conflicts[0]?.message ?? "",
      /^10\.0\.0\.66 advertises priority 50 as master, and this node does with 100/,
    );
    await clock.advance(FORGOTTEN_MS);
    assert.deepEqual(codes(a), []);
    assert.ok((a.status.counters.conflicts["rival-master"] ?? 0) >= 3);
  });

  it("sees a peer that lists other addresses, until the lists are the same", async () => {
    const addresses = [prefix("10.0.0.100/32"), prefix("10.0.0.101/32")];
    await b.member(aRouter({ ...LOWER, addresses }));
    await clock.advance(5_000);
    assert.deepEqual(codes(b), ["address-list"]);
    assert.match(b.status.conflicts[0]?.message ?? "", /\(10\.0\.0\.100\)/);
    await a.member(aRouter({ addresses }));
    await clock.advance(FORGOTTEN_MS);
    assert.deepEqual(codes(b), []);
  });

  it("sees a peer of another version, of another interval, and of its own priority", async () => {
    await b.member(aRouter({ basePriority: 100, rivalPriority: 100, adverInterval: millis(500) }));
    await clock.advance(5_000);
    assert.deepEqual(codes(b).sort(), ["interval", "same-priority"]);
    await b.member(aRouter({ version: 2, basePriority: 90, rivalPriority: 100 }));
    await clock.advance(2_000);
    assert.deepEqual(codes(b), ["version"]);
  });

  it("does not believe that a stranger resigns, says so, and follows its master as before", async () => {
    await b.member(aRouter({ basePriority: 90, rivalPriority: 100 }));
    await clock.advance(5_000);
    const { master, because } = b.status;
    await stranger(0, 3);
    assert.deepEqual(codes(b), ["false-resignation"]);
    assert.match(b.status.conflicts[0]?.message ?? "", /in the name of 10\.0\.0\.66/);
    assert.deepEqual([b.status.master, b.status.because], [master, because]);
    assert.deepEqual([codes(a), b.isHolding], [[], false]);
  });

  it("sees somebody else answer for its address, announces it again, and does not mind its own frames", async () => {
    const { frames } = lan;
    await clock.advance(10_000);
    assert.deepEqual(codes(a), []);
    const before = frames.length;
    lan.arp(gratuitousArp("02:00:00:00:00:99", VIP));
    await clock.advance(10);
    assert.deepEqual(codes(a), ["duplicate-address"]);
    assert.equal(
      a.status.conflicts[0]?.message,
      "02:00:00:00:00:99 answers for 10.0.0.100, which this node holds",
    );
    assert.equal(frames.length, before);
    // It may be a successor's, which would be heard within an interval.
    await clock.advance(1_600);
    assert.ok(frames.length > before);
    await clock.advance(FORGOTTEN_MS);
    assert.deepEqual(codes(a), []);
  });

  it("does not announce against a successor that spoke before it announced, and whose word it has not read yet", async () => {
    await clock.advance(10_000);
    const stranger = lan.host("stranger", "eth0");
    const silent = { heard: () => undefined, broken: () => undefined };
    const socket = stranger.openAdvertSocket("eth0", GROUP, silent);
    a.network.isHeldUp = true;
    socket.send(packetOf(200), GROUP);
    const before = lan.frames.length;
    lan.arp(gratuitousArp("02:00:00:00:00:99", VIP));
    a.network.isHeldUp = false;
    await clock.advance(10);
    assert.equal(a.status.role, "backup");
    assert.deepEqual([lan.frames.length, codes(a)], [before, []]);
    socket[Symbol.dispose]();
  });

  it("announces nothing between a successor's announcement and its first advertisement that is heard", async () => {
    // Five seconds after it took over, which was within the first four, it repeats its announcement for the last time.
    await clock.advance(3_500);
    const before = lan.frames.length;
    lan.arp(gratuitousArp("02:00:00:00:00:99", VIP));
    await clock.advance(900);
    assert.equal(lan.frames.length, before);
    await stranger(200, 1);
    assert.equal(a.status.role, "backup");
    await clock.advance(900);
    assert.equal(lan.frames.length, before);
  });

  it("as a backup does not hear ARP at all", async () => {
    const hearing = lan.arpListeners.size;
    await b.member(aRouter(LOWER));
    await clock.advance(5_000);
    assert.equal(lan.arpListeners.size, hearing);
  });

  it("logs a drop once, as the conflict that it is or else as a drop", async () => {
    const warned = (host: SpeakerHost) =>
      host.logged.flatMap(({ level, message, fields }) =>
        level === "warn" ? [[message, fields["conflict"] ?? fields["reason"]]] : [],
      );
    await b.member(aRouter({ ...LOWER, version: 2 }));
    await clock.advance(5_000);
    assert.deepEqual(warned(b), [["conflict", "version"]]);
    const broken = packetOf(50);
    broken[broken.length - 1] = 0;
    await sendsAgain(broken, 3);
    assert.deepEqual(warned(a).at(-1), ["dropped an advertisement", "checksum-wrong"]);
    for (const host of [a, b])
      assert.deepEqual(
        host.status.problems.map(({ code }) => code),
        ["advertisement-dropped"],
      );
  });
});
