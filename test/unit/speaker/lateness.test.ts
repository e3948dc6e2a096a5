/** A speaker that was held up: it tells how long, and neither speaks nor takes an address before it has listened. */
import assert from "node:assert/strict";
import { beforeEach, describe, it } from "node:test";
import { FakeClock } from "../../support/fake-clock.ts";
import { FakeLan } from "../../support/fake-network.ts";
import { aRouter, SpeakerHost } from "../../support/speaker-host.ts";

describe("a speaker that stands still for six seconds", () => {
  let lan = new FakeLan();
  let clock = new FakeClock();
  let a = new SpeakerHost(lan, clock, "a", "10.0.0.1/24");

  beforeEach(async () => {
    lan = new FakeLan();
    clock = new FakeClock();
    a = new SpeakerHost(lan, clock, "a", "10.0.0.1/24");
    await a.start();
    a.connect();
    await a.member(aRouter());
    await clock.advance(10_000);
    assert.equal(a.isHolding, true);
  });

  it("says nothing for an interval, does not take back what the kernel took, then is there again", async () => {
    const sent = lan.sent.length;
    await clock.oversleep(6_000);
    assert.equal(a.isHolding, false, "the lifetime is over");
    await clock.advance(900);
    assert.equal(a.isHolding, false);
    assert.equal(lan.sent.length, sent);
    assert.match(a.status.because, /^master: held up .* listening for another master/);
    const frames = lan.frames.length;
    await clock.advance(200);
    assert.equal(a.isHolding, true);
    assert.equal(lan.sent.length, sent + 1);
    assert.ok(lan.frames.length > frames);
    assert.deepEqual(a.moves, ["initialize -> backup", "backup -> master"]);
  });

  it("tells the length of the pause for a minute, and counts it for ever", async () => {
    await clock.oversleep(6_000);
    await clock.advance(2_000);
    const [problem] = a.status.problems;
    assert.equal(problem?.code, "held-up");
    assert.match(problem?.message ?? "", /held up for 5\.\d s until 2026-01-01T00:00:1/);
    await clock.advance(62_000);
    assert.deepEqual(a.status.problems, []);
    assert.equal(a.status.counters.pauses, 1);
    assert.ok(a.status.counters.longestPause > 5_000);
  });

  it("yields without a claim to one of higher rank that has taken over meanwhile", async () => {
    const b = new SpeakerHost(lan, clock, "b", "10.0.0.2/24");
    await b.start();
    b.connect();
    await b.member(aRouter({ basePriority: 120, rivalPriority: 100 }));
    a.network.isHeldUp = true;
    await clock.oversleep(6_000);
    assert.equal(a.isHolding, false);
    await clock.advance(900);
    assert.equal(a.isHolding, false);
    a.network.isHeldUp = false;
    await clock.advance(5_000);
    assert.deepEqual([a.isHolding, b.isHolding], [false, true]);
  });
});
