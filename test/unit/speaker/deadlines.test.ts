/** The heap of deadlines: order, replacement, lateness. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { type Instant, millis } from "../../../controller/net/time.ts";
import { Deadlines } from "../../../controller/speaker/deadlines.ts";
import { FakeClock } from "../../support/fake-clock.ts";

const at = (moment: number): Instant => moment as Instant;

describe("deadlines", () => {
  it("are met in the order of their moments, whatever the order in which they were set", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.integer({ min: 0, max: 50 }), { maxLength: 60 }), async (moments) => {
        const clock = new FakeClock();
        const met: number[] = [];
        using deadlines = new Deadlines(clock, () => undefined);
        for (const moment of moments) deadlines.set({}, at(moment), () => met.push(moment));
        await clock.advance(100);
        assert.deepEqual(
          met,
          [...moments].sort((a, b) => a - b),
        );
      }),
      { numRuns: 50 },
    );
  });

  it("of one owner replace each other, and a cleared one is not met", async () => {
    const clock = new FakeClock();
    const met: string[] = [];
    using deadlines = new Deadlines(clock, () => undefined);
    const [owner, other] = [{}, {}];
    deadlines.set(owner, at(10), () => met.push("first"));
    deadlines.set(owner, at(30), () => met.push("put off"));
    deadlines.set(other, at(20), () => met.push("cleared"));
    deadlines.clear(other);
    await clock.advance(25);
    assert.deepEqual(met, []);
    await clock.advance(5);
    assert.deepEqual(met, ["put off"]);
  });

  it("are met as a list of them would be, whoever sets, puts off, brings forward and clears them", async () => {
    const act = fc.record({
      owner: fc.integer({ min: 0, max: 15 }),
      /** From now; null: cleared. */
      within: fc.option(fc.integer({ min: 1, max: 60 })),
      pause: fc.integer({ min: 0, max: 4 }),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(act, { minLength: 60, maxLength: 200 }), async (acts) => {
        const clock = new FakeClock();
        const owners = Array.from({ length: 16 }, () => ({}));
        const expected = new Map<number, number>();
        const met: string[] = [];
        const due: string[] = [];
        using deadlines = new Deadlines(clock, () => undefined);
        const advance = async (span: number): Promise<void> => {
          const end = clock.now() + span;
          for (const [owner, moment] of [...expected].filter(([, each]) => each <= end)) {
            due.push(`${owner} at ${moment}`);
            expected.delete(owner);
          }
          await clock.advance(span);
        };
        for (const { owner, within, pause } of acts) {
          const moment = clock.now() + (within ?? 0);
          const key = owners[owner] ?? {};
          if (within === null) deadlines.clear(key);
          else deadlines.set(key, at(moment), () => met.push(`${owner} at ${clock.now()}`));
          if (within === null) expected.delete(owner);
          else expected.set(owner, moment);
          await advance(pause);
        }
        await advance(60);
        assert.deepEqual(met.toSorted(), due.toSorted());
      }),
      { numRuns: 200 },
    );
  });

  it("put off again and again do not pile up", async () => {
    const clock = new FakeClock();
    let met = 0;
    using deadlines = new Deadlines(clock, () => undefined);
    const owner = {};
    for (let i = 0; i < 10_000; i++) deadlines.set(owner, at(100 + i), () => met++);
    await clock.advance(100 + 10_000);
    assert.equal(met, 1);
  });

  it("of 250 backups that hear their masters cost a few alarms per master-down interval, not one for each packet", async () => {
    const clock = new FakeClock();
    using deadlines = new Deadlines(clock, () => assert.fail("nothing is ever due"));
    const backups = Array.from({ length: 250 }, () => ({}));
    for (let tick = 0; tick < 100; tick++) {
      for (const [index, backup] of backups.entries())
        deadlines.set(backup, at(clock.now() + 361 + index / 250), () => assert.fail("a master is down"));
      await clock.advance(100);
    }
    // 10 s are 28 master-down intervals.
    assert.ok(clock.alarmsSet < 3 * 28, `${clock.alarmsSet} alarms`);
  });

  it("that are met together and set anew need one alarm", async () => {
    const clock = new FakeClock();
    using deadlines = new Deadlines(clock, () => undefined);
    const advertise = (master: object) => (): void =>
      deadlines.set(master, at(clock.now() + 100), advertise(master));
    for (let index = 0; index < 250; index++) {
      const master = {};
      deadlines.set(master, at(100), advertise(master));
    }
    const before = clock.alarmsSet;
    await clock.advance(1_000);
    assert.equal(clock.alarmsSet - before, 10);
  });

  it("that may be early are met together before long, each as often as it asks; others keep to their moment", async () => {
    const clock = new FakeClock();
    using deadlines = new Deadlines(clock, () => undefined);
    const met = new Map<object, number>();
    const advertise = (master: object) => (): void => {
      met.set(master, (met.get(master) ?? 0) + 1);
      deadlines.set(master, at(clock.now() + 100), advertise(master), at(clock.now() + 94));
    };
    for (let index = 0; index < 250; index++) {
      const master = {};
      deadlines.set(master, at(index * 0.4), advertise(master), at(index * 0.4));
    }
    const exact: number[] = [];
    deadlines.set({}, at(10_033), () => exact.push(clock.now()));
    await clock.advance(10_000);
    const before = clock.alarmsSet;
    await clock.advance(1_000);
    assert.ok(clock.alarmsSet - before <= 10 * 17 + 1, `${clock.alarmsSet - before} alarms`);
    assert.ok([...met.values()].every((times) => times >= 110 && times <= 112));
    assert.deepEqual(exact, [10_033]);
  });

  describe("that are rehearsed", () => {
    /** Whoever looks at it sees it move on. */
    class WatchedClock extends FakeClock {
      #last = 0;
      override now(): Instant {
        this.#last = Math.max(super.now(), this.#last + 0.01);
        return at(this.#last);
      }
    }
    const rehearsedAt = 10;

    it("are waited for awake, rehearsed once, and met at their moment", async () => {
      const clock = new WatchedClock();
      const told: string[] = [];
      let lookedFor = 0;
      using deadlines = new Deadlines(clock, () => lookedFor++, millis(1));
      const due = (): number => told.push(`met at ${clock.now().toFixed(1)}`);
      deadlines.set({}, at(rehearsedAt), due, at(rehearsedAt), () => told.push("rehearsed"));
      await clock.advance(9.5);
      assert.deepEqual(told, ["rehearsed", "met at 10.0"]);
      assert.ok(lookedFor > 10, `${lookedFor} looks`);
    });

    it("are not rehearsed when what comes in meanwhile puts them off", async () => {
      const clock = new WatchedClock();
      const told: string[] = [];
      const owner = {};
      const rehearse = (): number => told.push("rehearsed");
      const put = (moment: number): void =>
        deadlines.set(owner, at(moment), () => told.push("met"), at(moment), rehearse);
      let isPutOff = false;
      const deadlines: Deadlines = new Deadlines(
        clock,
        () => {
          if (!isPutOff) put(40);
          isPutOff = true;
        },
        millis(1),
      );
      put(rehearsedAt);
      await clock.advance(20);
      assert.deepEqual(told, []);
      await clock.advance(20);
      assert.deepEqual(told, ["rehearsed", "met"]);
      deadlines[Symbol.dispose]();
    });

    it("end the vigil when they are cleared during it", async () => {
      const clock = new WatchedClock();
      const owner = {};
      let looks = 0;
      const deadlines: Deadlines = new Deadlines(
        clock,
        () => {
          if (++looks === 3) deadlines.clear(owner);
        },
        millis(1),
      );
      deadlines.set(
        owner,
        at(rehearsedAt),
        () => assert.fail("it was cleared"),
        at(rehearsedAt),
        () => 0,
      );
      await clock.advance(30);
      assert.equal(looks, 3);
      deadlines[Symbol.dispose]();
    });

    it("and follow each other closely have one vigil together", async () => {
      const clock = new WatchedClock();
      let rehearsals = 0;
      const met: number[] = [];
      using deadlines = new Deadlines(clock, () => undefined, millis(1));
      for (let index = 0; index < 20; index++) {
        const moment = at(rehearsedAt + index * 0.2);
        deadlines.set(
          {},
          moment,
          () => met.push(index),
          moment,
          () => rehearsals++,
        );
      }
      await clock.advance(30);
      assert.equal(met.length, 20);
      assert.equal(rehearsals, 1);
    });
  });

  it("are preceded by what was to happen before them, also when that puts them off", async () => {
    const clock = new FakeClock();
    const owner = {};
    let met = 0;
    const deadlines: Deadlines = new Deadlines(clock, () => {
      if (clock.now() < 15) deadlines.set(owner, at(40), () => met++);
    });
    deadlines.set(owner, at(10), () => met++);
    await clock.advance(20);
    assert.equal(met, 0);
    await clock.advance(20);
    assert.equal(met, 1);
    deadlines[Symbol.dispose]();
  });

  it("tell how late the latest was, once", async () => {
    const clock = new FakeClock();
    using deadlines = new Deadlines(clock, () => undefined);
    deadlines.set({}, at(10), () => undefined);
    await clock.oversleep(35);
    assert.equal(deadlines.takeWorstLateness(), 25);
    assert.equal(deadlines.takeWorstLateness(), 0);
  });
});
