/** Skew and Master_Down_Interval against the table of values computed by hand, with their microseconds. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { millis } from "../../../controller/net/time.ts";
import { step } from "../../../controller/vrrp/machine.ts";
import { handOverTime, masterDownInterval, skewTime } from "../../../controller/vrrp/timing.ts";
import { at, backup, config, heard } from "./machine-cases.ts";

describe("skew and master-down interval of", () => {
  const cases: { version: 2 | 3; interval: number; priority: number; skew: number; down: number }[] = [
    { version: 2, interval: 1000, priority: 100, skew: 609.375, down: 3609.375 },
    { version: 2, interval: 1000, priority: 200, skew: 218.75, down: 3218.75 },
    { version: 2, interval: 1000, priority: 254, skew: 7.8125, down: 3007.8125 },
    { version: 2, interval: 5000, priority: 100, skew: 609.375, down: 15_609.375 },
    { version: 3, interval: 100, priority: 100, skew: 60.9375, down: 360.9375 },
    { version: 3, interval: 100, priority: 254, skew: 0.78125, down: 300.78125 },
    { version: 3, interval: 10, priority: 100, skew: 6.09375, down: 36.09375 },
    { version: 3, interval: 10, priority: 254, skew: 0.078125, down: 30.078125 },
    { version: 3, interval: 10, priority: 253, skew: 0.1171875, down: 30.1171875 },
    { version: 3, interval: 30, priority: 100, skew: 18.28125, down: 108.28125 },
    { version: 3, interval: 10, priority: 255, skew: 0.0390625, down: 30.0390625 },
    { version: 3, interval: 10, priority: 1, skew: 9.9609375, down: 39.9609375 },
    { version: 3, interval: 40_950, priority: 1, skew: 40_790.0390625, down: 163_640.0390625 },
  ];
  for (const { version, interval, priority, skew, down } of cases) {
    it(`version ${version}, ${interval} ms, priority ${priority}`, () => {
      assert.equal(skewTime(version, priority, millis(interval)), skew);
      assert.equal(masterDownInterval(version, priority, millis(interval)), down);
    });
  }
});

it("a leaving master waits for the slowest successor and one interval more", () => {
  assert.equal(handOverTime(2, millis(1000)), 996.09375 + 1000);
  assert.equal(handOverTime(3, millis(100)), 99.609375 + 100);
});

it("at 10 ms two backups one apart in rank wake 39 µs apart, also after a year of uptime", () => {
  for (const now of [0, 366 * 86_400_000 + 0.123]) {
    const [high = 0, low = 0] = [254, 253].map((priority) => {
      const fast = { ...config, version: 3, adverInterval: millis(10), priority } as const;
      return step(fast, backup(now + 1), heard(255, { adverInterval: 10 }), at(now)).state.deadline ?? 0;
    });
    const apart = low - high;
    assert.ok(Math.abs(apart - 0.0390625) < 0.0001, `${apart} ms apart at ${now}`);
  }
});
