/** The speaker's clock counts the time that the machine was suspended, which CLOCK_MONOTONIC does not. */
import assert from "node:assert/strict";
import { it } from "node:test";
import { SystemClock } from "../../controller/adapter/clock/system-clock.ts";
import { after, millis } from "../../controller/net/time.ts";

it("a clock whose machine was suspended knows it before anything that was due then", async () => {
  let suspended = 1_000_000;
  const clock = new SystemClock(() => performance.now() + suspended);
  const began = clock.now();
  assert.ok(began > 1_000_000);
  suspended += 3_600_000;
  await new Promise<void>((resolve) => {
    clock.alarm(after(began, millis(1)), resolve);
  });
  assert.ok(clock.now() - began > 3_600_000);
});

it("readings that differ by microseconds do not make the clock jump", async () => {
  let noise = 0;
  const clock = new SystemClock(() => performance.now() + 1_000 + noise);
  const readings = [clock.now()];
  for (noise = -1; noise <= 1; noise++) {
    const { signal } = new AbortController();
    await clock.sleep(millis(1), signal);
    readings.push(clock.now());
  }
  assert.deepEqual(
    readings,
    [...readings].sort((a, b) => a - b),
  );
});
