import assert from "node:assert/strict";
import { it } from "node:test";
import type { Instant } from "../../../controller/net/time.ts";
import { inSlices } from "../../../controller/source/in-slices.ts";

it("long work comes to its end, and lets others go on after every ten milliseconds of it", async () => {
  const order: string[] = [];
  let time = 0;
  function* work(): Generator<void, string> {
    for (let step = 1; step <= 6; step++) {
      order.push(`step ${step}`);
      // Four milliseconds each.
      time += 4;
      yield;
    }
    return "done";
  }
  const other = async (): Promise<void> => {
    for (let turn = 1; turn <= 2; turn++) {
      await new Promise<void>((resolve) => setImmediate(resolve));
      order.push(`other ${turn}`);
    }
  };
  const [, result] = await Promise.all([other(), inSlices(work(), { now: () => time as Instant })]);
  assert.equal(result, "done");
  assert.deepEqual(order, ["step 1", "step 2", "step 3", "other 1", "step 4", "step 5", "step 6", "other 2"]);
});
