/** For how long an address outlives its speaker: until the others have it, and not much longer. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { millis } from "../../../controller/net/time.ts";
import { deadManLifetime, REFRESH_PAUSE } from "../../../controller/vrrp/dead-man.ts";
import { masterDownInterval } from "../../../controller/vrrp/timing.ts";

const terms = { deadMan: true, version: 2 as const, adverInterval: millis(1000), rivalPriority: 95 };

describe("the dead-man lifetime", () => {
  it("is the others' master-down interval in whole seconds: four at intervals of one second", () => {
    assert.equal(deadManLifetime(terms), 4);
    assert.equal(deadManLifetime({ ...terms, version: 3, rivalPriority: 1 }), 4);
    assert.equal(deadManLifetime({ ...terms, adverInterval: millis(5000) }), 16);
  });

  it("is never so short that a machine that stands still for two seconds loses the address", () => {
    assert.equal(deadManLifetime({ ...terms, version: 3, adverInterval: millis(10) }), 3);
    assert.equal(deadManLifetime({ ...terms, version: 3, adverInterval: millis(100) }), 3);
  });

  it("is endless where it is turned off, and counts on the slowest rival where none is known", () => {
    assert.equal(deadManLifetime({ ...terms, deadMan: false }), null);
    assert.equal(deadManLifetime({ ...terms, rivalPriority: null }), 4);
  });

  it("always lasts until a rival takes over, though not every advertisement brings a refresh", () => {
    const routers = fc.record({
      deadMan: fc.constant(true),
      version: fc.constantFrom(2 as const, 3 as const),
      adverInterval: fc.integer({ min: 1, max: 4095 }).map((centis) => millis(centis * 10)),
      rivalPriority: fc.integer({ min: 1, max: 255 }),
    });
    fc.assert(
      fc.property(routers, (router) => {
        const lifetime = deadManLifetime(router);
        assert.ok(lifetime !== null);
        // Advertisements at 0, A, 2A, ...: the last one before a refresh would be due is the worst to die after.
        const { adverInterval } = router;
        let lastRefresh = 0;
        for (let at = 0; at < 5 * REFRESH_PAUSE; at += adverInterval) {
          if (at - lastRefresh >= REFRESH_PAUSE) lastRefresh = at;
          const takenOverAt = at + masterDownInterval(router.version, router.rivalPriority, adverInterval);
          assert.ok(lastRefresh + lifetime * 1000 >= takenOverAt);
        }
      }),
    );
  });
});
