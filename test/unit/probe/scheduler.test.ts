/** The rhythm of the checks, on a clock that a test moves. */
import assert from "node:assert/strict";
import { afterEach, beforeEach, describe, it } from "node:test";
import type { Check } from "../../../controller/health/probe.ts";
import type { Remembered } from "../../../controller/health/verdict.ts";
import { millis, type WallTime } from "../../../controller/net/time.ts";
import { ProbeScheduler } from "../../../controller/probe/scheduler.ts";
import { FakeClock } from "../../support/fake-clock.ts";
import { FakeLog } from "../../support/fake-log.ts";
import { aCheck, FakeProber } from "../../support/fake-prober.ts";

let clock: FakeClock;
let prober: FakeProber;
let log: FakeLog;
let stopping: AbortController;
let running: Promise<void>;
let scheduler: ProbeScheduler;
let told: number;
let chance: number;

function start(restore: ReadonlyMap<string, Remembered> = new Map()): void {
  scheduler = new ProbeScheduler({ clock, prober, log, random: () => chance, restore });
  scheduler.onChange(() => {
    told += 1;
  });
  running = scheduler.run(stopping.signal);
}

beforeEach(() => {
  clock = new FakeClock();
  prober = new FakeProber(clock);
  log = new FakeLog();
  stopping = new AbortController();
  told = 0;
  chance = 0.5;
  start();
});
afterEach(async () => {
  stopping.abort();
  await clock.advance(60_000);
  await running;
});

const verdictOf = (id: string): string | undefined => scheduler.standings().get(id)?.verdict;
const becauseOf = (id: string): string | undefined => scheduler.standings().get(id)?.because;
const asked = (name: string): readonly number[] => prober.target(name).asked;
const slowBackend = (index: number): Check =>
  aCheck(`b${index}`, { probe: { type: "tcp", host: `10.0.0.${index}`, port: 80 } });

describe("a check", () => {
  it("is asked at once, and then at its interval from start to start", async () => {
    prober.target("x").slowness = millis(300);
    scheduler.setChecks([aCheck("x")]);
    await clock.advance(3500);
    assert.deepEqual(asked("x"), [0, 1000, 2000, 3000]);
    assert.equal(verdictOf("x"), "healthy");
  });

  it("that answers more slowly than its interval is never asked twice at once", async () => {
    prober.target("x").slowness = millis(2500);
    scheduler.setChecks([aCheck("x", { timeout: millis(3000) })]);
    await clock.advance(6000);
    assert.deepEqual(asked("x"), [0, 2525, 5050]);
  });

  it("is moved by its jitter, to either side", async () => {
    scheduler.setChecks([aCheck("x", { jitter: 20 })]);
    await clock.advance(100);
    chance = 0;
    await clock.advance(1000);
    chance = 1;
    await clock.advance(2000);
    assert.deepEqual(asked("x"), [0, 1000, 1800, 3000]);
  });

  it("falls and rises as it says, and tells of each change once", async () => {
    scheduler.setChecks([aCheck("x", { rise: 3 })]);
    await clock.advance(500);
    assert.equal(told, 1);
    prober.target("x").fail("HTTP 502");
    await clock.advance(1000);
    assert.deepEqual([verdictOf("x"), told], ["healthy", 1]);
    await clock.advance(1000);
    assert.deepEqual([verdictOf("x"), told], ["unhealthy", 2]);
    assert.equal(becauseOf("x"), "2 failures in a row: HTTP 502");
    prober.target("x").succeed();
    await clock.advance(2000);
    assert.deepEqual([verdictOf("x"), told], ["unhealthy", 2]);
    await clock.advance(1000);
    assert.deepEqual([verdictOf("x"), told], ["healthy", 3]);
  });

  it("tells of new words too, but not with every answer of a target that never says the same", async () => {
    scheduler.setChecks([aCheck("x")]);
    await clock.advance(500);
    for (let second = 0; second < 20; second++) {
      prober.target("x").succeed(`load ${second}`);
      await clock.advance(1000);
    }
    assert.equal(becauseOf("x"), "load 19");
    assert.ok(told >= 4 && told <= 5, `told ${told} times in 20 s`);
  });

  it("tells of words that changed while they were not to be told, even when they then stay", async () => {
    scheduler.setChecks([aCheck("x")]);
    await clock.advance(500);
    prober.target("x").succeed("another pid");
    await clock.advance(2000);
    assert.equal(told, 1);
    await clock.advance(5000);
    assert.equal(told, 2);
  });
});

describe("a hint", () => {
  it("has the check asked at once, counts as one answer, and begins the rhythm anew", async () => {
    scheduler.setChecks([aCheck("x")]);
    await clock.advance(300);
    prober.target("x").fail();
    prober.target("x").hint();
    await clock.advance(0);
    assert.deepEqual(asked("x"), [0, 300]);
    assert.equal(verdictOf("x"), "healthy");
    await clock.advance(949);
    assert.equal(verdictOf("x"), "healthy");
    await clock.advance(1);
    assert.deepEqual(asked("x"), [0, 300, 1250]);
    assert.equal(verdictOf("x"), "unhealthy");
  });

  it("alone decides where fall is 1", async () => {
    scheduler.setChecks([aCheck("x", { fall: 1, interval: millis(60_000) })]);
    await clock.advance(300);
    prober.target("x").fail();
    prober.target("x").hint();
    await clock.advance(0);
    assert.equal(verdictOf("x"), "unhealthy");
  });

  it("that comes during a probe is not lost", async () => {
    prober.target("x").slowness = millis(100);
    scheduler.setChecks([aCheck("x")]);
    await clock.advance(20);
    prober.target("x").fail();
    prober.target("x").hint();
    await clock.advance(400);
    assert.deepEqual(asked("x"), [0, 125]);
  });

  it("storm is no storm of probes", async () => {
    scheduler.setChecks([aCheck("x")]);
    for (let index = 0; index < 1000; index++) {
      prober.target("x").hint();
      await clock.advance(1);
    }
    assert.ok(asked("x").length <= 41, `${asked("x").length} probes in a second`);
  });

  it("is not listened for any more when the check is gone", async () => {
    scheduler.setChecks([aCheck("x")]);
    await clock.advance(100);
    scheduler.setChecks([]);
    await clock.advance(0);
    assert.equal(prober.target("x").hints.size, 0);
  });
});

describe("a process that was held up", () => {
  it("does not make good for the turns that it missed", async () => {
    scheduler.setChecks([aCheck("x")]);
    await clock.advance(100);
    await clock.oversleep(60_000);
    await clock.advance(900);
    assert.equal(asked("x").length, 2);
  });

  it("does not take its own sleep for a time-out of the target", async () => {
    scheduler.setChecks([aCheck("x", { fall: 1 })]);
    await clock.advance(900);
    prober.target("x").slowness = millis(500);
    prober.target("x").fail("no answer within 500ms");
    await clock.advance(200);
    prober.target("x").succeed();
    await clock.oversleep(60_000);
    assert.equal(verdictOf("x"), "healthy");
    await clock.advance(100);
    assert.equal(asked("x").length, 3);
    assert.equal(told, 1);
  });
});

describe("a new list of checks", () => {
  it("leaves those alone that stay the same", async () => {
    scheduler.setChecks([aCheck("x"), aCheck("y")]);
    await clock.advance(500);
    scheduler.setChecks([aCheck("x")]);
    scheduler.setChecks([aCheck("z"), aCheck("x")]);
    await clock.advance(600);
    assert.deepEqual(asked("x"), [0, 1000]);
    assert.deepEqual(asked("y"), [0]);
    assert.deepEqual([...scheduler.standings().keys()].sort(), ["x", "z"]);
  });

  it("asks a changed check anew at once, and keeps its verdict until the answers change it", async () => {
    prober.target("x").fail();
    scheduler.setChecks([aCheck("x")]);
    await clock.advance(500);
    const { since } = scheduler.standings().get("x") ?? {};
    prober.target("x").succeed();
    scheduler.setChecks([aCheck("x", { interval: millis(700) })]);
    await clock.advance(0);
    assert.deepEqual([verdictOf("x"), scheduler.standings().get("x")?.since], ["unhealthy", since]);
    await clock.advance(700);
    assert.deepEqual(asked("x"), [0, 500, 1200]);
    assert.equal(verdictOf("x"), "healthy");
  });

  it("lets the probe of a changed check end before the next begins", async () => {
    prober.target("x").slowness = millis(400);
    prober.target("x").reluctance = millis(200);
    scheduler.setChecks([aCheck("x")]);
    await clock.advance(100);
    for (let index = 1; index < 5; index++) {
      scheduler.setChecks([aCheck("x", { interval: millis(1000 + index) })]);
      scheduler.setChecks([]);
    }
    scheduler.setChecks([aCheck("x", { interval: millis(2000) })]);
    await clock.advance(1000);
    assert.equal(verdictOf("x"), "healthy");
    assert.deepEqual(asked("x"), [0, 300]);
  });

  it("that names a check twice has it asked once", async () => {
    scheduler.setChecks([aCheck("x"), aCheck("x")]);
    await clock.advance(1500);
    assert.deepEqual(asked("x"), [0, 1000]);
  });
});

describe("checks of one rhythm", () => {
  it("share the wakes of the process, however long each takes to answer and whenever it was first asked", async () => {
    prober.target("x").slowness = millis(3);
    prober.target("y").slowness = millis(11);
    scheduler.setChecks([aCheck("x"), aCheck("y"), aCheck("z", { interval: millis(2000) })]);
    await clock.advance(1500);
    const { wakes } = clock;
    await clock.advance(10_000);
    // The fake targets x and y answer by the same clock: three wakes per second of which one is ours.
    assert.equal(clock.wakes - wakes, 30);
  });

  it("find together again when one was asked in between, each turn a little earlier", async () => {
    scheduler.setChecks([aCheck("x"), aCheck("y")]);
    await clock.advance(1170);
    prober.target("y").hint();
    await clock.advance(5000);
    assert.deepEqual(asked("x"), [0, 1000, 2000, 3000, 4000, 5000, 6000]);
    assert.deepEqual(asked("y"), [0, 1000, 1170, 2120, 3070, 4020, 5000, 6000]);
  });

  it("are not moved when they are not asked every so many seconds", async () => {
    await clock.advance(1007);
    scheduler.setChecks([aCheck("x", { interval: millis(990) })]);
    await clock.advance(1000);
    assert.deepEqual(asked("x"), [1007, 1997]);
  });
});

describe("many checks", () => {
  it("are spread a little in their first round, and never beyond an interval", async () => {
    let turn = 0;
    chance = 0;
    const next = (): number => {
      turn = (turn + 0.37) % 1;
      return turn;
    };
    const many = Array.from({ length: 200 }, (_, index) => aCheck(`x${index}`));
    const spread = new ProbeScheduler({ clock, prober, log, random: next, restore: new Map() });
    const spreading = spread.run(stopping.signal);
    spread.setChecks(many);
    await clock.advance(1000);
    const first = many.map(({ id }) => asked(id)[0] ?? Number.NaN);
    assert.ok(Math.max(...first) - Math.min(...first) > 800);
    assert.ok(Math.max(...first) <= 1000);
    await clock.advance(30_000);
    const apart = new Set(many.map(({ id }) => Math.round((asked(id).at(-1) ?? 0) % 1000)));
    assert.ok(apart.size > 90, `${apart.size} moments`);
    stopping.abort();
    await spreading;
  });

  it("that wait for an answer are limited in number, and hold up no look at this node", async () => {
    const backends = Array.from({ length: 600 }, (_, index) => slowBackend(index));
    for (const { probe } of backends)
      if (probe.type === "tcp") prober.target(`${probe.host}:80`).slowness = millis(900);
    chance = 0;
    scheduler.setChecks([...backends, aCheck("nginx", { fall: 1 })]);
    await clock.advance(400);
    assert.equal(prober.underWay, 256);
    prober.target("nginx").fail();
    prober.target("nginx").hint();
    await clock.advance(0);
    assert.equal(verdictOf("nginx"), "unhealthy");
  });
});

describe("a restarted agent", () => {
  it("begins with the verdicts from before, and changes them only by answers in a row", async () => {
    stopping.abort();
    stopping = new AbortController();
    const since = 5 as WallTime;
    start(new Map([["x", { verdict: "unhealthy" as const, because: "HTTP 502", since }]]));
    scheduler.setChecks([aCheck("x")]);
    assert.equal(verdictOf("x"), "unhealthy");
    await clock.advance(500);
    assert.deepEqual([verdictOf("x"), told], ["unhealthy", 0]);
    await clock.advance(1000);
    assert.deepEqual([verdictOf("x"), told], ["healthy", 1]);
  });

  it("does not give a check that went and came back the verdict of long ago", async () => {
    stopping.abort();
    stopping = new AbortController();
    const remembered = { verdict: "unhealthy" as const, because: "HTTP 502", since: 5 as WallTime };
    start(new Map([["x", remembered]]));
    scheduler.setChecks([aCheck("x")]);
    await clock.advance(5000);
    scheduler.setChecks([]);
    scheduler.setChecks([aCheck("x")]);
    assert.equal(verdictOf("x"), "pending");
  });
});

it("ends only when the last probe has ended", async () => {
  prober.target("x").slowness = millis(400);
  prober.target("x").reluctance = millis(200);
  scheduler.setChecks([aCheck("x")]);
  await clock.advance(100);
  let hasEnded = false;
  const ending = running.then(() => {
    hasEnded = true;
  });
  stopping.abort();
  await clock.advance(199);
  assert.equal(hasEnded, false);
  await clock.advance(1);
  await ending;
  assert.equal(prober.underWay, 0);
});

it("ends with the failure of a prober that breaks its promise", async () => {
  const bug = new Error("a bug");
  const broken = new ProbeScheduler({
    clock,
    log,
    random: () => 0,
    restore: new Map(),
    prober: { probe: () => Promise.reject(bug), onHint: () => null },
  });
  broken.setChecks([aCheck("x")]);
  const failing = assert.rejects(broken.run(stopping.signal), bug);
  await clock.advance(0);
  await failing;
});
