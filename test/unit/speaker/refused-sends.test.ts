/** A speaker whose kernel refuses what it sends, while it hears the others: two hold the address for no longer than it takes. */
import assert from "node:assert/strict";
import { beforeEach, describe, it } from "node:test";
import { aRouter } from "../../support/speaker-host.ts";
import { settlePair, speakerPair } from "../../support/speaker-pair.ts";

describe("a master whose advertisements are refused", () => {
  let { lan, clock, a, b } = speakerPair();

  beforeEach(async () => {
    ({ lan, clock, a, b } = speakerPair());
    await settlePair({ clock, a, b });
    await clock.advance(1_000);
    assert.deepEqual([a.isHolding, b.isHolding], [true, false]);
  });

  /** For how long both, and nobody, held it. */
  async function watched(ms: number): Promise<{ both: number; nobody: number }> {
    const seen = { both: 0, nobody: 0 };
    for (let now = 0; now < ms; now += 10) {
      await clock.advance(10);
      if (a.isHolding && b.isHolding) seen.both += 10;
      if (!a.isHolding && !b.isHolding) seen.nobody += 10;
    }
    return seen;
  }

  it("gives way as soon as the other one is heard to take over, keeps trying, and is back when it works", async () => {
    a.network.refusal = "EPERM";
    const seen = await watched(20_000);
    // The other one speaks before it has the address, so it is kept for a moment.
    assert.ok(seen.both <= 120, `two holders for ${seen.both} ms`);
    assert.equal(seen.nobody, 0);
    assert.deepEqual([a.isHolding, b.isHolding], [false, true]);
    assert.match(a.status.because, /^backup: its own advertisements are refused \(.*EPERM/);
    assert.ok(a.status.problems.some(({ code }) => code === "send-failed"));
    const announced = lan.frames.length;
    a.network.refusal = null;
    await watched(2_000);
    assert.deepEqual([a.isHolding, b.isHolding], [true, false]);
    assert.deepEqual(a.moves.slice(-2), ["master -> backup", "backup -> master"]);
    assert.ok(lan.frames.slice(announced).some(({ host }) => host === "a"));
    assert.deepEqual(a.status.problems, []);
  });

  it("gives way also where it hears nobody, once the slowest of the others must have taken over", async () => {
    a.network.refusal = "ENETDOWN";
    b.network.isCutOff = true;
    const seen = await watched(20_000);
    assert.equal(a.isHolding, false);
    assert.ok(seen.both < 1_000, `two holders for ${seen.both} ms`);
  });

  it("does nothing about one refusal", async () => {
    const before = [a.moves.length, b.moves.length];
    a.network.refusal = "ENOBUFS";
    await clock.advance(1_000);
    a.network.refusal = null;
    await clock.advance(10_000);
    assert.deepEqual([a.moves.length, b.moves.length], before);
  });

  it("stays where there is nobody else", async () => {
    await b.stop();
    await a.member(aRouter({ rivalPriority: null }));
    a.network.refusal = "EPERM";
    await clock.advance(30_000);
    assert.equal(a.isHolding, true);
  });
});
