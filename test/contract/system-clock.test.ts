/** The speaker's clock: it counts the time that the machine was suspended, and rings by timers of the kernel or of Node.js alike. */
import assert from "node:assert/strict";
import { readdirSync, readlinkSync } from "node:fs";
import { describe, it } from "node:test";
import { KernelTimers } from "../../controller/adapter/clock/kernel-timers.ts";
import { SystemClock } from "../../controller/adapter/clock/system-clock.ts";
import { openLibc } from "../../controller/adapter/libc/libc.ts";
import { after, type Instant, millis } from "../../controller/net/time.ts";

const NODE = "timers of Node.js";
const KERNEL = "a timer of the kernel";
const timerDescriptors = (): number =>
  readdirSync("/proc/self/fd").filter((descriptor) => {
    try {
      return readlinkSync(`/proc/self/fd/${descriptor}`) === "anon_inode:[timerfd]";
    } catch {
      // The one of this look itself.
      return false;
    }
  }).length;

for (const timers of [NODE, KERNEL])
  describe(`a clock that rings by ${timers}`, () => {
    function open(bootTime: (() => number) | null = null) {
      const kernel = timers === KERNEL ? new KernelTimers(openLibc()) : null;
      const clock = kernel === null ? new SystemClock(bootTime) : new SystemClock(bootTime, kernel);
      return { clock, [Symbol.dispose]: () => kernel?.[Symbol.dispose]() };
    }
    const rung = (clock: SystemClock, moment: Instant): Promise<Instant> =>
      new Promise((resolve) => {
        clock.alarm(moment, () => resolve(clock.now()));
      });

    it("rings each alarm once, at its moment or later, in the order of the moments", async () => {
      using opened = open();
      const { clock } = opened;
      const began = clock.now();
      const met: number[] = [];
      // Those of Node.js know no order within a millisecond.
      const spans = [30, 0.3, 17.7, 12.2, 5, 0, -4];
      await Promise.all(
        spans.map(async (span) => {
          const moment = after(began, millis(span));
          assert.ok((await rung(clock, moment)) >= moment, `${span} ms`);
          met.push(span);
        }),
      );
      await rung(clock, after(clock.now(), millis(40)));
      assert.deepEqual(
        met.filter((span) => span > 0),
        spans.filter((span) => span > 0).sort((a, b) => a - b),
      );
      assert.equal(met.length, spans.length);
    });

    it("does not ring what was called off, also by whoever was rung before it", async () => {
      using opened = open();
      const { clock } = opened;
      const moment = after(clock.now(), millis(5));
      const wrong = clock.alarm(moment, () => assert.fail("it was called off at once"));
      wrong[Symbol.dispose]();
      clock.alarm(moment, () => late[Symbol.dispose]());
      const late = clock.alarm(after(moment, millis(2)), () => assert.fail("it was called off in time"));
      await rung(clock, after(moment, millis(10)));
    });

    it("rings what is set from within an alarm", async () => {
      using opened = open();
      const { clock } = opened;
      let count = 0;
      await new Promise<void>((resolve) => {
        const again = (): void => {
          count += 1;
          if (count === 20) resolve();
          else clock.alarm(after(clock.now(), millis(0.2)), again);
        };
        again();
      });
    });

    it("and whose machine was suspended knows it before anything that was due then", async () => {
      let suspended = 1_000_000;
      using opened = open(() => performance.now() + suspended);
      const { clock } = opened;
      const began = clock.now();
      assert.ok(began > 1_000_000);
      suspended += 3_600_000;
      await rung(clock, after(began, millis(1)));
      assert.ok(clock.now() - began > 3_600_000);
    });
  });

it("a timer of the kernel is given back", () => {
  const before = timerDescriptors();
  const timers = new KernelTimers(openLibc());
  assert.equal(timerDescriptors(), before + 1);
  timers[Symbol.dispose]();
  assert.equal(timerDescriptors(), before);
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
