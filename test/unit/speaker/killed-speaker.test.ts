/** A speaker that is killed alone and started again: what the next one finds decides whether there is an election. */
import assert from "node:assert/strict";
import { beforeEach, describe, it } from "node:test";
import { millis } from "../../../controller/net/time.ts";
import type { VirtualRouter } from "../../../controller/vrrp/virtual-router.ts";
import { FakeClock } from "../../support/fake-clock.ts";
import { FakeLan } from "../../support/fake-network.ts";
import { aRouter, prefix, SpeakerHost } from "../../support/speaker-host.ts";

/** The master-down interval of the other one, whose priority is 90, in intervals. */
const PATIENCE = 3 + (256 - 90) / 256;

for (const interval of [1000, 100, 10]) {
  describe(`a master's speaker, at ${interval} ms, that is killed and started again`, () => {
    let lan = new FakeLan();
    let clock = new FakeClock();
    let a = new SpeakerHost(lan, clock, "a", "10.0.0.1/24");
    let b = new SpeakerHost(lan, clock, "b", "10.0.0.2/24");
    const router = (different: Partial<VirtualRouter> = {}): VirtualRouter =>
      aRouter({ adverInterval: millis(interval), ...different });

    beforeEach(async () => {
      lan = new FakeLan();
      clock = new FakeClock();
      a = new SpeakerHost(lan, clock, "a", "10.0.0.1/24");
      b = new SpeakerHost(lan, clock, "b", "10.0.0.2/24");
      for (const host of [a, b]) {
        host.table.ageBy(clock);
        await host.start();
        host.connect();
      }
      await a.member(router());
      await b.member(router({ basePriority: 90, rivalPriority: 100 }));
      await clock.advance(6 * interval);
      assert.deepEqual([a.isHolding, b.isHolding], [true, false]);
      // Just after an advertisement of a.
      const heard = lan.sent.length;
      while (lan.sent.length === heard) await clock.advance(1);
    });

    async function restartAfter(ms: number): Promise<void> {
      a.kill();
      await clock.advance(ms);
      await a.start();
      a.connect();
    }

    it("goes on as master while the other one waits: no election, one round of announcements, one holder", async () => {
      const moves = b.moves.length;
      const frames = lan.frames.length;
      const packets = lan.sent.length;
      await restartAfter((PATIENCE - 0.5) * interval);
      assert.deepEqual(
        lan.sent.slice(packets).map(({ host }) => host),
        ["a"],
      );
      assert.deepEqual([a.isHolding, b.isHolding], [true, false]);
      assert.ok(lan.frames.slice(frames).some(({ host }) => host === "a"));
      await clock.advance(20_000);
      assert.deepEqual([a.isHolding, b.isHolding], [true, false]);
      assert.equal(b.moves.length, moves);
      assert.deepEqual(a.moves, ["initialize -> master"]);
      assert.match(a.status.because, /^master: its speaker was killed and started again/);
    });

    it("can be killed again and again", async () => {
      const moves = b.moves.length;
      for (let life = 0; life < 4; life++) {
        await restartAfter(2 * interval);
        await clock.advance(1.5 * interval);
      }
      await clock.advance(0.4 * interval);
      assert.equal(a.isHolding, true);
      assert.equal(b.moves.length, moves);
    });

    it("listens like any other when the other one has had time to take over", async () => {
      await restartAfter((PATIENCE + 0.2) * interval);
      assert.deepEqual([a.isHolding, b.isHolding], [false, true]);
      assert.deepEqual(a.moves, ["initialize -> backup"]);
    });

    it("listens like any other when somebody has taken the address away", async () => {
      a.kill();
      a.table.removeByHand("eth0", prefix("10.0.0.100/32"));
      await clock.advance(interval);
      await a.start();
      a.connect();
      assert.deepEqual(a.moves, ["initialize -> backup"]);
    });
  });
}

describe("a speaker that is killed", () => {
  it("while it hands over, is no master when it is started again", async () => {
    const lan = new FakeLan();
    const clock = new FakeClock();
    const a = new SpeakerHost(lan, clock, "a", "10.0.0.1/24");
    await a.start();
    await a.member(aRouter());
    await clock.advance(6_000);
    const tracks = [{ check: "default/nginx-alive", weight: null }];
    await a.member(aRouter({ tracks }));
    await a.verdicts({ check: "default/nginx-alive", verdict: "unhealthy", because: "it is dead" });
    assert.equal(a.isHolding, true);
    a.kill();
    await clock.advance(100);
    await a.start();
    assert.equal(a.isHolding, false);
  });

  it("just after it has yielded, while its addresses linger, is no master when it is started again", async () => {
    const lan = new FakeLan();
    const clock = new FakeClock();
    const a = new SpeakerHost(lan, clock, "a", "10.0.0.1/24");
    const b = new SpeakerHost(lan, clock, "b", "10.0.0.2/24");
    for (const host of [a, b]) await host.start();
    b.connect();
    await b.member(aRouter({ basePriority: 90, rivalPriority: 100 }));
    await clock.advance(6_000);
    assert.deepEqual(b.moves, ["initialize -> backup", "backup -> master"]);
    await a.member(aRouter({ rivalPriority: 90 }));
    for (let ms = 0; ms < 6_000 && b.moves.length < 3; ms++) await clock.advance(1);
    assert.deepEqual([b.moves[2], b.isHolding], ["master -> backup", true]);
    b.kill();
    await b.start();
    b.connect();
    assert.deepEqual(b.moves, ["initialize -> backup"]);
  });

  it("as a backup, is one again", async () => {
    const lan = new FakeLan();
    const clock = new FakeClock();
    const a = new SpeakerHost(lan, clock, "a", "10.0.0.1/24");
    await a.start();
    await a.member(aRouter());
    await clock.advance(2_000);
    a.kill();
    await a.start();
    a.connect();
    assert.deepEqual(a.moves, ["initialize -> backup"]);
  });
});
