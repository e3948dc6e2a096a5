/** The speaker on a LAN in memory: what is on the wire, on the interface, and told to the agent. */
import assert from "node:assert/strict";
import { beforeEach, describe, it } from "node:test";
import { millis } from "../../../controller/net/time.ts";
import { parseArp } from "../../../controller/vrrp/arp.ts";
import { decodeAdvertisement } from "../../../controller/vrrp/packet.ts";
import { aRouter, prefix } from "../../support/speaker-host.ts";
import { LOWER, prioritiesOf, settlePair, speakerPair, startSpeakers } from "../../support/speaker-pair.ts";

describe("a speaker", () => {
  let { lan, clock, a, b } = speakerPair();

  beforeEach(async () => {
    ({ lan, clock, a, b } = speakerPair());
  });

  /** Both take part, `a` with the higher priority, and `a` has become master. */
  const settledPair = (): Promise<void> => settlePair({ clock, a, b });

  it("alone becomes master after the master-down interval, claims, announces and tells", async () => {
    await a.start();
    a.connect();
    await a.member(aRouter());
    await clock.advance(3_500);
    assert.equal(a.isHolding, false);
    await clock.advance(200);
    assert.equal(a.isHolding, true);
    assert.deepEqual(a.moves, ["initialize -> backup", "backup -> master"]);
    assert.equal(a.status.role, "master");
    assert.deepEqual(a.status.heldAddresses, ["10.0.0.100/32"]);
    assert.deepEqual(a.status.problems, []);
    assert.ok(lan.frames.length > 0);
  });

  it("counts the silence of its master from when that spoke, not from when it was read", async () => {
    const takesOverAt = async (age: number): Promise<number> => {
      const pair = speakerPair();
      await settlePair(pair);
      pair.b.network.age = millis(age);
      await pair.clock.advance(1_000);
      pair.a.network.isCutOff = true;
      await pair.clock.advance(5_000);
      const last = pair.b.transitions.at(-1);
      assert.equal(last?.to, "master");
      return last.at;
    };
    assert.equal((await takesOverAt(0)) - (await takesOverAt(4)), 4);
  });

  it("of two, only the one with the higher priority holds the address, and the other says who does", async () => {
    await settledPair();
    assert.deepEqual([a.isHolding, b.isHolding], [true, false]);
    assert.deepEqual(b.status.master, { address: "10.0.0.1", priority: 100 });
    assert.ok(lan.sent.every(({ host }) => host === "a"));
  });

  it("takes over from a master that falls silent, and gives the role back", async () => {
    await settledPair();
    a.network.isCutOff = true;
    await clock.advance(4_000);
    assert.equal(b.isHolding, true);
    a.network.isCutOff = false;
    await clock.advance(2_000);
    assert.deepEqual([a.isHolding, b.isHolding], [true, false]);
    assert.deepEqual(b.moves, ["initialize -> backup", "backup -> master", "master -> backup"]);
  });

  it("holds and announces what it has claimed before it looks at what else is on the node", async () => {
    await settledPair();
    const answer = b.table.stallLooks();
    a.network.isCutOff = true;
    await clock.advance(4_000);
    assert.equal(b.isHolding, true);
    assert.ok(lan.frames.some(({ host }) => host === "b"));
    assert.deepEqual(b.status.heldAddresses, ["10.0.0.100/32"]);
    answer();
    await clock.advance(100);
    assert.deepEqual([b.isHolding, b.status.counters.addressesRepaired], [true, 0]);
  });

  it("keeps what it claims while a look is under way that does not show it", async () => {
    await settledPair();
    const answer = b.table.stallLooks("what was there when it was asked");
    const logged = b.logged.length;
    b.table.addByHand("eth1", prefix("192.0.2.77/24"));
    await clock.advance(0);
    a.network.isCutOff = true;
    await clock.advance(3_700);
    assert.equal(b.isHolding, true);
    const announced = lan.frames.filter(({ host }) => host === "b").length;
    answer();
    await clock.advance(40);
    assert.deepEqual([b.isHolding, b.status.heldAddresses], [true, ["10.0.0.100/32"]]);
    assert.equal(b.status.counters.addressesRepaired, 0);
    assert.equal(lan.frames.filter(({ host }) => host === "b").length, announced);
    const added = b.logged.slice(logged).filter(({ message }) => message === "added addresses");
    assert.deepEqual(
      added.map(({ fields }) => fields["addresses"]),
      [["eth0 10.0.0.100/32"]],
    );
  });

  it("keeps what it claims while a pass is under way that was planned before", async () => {
    const mine = { name: "default/mine", virtualRouterID: 52, addresses: [prefix("10.0.0.52/32")] };
    await startSpeakers(a, b);
    await a.member(aRouter());
    await b.member(aRouter(LOWER), aRouter({ ...mine, rivalPriority: 90 }));
    await clock.advance(12_000);
    const add = b.table.add.bind(b.table);
    let goOn = (): void => undefined;
    const gate = new Promise<void>((resolve) => {
      goOn = resolve;
    });
    b.table.add = async (...asked) => {
      await gate;
      await add(...asked);
    };
    b.table.removeByHand("eth0", prefix("10.0.0.52/32"));
    await clock.advance(0);
    a.network.isCutOff = true;
    await clock.advance(3_700);
    assert.ok(b.table.listing.includes("eth0 10.0.0.100/32 *"));
    const announcements = (): number =>
      lan.frames.filter(
        ({ host, packet }) => host === "b" && parseArp(packet)?.senderAddress === "10.0.0.100",
      ).length;
    const before = announcements();
    assert.ok(before > 0);
    goOn();
    await clock.advance(0);
    assert.deepEqual(
      b.states.map(({ heldAddresses }) => heldAddresses),
      [["10.0.0.100/32"], ["10.0.0.52/32"]],
    );
    assert.equal(announcements(), before);
  });

  it("announces at once and a few times more, and not after the role is lost", async () => {
    await settledPair();
    await clock.advance(10_000);
    const ofA = lan.frames.length;
    assert.equal(ofA, 6);
    a.network.isCutOff = true;
    await clock.advance(3_700);
    a.network.isCutOff = false;
    await clock.advance(1_100);
    assert.equal(b.isHolding, false);
    const ofB = lan.frames.filter(({ host }) => host === "b").length;
    await clock.advance(10_000);
    assert.equal(lan.frames.filter(({ host }) => host === "b").length, ofB);
  });

  it("announces nothing after the role is lost while its addresses linger, though a repetition is due", async () => {
    await settlePair({ clock, a, b }, { adverInterval: millis(100) });
    a.network.isCutOff = true;
    while (!b.isHolding) await clock.advance(1);
    // The second repetition is due after 200 ms.
    await clock.advance(110);
    a.network.isCutOff = false;
    let waited = 110;
    for (; b.moves.at(-1) !== "master -> backup"; waited++) await clock.advance(1);
    assert.ok(waited < 199, `it yielded after ${waited} ms`);
    assert.equal(b.isHolding, true);
    const ofB = lan.frames.filter(({ host }) => host === "b").length;
    await clock.advance(1_000);
    assert.equal(b.isHolding, false);
    assert.equal(lan.frames.filter(({ host }) => host === "b").length, ofB);
  });

  it("puts an address back that somebody has removed, announces it, and elects nobody", async () => {
    await settledPair();
    await clock.advance(10_000);
    const moves = a.moves.length;
    const frames = lan.frames.length;
    a.table.removeByHand("eth0", prefix("10.0.0.100/32"));
    await clock.advance(0);
    assert.equal(a.isHolding, true);
    assert.equal(a.moves.length, moves);
    assert.ok(lan.frames.length > frames);
    assert.equal(a.status.counters.addressesRepaired, 1);
  });

  it("takes a virtual address away that somebody adds on a backup, and leaves other addresses alone", async () => {
    await settledPair();
    b.table.addByHand("eth0", prefix("10.0.0.100/32"));
    b.table.addByHand("eth0", prefix("10.0.0.77/32"));
    b.table.addByHand("eth1", prefix("10.0.0.100/32"));
    await clock.advance(0);
    assert.deepEqual(b.table.listing, [
      "eth0 10.0.0.2/24",
      "eth0 10.0.0.77/32",
      "eth1 10.0.0.100/32",
      "eth1 192.0.2.1/24",
    ]);
  });

  it("marks an unmarked copy of the address as its own when it is master", async () => {
    await a.start();
    a.connect();
    a.table.addByHand("eth0", prefix("10.0.0.100/24"));
    await a.member(aRouter({ addresses: [prefix("10.0.0.100/24")] }));
    await clock.advance(5_000);
    assert.ok(a.table.listing.includes("eth0 10.0.0.100/24 *"));
    assert.deepEqual(a.status.heldAddresses, ["10.0.0.100/24"]);
  });

  it("removes at start what a killed speaker has left behind, on any interface", async () => {
    a.table.addLeftover("eth0", prefix("10.0.0.100/32"));
    a.table.addLeftover("eth1", prefix("10.9.9.9/32"));
    await a.start();
    assert.deepEqual(a.table.listing, ["eth0 10.0.0.1/24", "eth1 192.0.2.1/24"]);
  });

  it("lets go when the link goes down, and takes part again when it is back", async () => {
    await settledPair();
    a.table.setLink("eth0", false);
    await clock.advance(0);
    assert.equal(a.status.role, "fault");
    assert.equal(a.isHolding, false);
    assert.equal(a.status.problems[0]?.code, "interface-down");
    a.table.setLink("eth0", true);
    await clock.advance(5_000);
    assert.equal(a.isHolding, true);
    assert.deepEqual(a.status.problems, []);
  });

  it("waits for an interface that is not there, and survives its return with another index", async () => {
    a.network.interfaces.delete("eth5");
    await a.start();
    a.connect();
    await a.member(aRouter({ interface: "eth5" }));
    assert.equal(a.status.role, "fault");
    assert.equal(a.status.problems[0]?.code, "interface-missing");
    for (const _ of [1, 2]) {
      a.network.interfaces.add("eth5");
      a.table.setLink("eth5", true);
      a.table.addByHand("eth5", prefix("10.5.0.1/24"));
      await clock.advance(5_000);
      assert.equal(a.status.role, "master");
      a.table.removeLink("eth5");
      a.network.interfaces.delete("eth5");
      await clock.advance(0);
      assert.equal(a.status.role, "fault");
      assert.equal(a.network.openSockets, 0);
    }
  });

  it("needs an address of its own to advertise from, and takes none that is virtual", async () => {
    a.table.removeByHand("eth0", prefix("10.0.0.1/24"));
    a.table.addByHand("eth0", prefix("10.0.0.100/32"));
    await a.start();
    a.connect();
    await a.member(aRouter());
    await clock.advance(5_000);
    assert.equal(a.status.problems[0]?.code, "no-source-address");
    a.table.addByHand("eth0", prefix("10.0.0.7/24"));
    await clock.advance(5_000);
    assert.equal(a.status.role, "master");
    const heard = decodeAdvertisement(lan.sent[0]?.packet ?? new Uint8Array());
    assert.equal(heard.ok && heard.value.source, "10.0.0.7");
  });

  it("stops make before break: resigns, serves until the successor speaks, then ends", async () => {
    await settledPair();
    const before = lan.sent.length;
    await a.stop();
    assert.deepEqual([a.isHolding, b.isHolding], [false, true]);
    const ofA = lan.sent.slice(before).filter(({ host }) => host === "a");
    assert.deepEqual(prioritiesOf(ofA), [0]);
    assert.equal(a.network.openSockets, 0);
  });

  it("that is alone stops all the same, and leaves no address behind", async () => {
    await a.start();
    await a.member(aRouter());
    await clock.advance(5_000);
    assert.equal(a.isHolding, true);
    await a.stop();
    assert.equal(a.isHolding, false);
  });
});
