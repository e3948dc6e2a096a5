/** A take-over of more addresses than the kernel is asked for at once: what is there is announced while the rest is on its way. */
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

  beforeEach(async () => {
    ({ lan, clock, a, b } = speakerPair());
    announced = [];
    added = 0;
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

  const isInOrder = (): void => {
    const [first] = announced;
    assert.deepEqual([first?.added, first?.hasSpoken], [BATCH, true]);
    assert.deepEqual(
      announced.slice(0, COUNT).map(({ address }) => address),
      ADDRESSES.map(({ address }) => address),
    );
  };

  it("advertises, and announces the first ones, before it asks for the last ones; each once and in order until all are", async () => {
    await a.member(aRouter({ addresses: ADDRESSES }));
    await clock.advance(3_640);
    isInOrder();
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

  it("does so too where it preempts, and claims before it advertises", async () => {
    const advertise = stranger();
    await a.member(aRouter({ addresses: ADDRESSES }));
    await clock.advance(1_000);
    advertise(50);
    await clock.advance(3_640);
    assert.match(a.status.because, /preempted/);
    isInOrder();
  });

  it("asks for no more of them when it has lost the role meanwhile", async () => {
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
