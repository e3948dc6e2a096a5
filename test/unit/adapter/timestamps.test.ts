/** How long ago a packet came in: by a clock that people set. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { LITTLE } from "../../../controller/adapter/libc/host-order.ts";
import { TIMESTAMP_BYTES, timestamp } from "../../../controller/adapter/libc/timestamps.ts";
import { ageOf } from "../../../controller/adapter/packet/arrival.ts";

describe("the time at which a packet came in", () => {
  it("is read as the kernel writes it, after 2038 and 2106 as well", () => {
    for (const seconds of [1_795_955_778, 2 ** 31, 2 ** 32 + 5]) {
      const view = new DataView(new ArrayBuffer(TIMESTAMP_BYTES + 8));
      view.setBigInt64(8, BigInt(seconds), LITTLE);
      view.setBigInt64(16, 123_456_789n, LITTLE);
      assert.ok(Math.abs(timestamp(view, 8) - (seconds * 1_000 + 123.456789)) < 0.001);
    }
  });

  it("is some tenths of a millisecond ago, and never later than now, nor long ago: then the clock was set", () => {
    assert.equal(ageOf(1_000, 1_000.25), 0.25);
    assert.equal(ageOf(1_000, 999), 0);
    assert.equal(ageOf(1_000, 9_000_000), 5);
    assert.equal(ageOf(null, 1_000), 0);
  });
});
