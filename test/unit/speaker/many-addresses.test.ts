/**
 * A take-over of many addresses: they are added and announced in one go where the kernel takes them at once. Where it has to be asked
 * for each, what is there is announced while the rest is on its way.
 */
import assert from "node:assert/strict";
import { beforeEach, describe, it } from "node:test";
import { setImmediate as nextTurn } from "node:timers/promises";
import { millis } from "../../../controller/net/time.ts";
import { parseArp } from "../../../controller/vrrp/arp.ts";
import { encodePacket } from "../../../controller/vrrp/packet.ts";
import { address, aRouter, prefix } from "../../support/speaker-host.ts";
import { speakerPair, startSpeakers } from "../../support/speaker-pair.ts";

const COUNT = 201;
const BATCH = 64;
const ADDRESSES = Array.from({ length: COUNT }, (_, index) => prefix(`10.0.1.${index + 1}/32`));

describe("a speaker that takes over 201 addresses", () => {
  let { lan, clock, a, b } = speakerPair();
  /** Of the first: how many addresses the kernel had given, and whether it had advertised, when each announcement left. */
  let announced: { readonly address: string; readonly added: number; readonly hasSpoken: boolean }[] = [];
  let added = 0;
  /** As for addresses of IPv6, and on a kernel of which nobody knows whether it keeps our mark. */
  let mustAsk = false;

  beforeEach(async () => {
    ({ lan, clock, a, b } = speakerPair());
    announced = [];
    added = 0;
    mustAsk = false;
    const claim = a.table.claim.bind(a.table);
    a.table.claim = (asked) => {
      if (mustAsk) return [];
      const taken = claim(asked);
      added += taken.length;
      return taken;
    };
    const add = a.table.add.bind(a.table);
    a.table.add = async (...asked) => {
      await nextTurn();
      await add(...asked);
      added++;
    };
    const arp = lan.arp.bind(lan);
    lan.arp = (frame, sender) => {
      const address = parseArp(frame)?.senderAddress ?? assert.fail("it is ARP");
      const hasSpoken = lan.sent.some(({ host }) => host === "a");
      if (sender?.name === "a") announced.push({ address, added, hasSpoken });
      arp(frame, sender);
    };
    await startSpeakers(a, b);
  });

  const isInOrder = (addedFirst: number): void => {
    const [first] = announced;
    assert.deepEqual([first?.added, first?.hasSpoken], [addedFirst, true]);
    assert.deepEqual(
      announced.slice(0, COUNT).map(({ address }) => address),
      ADDRESSES.map(({ address }) => address),
    );
  };

  it("advertises, has all, and announces each once and in order, before anybody else has a turn", async () => {
    await a.member(aRouter({ addresses: ADDRESSES }));
    let turns = 0;
    const counting = setInterval(() => turns++, 0);
    const arp = lan.arp.bind(lan);
    const turnsAt: number[] = [];
    lan.arp = (frame, sender) => {
      turnsAt.push(turns);
      arp(frame, sender);
    };
    await clock.advance(3_640);
    clearInterval(counting);
    isInOrder(COUNT);
    assert.equal(new Set(turnsAt.slice(0, COUNT)).size, 1);
    assert.equal(a.table.listing.filter((line) => line.endsWith("*")).length, COUNT);
  });

  /** It has heard a master of lower priority. */
  const preempt = async (): Promise<void> => {
    const advertise = stranger();
    await a.member(aRouter({ addresses: ADDRESSES }));
    await clock.advance(1_000);
    advertise(50);
    await clock.advance(3_640);
    assert.match(a.status.because, /preempted/);
  };

  it("that preempts has all before it advertises, and announces them after that", async () => {
    await preempt();
    isInOrder(COUNT);
  });

  it("where each is asked for: advertises, and announces the first ones, before it asks for the last ones; each once and in order until all are", async () => {
    mustAsk = true;
    await a.member(aRouter({ addresses: ADDRESSES }));
    await clock.advance(3_640);
    isInOrder(BATCH);
    assert.equal(a.table.listing.filter((line) => line.endsWith("*")).length, COUNT);
  });

  /** Who never answers. */
  const stranger = (): ((priority: number) => void) => {
    const group = address("224.0.0.18");
    const silent = { heard: () => undefined, broken: () => undefined };
    const socket = lan.host("stranger", "eth0").openAdvertSocket("eth0", group, silent);
    const terms = { version: 3, virtualRouterID: 51, adverInterval: millis(1000), password: null } as const;
    const addresses = ADDRESSES.map(({ address }) => address);
    return (priority) =>
      socket.send(encodePacket({ ...terms, priority, addresses }, address("10.0.0.66"), group), group);
  };

  it("where each is asked for: does so too where it preempts, and claims before it advertises", async () => {
    mustAsk = true;
    await preempt();
    isInOrder(BATCH);
  });

  it("asks for no more of them when it has lost the role meanwhile", async () => {
    mustAsk = true;
    const advertise = stranger();
    const arp = lan.arp.bind(lan);
    lan.arp = (frame, sender) => {
      if (announced.length === 0) advertise(200);
      arp(frame, sender);
    };
    await a.member(aRouter({ addresses: ADDRESSES }));
    await clock.advance(3_640);
    assert.equal(a.status.role, "backup");
    assert.ok(added <= 2 * BATCH, `${added} were added`);
    assert.deepEqual(
      a.table.listing.filter((line) => line.endsWith("*")),
      [],
    );
  });
});
