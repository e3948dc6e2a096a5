import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { type Instant, millis } from "../../../controller/net/time.ts";
import {
  type Bucket,
  fullBucket,
  type Rate,
  refill,
  takeToken,
  waitForToken,
} from "../../../controller/object/token-bucket.ts";
import { between, seededRandom } from "../../simulation/random.ts";

const RATE: Rate = { perSecond: 10, burst: 3 };
const at = (ms: number): Instant => ms as Instant;

function takenAt(bucket: Bucket, moments: readonly number[]): Bucket {
  return moments.reduce((each, moment) => takeToken(each, RATE, at(moment)), bucket);
}

describe("a bucket", () => {
  it("has so many at once, and then one after another", () => {
    const empty = takenAt(fullBucket(RATE, at(0)), [0, 0, 0]);
    assert.equal(waitForToken(empty, RATE, at(0)), millis(100));
    assert.equal(waitForToken(empty, RATE, at(60)), millis(40));
    assert.equal(waitForToken(empty, RATE, at(100)), 0);
    const again = takeToken(empty, RATE, at(100));
    assert.equal(waitForToken(again, RATE, at(100)), millis(100));
  });

  it("gives nothing when it is empty, and owes nothing for having been asked", () => {
    const empty = takenAt(fullBucket(RATE, at(0)), [0, 0, 0, 0, 0, 50, 50]);
    assert.equal(waitForToken(empty, RATE, at(50)), millis(50));
  });

  it("holds no more than it holds, however long it rests; a clock that goes back changes nothing", () => {
    const empty = takenAt(fullBucket(RATE, at(0)), [0, 0, 0]);
    assert.equal(refill(empty, RATE, at(3_600_000)).tokens, 3);
    assert.equal(refill(empty, RATE, at(-1000)).tokens, 0);
  });

  it("never gives more in any span than its burst and what has come back in it", () => {
    const seed = Number(process.env["HOLDFAST_SEED"] ?? 7);
    const random = seededRandom(seed);
    let bucket = fullBucket(RATE, at(0));
    let now = 0;
    const given: number[] = [];
    for (let asked = 0; asked < 2_000; asked++) {
      now += between(random, 0, 150);
      if (waitForToken(bucket, RATE, at(now)) > 0) continue;
      bucket = takeToken(bucket, RATE, at(now));
      given.push(now);
    }
    for (const [index, from] of given.entries()) {
      for (const to of [given[index + 2], given[index + 50]]) {
        if (to === undefined) continue;
        const count = given.filter((each) => each >= from && each <= to).length;
        const most = RATE.burst + ((to - from) / 1000) * RATE.perSecond;
        assert.ok(count <= most + 1e-6, `seed ${seed}: ${count} from ${from} to ${to}`);
      }
    }
  });
});
