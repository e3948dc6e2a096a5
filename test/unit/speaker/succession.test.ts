/** A speaker that is replaced by another process: on the wire and on the interface nothing shows it. */
import assert from "node:assert/strict";
import { beforeEach, describe, it } from "node:test";
import { LEGACY_FORMAT } from "../../../controller/speaker/legacy.ts";
import type { FromSpeaker } from "../../../controller/speaker/messages.ts";
import { aRouter, aVerdict, prefix } from "../../support/speaker-host.ts";
import { prioritiesOf, settlePair, speakerPair } from "../../support/speaker-pair.ts";

describe("a speaker that is replaced", () => {
  let { lan, clock, a, b } = speakerPair();

  beforeEach(async () => {
    ({ lan, clock, a, b } = speakerPair());
    await settlePair({ clock, a, b });
    await clock.advance(10_000);
    assert.deepEqual([a.isHolding, b.isHolding], [true, false]);
  });

  const priorities = (from: number): (number | null)[] => prioritiesOf(lan.sent.slice(from));

  it("as master advertises on at the moment that was due, announces nothing, and moves nothing", async () => {
    let changes = 0;
    using _watching = a.table.onChange(() => changes++);
    await clock.advance(400);
    const sent = lan.sent.length;
    const frames = lan.frames.length;
    const movesOfB = b.moves.length;
    await a.replace();
    await clock.advance(9_600);
    assert.deepEqual(priorities(sent), new Array(10).fill(100));
    assert.equal(lan.frames.length, frames);
    assert.equal(changes, 0, "nothing was added or removed");
    assert.equal(b.moves.length, movesOfB);
    assert.deepEqual([a.isHolding, b.isHolding], [true, false]);
  });

  it("goes on with its counters, its sequence of transitions and what no agent has acknowledged", async () => {
    a.connect();
    const before = a.status;
    const told = a.transitions;
    await a.replace();
    a.connect();
    assert.deepEqual(a.status.counters, before.counters);
    assert.equal(a.status.since, before.since);
    assert.deepEqual(a.transitions, told);
    a.table.setLink("eth0", false);
    await clock.advance(0);
    const last = a.transitions.at(-1);
    assert.deepEqual([last?.sequence, last?.speaker], [told.length + 1, "life-1"]);
  });

  it("keeps what the agent has said, also what no file knows yet", async () => {
    await a.member(aRouter({ tracks: [{ check: "default/up", weight: -5 }] }));
    await a.verdicts(aVerdict("default/up", "unhealthy"));
    a.ordersFile.text = null;
    await a.replace();
    a.connect();
    assert.equal(a.status.effectivePriority, 95);
  });

  it("as backup takes over when its predecessor would have", async () => {
    const sent = lan.sent.length;
    while (lan.sent.length === sent) await clock.advance(1);
    a.kill();
    await clock.advance(2_000);
    await b.replace();
    b.connect();
    await clock.advance(1_640);
    assert.equal(b.isHolding, false);
    await clock.advance(20);
    assert.equal(b.isHolding, true);
  });

  it("hears what came in between", async () => {
    // The master's packets wait in the sockets of both processes while neither may act.
    b.network.isHeldUp = true;
    await clock.advance(1_000);
    await b.replace();
    b.network.isHeldUp = false;
    await clock.advance(3_500);
    assert.equal(b.isHolding, false);
  });

  it("goes on refreshing the addresses, which outlive neither of the two", async () => {
    await a.replace();
    await clock.advance(60_000);
    assert.equal(a.isHolding, true);
    a.kill();
    await clock.advance(4_000);
    assert.equal(a.isHolding, false);
  });

  it("is not while a role changes hands, and then is", async () => {
    const another = aRouter({
      name: "default/other",
      virtualRouterID: 52,
      addresses: [prefix("10.0.0.101/32")],
    });
    await a.member(aRouter(), another);
    await clock.advance(5_000);
    // The other one hands over: it has gone from this node and waits for a successor.
    a.speaker.receive({
      type: "membership",
      revision: "less",
      routers: [aRouter()],
      retained: [],
      departed: ["default/other"],
    });
    const answers: FromSpeaker[] = [];
    await a.speaker.bequest.offer(LEGACY_FORMAT, (message) => answers.push(message));
    assert.deepEqual(answers, [
      { type: "refused", because: "routers are changing their roles", mayRetry: true },
    ]);
    const replacing = a.replace();
    for (let step = 0; step < 60; step++) await clock.advance(100);
    await replacing;
    a.connect();
    assert.equal(a.status.role, "master");
  });

  it("goes on by itself when its successor is not heard of, and says what it was told meanwhile", async () => {
    const sent = lan.sent.length;
    const answers: FromSpeaker[] = [];
    await a.speaker.bequest.offer(LEGACY_FORMAT, (message) => answers.push(message));
    assert.equal(answers[0]?.type, "legacy");
    await a.member(aRouter({ basePriority: 110 }));
    assert.equal(a.status.effectivePriority, 100);
    await clock.advance(5_000);
    assert.equal(a.status.effectivePriority, 110);
    assert.ok(priorities(sent).every((priority) => priority !== 0));
    assert.deepEqual([a.isHolding, b.isHolding], [true, false]);
    a.speaker.bequest.taken((message) => answers.push(message));
    assert.equal(answers.at(-1)?.type, "refused");
  });

  it("hands over as always when it is told to stop while it stands still", async () => {
    await a.speaker.bequest.offer(LEGACY_FORMAT, () => undefined);
    await a.stop();
    assert.deepEqual([a.isHolding, b.isHolding], [false, true]);
  });
});
