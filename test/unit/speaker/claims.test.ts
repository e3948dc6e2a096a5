/** Addresses that are claimed while the node is looked at, or while others are being added. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { type IpAddress, parseIpAddress } from "../../../controller/net/ip.ts";
import { millis } from "../../../controller/net/time.ts";
import type { VirtualRouter } from "../../../controller/vrrp/virtual-router.ts";
import { aRouter, prefix, type SpeakerHost } from "../../support/speaker-host.ts";
import { LOWER, speakerPair, startSpeakers } from "../../support/speaker-pair.ts";

const INTERVAL_MS = 100;

const numbered = (id: number, different: Partial<VirtualRouter> = {}): VirtualRouter =>
  aRouter({
    name: `default/r${id}`,
    virtualRouterID: id,
    adverInterval: millis(INTERVAL_MS),
    addresses: [prefix(`10.0.1.${id}/32`)],
    ...different,
  });

const ip = (text: string): IpAddress => parseIpAddress(text) ?? assert.fail(text);

const overIpv6 = (id: number): Partial<VirtualRouter> => ({
  family: "ipv6",
  transport: { type: "multicast", group: ip("ff02::12") },
  addresses: [prefix(`fe80::1:${id}/128`)],
});

const held = ({ table }: SpeakerHost): readonly string[] =>
  table.listing.filter((each) => /10\.0\.1\.|fe80::1:/.test(each));

/** `b` is the backup of `a` in all of them. */
async function pairOf(...routers: readonly VirtualRouter[]) {
  const pair = speakerPair();
  const { clock, a, b } = pair;
  for (const [host, address] of [
    [a, "fe80::1/64"],
    [b, "fe80::2/64"],
  ] as const)
    host.table.addByHand("eth0", prefix(address));
  await startSpeakers(a, b);
  await a.member(...routers);
  await b.member(...routers.map((router) => ({ ...router, ...LOWER })));
  await clock.advance(10_000);
  assert.deepEqual(held(b), []);
  /** Until `b` has advertised for all of them. */
  const fail = async (): Promise<void> => {
    a.network.isCutOff = true;
    const masters = (): number => b.moves.filter((move) => move === "backup -> master").length;
    const before = masters();
    while (masters() < before + routers.length) await clock.advance(1);
  };
  return { ...pair, fail };
}

describe("what is claimed", () => {
  it("is there before a look ends, also where the last that is due at the same moment can claim nothing at once", async () => {
    const { b, fail } = await pairOf(numbered(1), numbered(2), numbered(3, overIpv6(3)));
    const answer = b.table.stallLooks();
    b.table.addByHand("eth0", prefix("10.0.9.9/24"));
    await fail();
    assert.deepEqual(held(b), ["eth0 10.0.1.1/32 *", "eth0 10.0.1.2/32 *"]);
    answer();
    await b.clock.advance(200);
    assert.equal(held(b).length, 3);
  });

  it("while a look waits for the virtual links is not taken for repaired, nor announced once more", async () => {
    const { lan, clock, b, fail } = await pairOf(numbered(1), numbered(2), numbered(3, { virtualMAC: true }));
    const answer = b.virtualLinks.stallLists();
    b.table.addByHand("eth0", prefix("10.0.9.9/24"));
    await clock.advance(1);
    await fail();
    assert.deepEqual(held(b), ["eth0 10.0.1.1/32 *", "eth0 10.0.1.2/32 *"]);
    const announced = lan.frames.filter(({ host }) => host === "b").length;
    answer();
    await clock.advance(1);
    const ofPlain = b.states.filter(({ name }) => name !== "default/r3");
    assert.deepEqual(
      ofPlain.map(({ counters }) => counters.addressesRepaired),
      [0, 0],
    );
    // Of the third one, and of nothing else.
    const later = lan.frames.filter(({ host }) => host === "b").slice(announced);
    assert.ok(later.length <= 1, `${later.length} frames more`);
  });

  it("while others are being added is not forgotten when these are there", async () => {
    const { clock, b, fail } = await pairOf(numbered(4, overIpv6(4)));
    // Alone in this one, b is its master.
    await b.member(
      numbered(4, { ...overIpv6(4), ...LOWER }),
      numbered(5, { ...overIpv6(5), rivalPriority: null }),
    );
    await clock.advance(2_000);
    assert.deepEqual(held(b), ["eth0 fe80::1:5/128 *"]);
    const answer = b.table.stallAdditions();
    b.table.removeByHand("eth0", prefix("fe80::1:5/128"));
    await clock.advance(30);
    await fail();
    answer();
    await clock.advance(2);
    assert.equal(held(b).length, 2);
  });
});
