/** How a master goes: with an address that never lacks a holder, or at once where nobody can follow. */
import assert from "node:assert/strict";
import { beforeEach, describe, it } from "node:test";
import { aRouter, type SpeakerHost } from "../../support/speaker-host.ts";
import { LOWER, settlePair, speakerPair } from "../../support/speaker-pair.ts";

describe("a master of lower rank that is replaced", () => {
  it("lets go only of what the other has already: there is a holder at every moment", async () => {
    const { lan, clock, a, b } = speakerPair();
    await b.start();
    await b.member(aRouter(LOWER));
    await clock.advance(5_000);
    await a.start();
    await a.member(aRouter());
    // What a keepalived would do: it lets go on hearing the first advertisement, which must find the address here.
    const before = lan.sent.length;
    for (let step = 0; step < 5_000; step++) {
      await clock.advance(1);
      const hasSpoken = lan.sent.slice(before).some(({ host }) => host === "a");
      assert.ok(!hasSpoken || a.isHolding, "a has spoken and does not hold the address");
    }
    assert.deepEqual([a.isHolding, b.isHolding], [true, false]);
  });
});

describe("a master under strictRFC", () => {
  const { lan, clock, a, b } = speakerPair();

  it("lets go as soon as it hears a higher one, and has said nothing more", async () => {
    await b.start();
    await b.member(aRouter({ ...LOWER, strictRFC: true }));
    await clock.advance(5_000);
    await a.start();
    await a.member(aRouter({ strictRFC: true }));
    while (!a.isHolding) await clock.advance(1);
    await clock.advance(1);
    assert.equal(b.isHolding, false);
    assert.equal(lan.sent.at(-1)?.host, "a");
  });

  it("lets go at once when it stops, and the address has no holder until the other's skew is over", async () => {
    const stopped = a.stop();
    await clock.advance(1);
    assert.deepEqual([a.isHolding, b.isHolding], [false, false]);
    await clock.advance(1000);
    await stopped;
    assert.equal(b.isHolding, true);
  });
});

describe("a master whose router is taken out of the membership", () => {
  let { clock, a, b } = speakerPair();

  beforeEach(async () => {
    ({ clock, a, b } = speakerPair());
    await settlePair({ clock, a, b });
  });

  const leaveOut = (host: SpeakerHost, departed: readonly string[]): void =>
    host.speaker.receive({ type: "membership", revision: "r2", routers: [], retained: [], departed });

  it("lets go at once when it was deleted, for the other node may have deleted it as well", async () => {
    leaveOut(a, []);
    await clock.advance(1);
    assert.equal(a.isHolding, false);
  });

  it("hands over when others go on with it: there is a holder at every moment", async () => {
    leaveOut(a, [aRouter().name]);
    for (let step = 0; step < 2_000; step++) {
      await clock.advance(1);
      assert.ok(a.isHolding || b.isHolding, `nobody holds the address ${step} ms later`);
    }
    assert.deepEqual([a.isHolding, b.isHolding], [false, true]);
  });

  it("keeps the address for 100 ms after the successor was heard, and no longer", async () => {
    leaveOut(a, [aRouter().name]);
    let overlap = 0;
    for (let step = 0; step < 2_000; step++) {
      await clock.advance(1);
      if (a.isHolding && b.isHolding) overlap++;
    }
    assert.ok(overlap >= 98 && overlap <= 102, `${overlap} ms`);
  });
});
