/** The loop against a clock that never sleeps by itself. */
import assert from "node:assert/strict";
import { it } from "node:test";
import { type Instant, type Millis, millis, type WallTime } from "../../../controller/net/time.ts";
import type { Clock } from "../../../controller/port/clock.ts";
import { OperationFailure } from "../../../controller/port/failure.ts";
import { ReconcileLoop } from "../../../controller/reconcile/loop.ts";

const silent = { debug: ignore, info: ignore, warn: ignore, error: ignore };
function ignore(): void {
  // Nobody reads this log.
}

/** Notes each pause and, once `wakesItself`, ends it at once. */
function clockOf(pauses: Millis[], wakesItself: boolean): Clock {
  return {
    now: () => 0 as Instant,
    wallTime: () => 0 as WallTime,
    sleep: (span, signal) => {
      pauses.push(span);
      if (wakesItself || signal.aborted) return Promise.resolve();
      return new Promise((resolve) => signal.addEventListener("abort", () => resolve(), { once: true }));
    },
  };
}

it("many wakes during a pass cause one more pass", async () => {
  const stop = new AbortController();
  let passes = 0;
  const loop: ReconcileLoop = new ReconcileLoop({
    name: "test",
    pass: async () => {
      passes += 1;
      if (passes === 1) for (let i = 0; i < 100; i++) loop.wake();
      if (passes === 2) setImmediate(() => stop.abort());
      return { settled: true };
    },
    clock: clockOf([], false),
    log: silent,
    spacing: millis(0),
    resync: millis(30_000),
    random: () => 0.5,
  });
  await loop.run(stop.signal);
  assert.equal(passes, 2);
});

it("ends at once when it is told to end in the pause after a pass", async () => {
  const stop = new AbortController();
  const pauses: Millis[] = [];
  const clock: Clock = {
    ...clockOf(pauses, false),
    sleep: (span) => {
      pauses.push(span);
      stop.abort();
      return Promise.resolve();
    },
  };
  const loop = new ReconcileLoop({
    name: "test",
    pass: async () => ({ settled: true }),
    clock,
    log: silent,
    spacing: millis(100),
    resync: millis(30_000),
    random: () => 0.5,
  });
  await loop.run(stop.signal);
  assert.deepEqual(pauses, [100]);
});

it("a refusal is tried again after growing pauses up to a minute, and a success forgets them", async () => {
  const stop = new AbortController();
  const pauses: Millis[] = [];
  let passes = 0;
  const loop = new ReconcileLoop({
    name: "test",
    pass: async () => {
      passes += 1;
      if (passes === 13) stop.abort();
      if (passes === 11) return { settled: true };
      throw new OperationFailure({ code: "store-refused", output: "disk full" });
    },
    clock: clockOf(pauses, true),
    log: silent,
    spacing: millis(0),
    resync: millis(30_000),
    random: () => 0.5,
  });
  await loop.run(stop.signal);
  assert.deepEqual(
    pauses.slice(0, 11),
    [200, 400, 800, 1600, 3200, 6400, 12_800, 25_600, 51_200, 60_000, 30_000],
  );
  assert.equal(pauses[11], 200);
});

it("a bug ends the loop", async () => {
  const loop = new ReconcileLoop({
    name: "test",
    pass: () => Promise.reject(new TypeError("a bug")),
    clock: clockOf([], true),
    log: silent,
    spacing: millis(0),
    resync: millis(30_000),
    random: () => 0.5,
  });
  await assert.rejects(loop.run(new AbortController().signal), TypeError);
});
