/** Speakers in virtual MAC mode, on a LAN in memory: where the addresses are, from which hardware address is spoken, and when. */
import assert from "node:assert/strict";
import { beforeEach, describe, it } from "node:test";
import { parseIpAddress } from "../../../controller/net/ip.ts";
import { parseIpv4 } from "../../../controller/net/ipv4.ts";
import { gratuitousArp, parseArp } from "../../../controller/vrrp/arp.ts";
import type { VirtualRouter } from "../../../controller/vrrp/virtual-router.ts";
import { aRouter, prefix, type SpeakerHost } from "../../support/speaker-host.ts";
import { LOWER, speakerPair, startSpeakers } from "../../support/speaker-pair.ts";

const MAC = "00:00:5e:00:01:33";
const LINK = "hf51.4.eth0";
const UP = [`${LINK} ${MAC} up`];
const DOWN = [`${LINK} ${MAC} down`];
const HELD = `${LINK} 10.0.0.100/32 *`;

const ours = (different: Partial<VirtualRouter> = {}): VirtualRouter =>
  aRouter({ virtualMAC: true, ...different });

describe("in virtual MAC mode", () => {
  let { lan, clock, a, b } = speakerPair();

  beforeEach(async () => {
    ({ lan, clock, a, b } = speakerPair());
    await startSpeakers(a, b);
  });

  async function elect(different: Partial<VirtualRouter> = {}): Promise<void> {
    await a.member(ours(different));
    await b.member(ours({ ...different, ...LOWER }));
    await clock.advance(5_000);
    assert.deepEqual([a.status.role, b.status.role], ["master", "backup"]);
  }

  const marked = ({ table }: SpeakerHost): readonly string[] =>
    table.listing.filter((line) => line.endsWith("*"));
  const senders = (host: string): Set<string> =>
    new Set(
      lan.frames
        .filter((frame) => frame.host === host)
        .map(({ packet }) => Buffer.from(packet.subarray(6, 12)).toString("hex")),
    );

  it("the master has the addresses on an interface that is up, a backup on none, and one that is down", async () => {
    await elect();
    assert.deepEqual(a.virtualLinks.listing, UP);
    assert.deepEqual(marked(a), [HELD]);
    assert.deepEqual(a.status.heldAddresses, ["10.0.0.100/32"]);
    assert.deepEqual(b.virtualLinks.listing, DOWN);
    assert.deepEqual(marked(b), []);
  });

  it("advertisements and announcements have it as their sender, and a backup sends nothing", async () => {
    await elect();
    assert.deepEqual([...senders("a")], ["00005e000133"]);
    assert.deepEqual([...senders("b")], []);
    const announced = lan.frames.flatMap(({ packet }) => parseArp(packet) ?? []);
    assert.deepEqual([...new Set(announced.map(({ senderMac }) => senderMac))], [MAC]);
    assert.ok(announced.every(({ isReply }) => isReply));
    assert.ok(lan.sent.length >= 2);
  });

  it("who hands over goes on until the other is heard, and then falls silent without lingering", async () => {
    await elect();
    const stopping = a.stop();
    await clock.advance(1);
    assert.deepEqual(a.virtualLinks.listing, UP);
    await stopping;
    assert.deepEqual(a.virtualLinks.listing, []);
    assert.deepEqual(marked(b), [HELD]);
    assert.deepEqual(b.virtualLinks.listing, UP);
  });

  it("who hears a better one is down before its addresses are gone", async () => {
    await b.member(ours(LOWER));
    await clock.advance(5_000);
    const seen: string[] = [];
    using _watch = b.table.onChange(() => {
      seen.push(`${b.virtualLinks.listing[0]?.split(" ")[2]} ${marked(b).length}`);
    });
    await a.member(ours());
    await clock.advance(5_000);
    assert.equal(b.status.role, "backup");
    assert.deepEqual([...new Set(seen)], ["down 1", "down 0"]);
  });

  it("its own virtual MAC is no stranger's, and the real one of somebody is", async () => {
    await elect();
    const address = parseIpv4("10.0.0.100") ?? assert.fail();
    lan.arp(gratuitousArp(MAC, address));
    await clock.advance(10);
    assert.deepEqual(a.status.conflicts, []);
    lan.arp(gratuitousArp("02:00:00:00:00:77", address));
    await clock.advance(10);
    assert.deepEqual(
      a.status.conflicts.map(({ code }) => code),
      ["duplicate-address"],
    );
  });

  it("where the kernel has no such interfaces the node is in fault and says so, and recovers", async () => {
    a.virtualLinks.refusal = "this kernel has no macvlan interfaces";
    await a.member(ours());
    await clock.advance(5_000);
    assert.equal(a.status.role, "fault");
    assert.deepEqual(a.status.problems, [
      {
        code: "virtual-link-refused",
        message: `virtual-link-refused: ${LINK}: this kernel has no macvlan interfaces`,
      },
    ]);
    a.virtualLinks.refusal = null;
    await clock.advance(6_000);
    assert.equal(a.status.role, "master");
    assert.deepEqual(marked(a), [HELD]);
  });

  it("what a killed speaker leaves behind goes by itself or with the next one, and what is not ours stays", async () => {
    await elect();
    a.kill();
    await clock.advance(10_000);
    assert.deepEqual(marked(a), []);
    assert.deepEqual(a.virtualLinks.listing, UP);
    a.virtualLinks.addByHand("hf9.4.eth0", "02:00:00:00:00:09", "eth0");
    a.ordersFile.text = null;
    await a.start();
    assert.deepEqual(a.virtualLinks.listing, ["hf9.4.eth0 02:00:00:00:00:09 down"]);
  });

  it("a speaker that is replaced leaves interface and addresses as they are", async () => {
    await elect();
    const seen: string[] = [];
    using _watch = a.table.onChange(() => seen.push([...a.virtualLinks.listing, ...marked(a)].join()));
    await a.replace();
    a.connect();
    await clock.advance(3_000);
    assert.equal(a.status.role, "master");
    assert.deepEqual([a.virtualLinks.listing, marked(a)], [UP, [HELD]]);
    assert.deepEqual(seen, []);
    assert.deepEqual(b.moves.at(-1), "initialize -> backup");
  });

  it("somebody who takes the interface away, or switches it off, gets it back at once", async () => {
    await elect();
    await a.virtualLinks.remove(LINK);
    await clock.advance(10);
    assert.deepEqual([a.virtualLinks.listing, marked(a)], [UP, [HELD]]);
    await a.virtualLinks.setUp(LINK, false);
    await clock.advance(10);
    assert.deepEqual([a.virtualLinks.listing, marked(a)], [UP, [HELD]]);
    assert.equal(a.status.role, "master");
  });

  it("a VirtualIP of both families has one for each, and they move together", async () => {
    const ipv6 = {
      family: "ipv6",
      transport: { type: "multicast", group: parseIpAddress("ff02::12") ?? assert.fail() },
      addresses: [prefix("fe80::100/64"), prefix("2001:db8::100/64")],
    } as const;
    for (const [host, number] of [
      [a, 1],
      [b, 2],
    ] as const)
      host.table.addByHand("eth0", prefix(`fe80::${number}/64`));
    await a.member(ours(), ours(ipv6));
    await b.member(ours(LOWER), ours({ ...ipv6, ...LOWER }));
    await clock.advance(5_000);
    assert.deepEqual(a.virtualLinks.listing, [...UP, "hf51.6.eth0 00:00:5e:00:02:33 up"]);
    assert.equal(marked(a).length, 3);
    assert.deepEqual([...senders("a")].sort(), ["00005e000133", "00005e000233"]);
    await a.stop();
    assert.deepEqual(b.virtualLinks.listing, [...UP, "hf51.6.eth0 00:00:5e:00:02:33 up"]);
    assert.equal(marked(b).length, 3);
    assert.deepEqual(a.virtualLinks.listing, []);
  });

  it("a router that is turned into it hands over, and leaves nothing on the real interface", async () => {
    await a.member(aRouter());
    await b.member(aRouter(LOWER));
    await clock.advance(5_000);
    await a.member(ours());
    await clock.advance(10_000);
    await b.member(ours(LOWER));
    await clock.advance(10_000);
    assert.deepEqual([a.status.role, b.status.role], ["master", "backup"]);
    assert.deepEqual([marked(a), marked(b)], [[HELD], []]);
    await a.member(aRouter());
    await b.member(aRouter(LOWER));
    await clock.advance(10_000);
    assert.deepEqual([a.virtualLinks.listing, b.virtualLinks.listing], [[], []]);
    assert.deepEqual(marked(a), ["eth0 10.0.0.100/32 *"]);
  });
});
