/** Who is master between speakers of ours, and when: seen on the wire and by a client without nginx in between. */
import assert from "node:assert/strict";
import { describe, it, type TestContext } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { millis } from "../../controller/net/time.ts";
import { checkOf } from "../../controller/vrrp/priority.ts";
import type { VirtualRouter } from "../../controller/vrrp/virtual-router.ts";
import { deadline } from "../support/deadline.ts";
import { VIRTUAL_ADDRESS } from "../support/speaker-lab.ts";
import {
  DOWN_MS,
  downMs,
  EXCHANGE_MS,
  type HighAndLow,
  hasRole,
  INTERVAL_MS,
  LOWER,
  openHighAndLow,
  routerOf,
  SLACK_MS,
  startOurs,
} from "../support/vrrp-lan.ts";

const HIGH = "10.9.0.1";
const LOW = "10.9.0.2";
/** Of the higher one. */
const HIGH_DOWN_MS = downMs(3, 200, INTERVAL_MS);

interface Pair extends HighAndLow {
  readonly routers: { readonly high: VirtualRouter; readonly low: VirtualRouter };
}

async function pairOf(t: TestContext, different: Partial<VirtualRouter> = {}): Promise<Pair> {
  const routers = {
    high: routerOf(different),
    low: routerOf({ ...LOWER, ...different }),
  };
  return { ...(await openHighAndLow(t)), routers };
}

/** The one of higher priority is master, the other knows it. */
async function elected(t: TestContext, different: Partial<VirtualRouter> = {}): Promise<Pair> {
  const pair = await pairOf(t, different);
  const healthy = pair.routers.high.tracks.map((track) => ({
    check: checkOf(track),
    verdict: "healthy" as const,
    because: "it runs",
  }));
  pair.high.startSpeaker();
  pair.high.converse([pair.routers.high], healthy);
  await hasRole(pair.high, "master");
  pair.low.startSpeaker();
  pair.low.converse([pair.routers.low], healthy);
  await pair.low.follows(200);
  return pair;
}

describe("two speakers of ours", () => {
  it("E1: the one of priority 200 wins in its time, and the other one sends nothing", async (t) => {
    const { lan, high, low, routers } = await pairOf(t);
    for (const node of [high, low]) {
      node.startSpeaker();
      node.converse([]);
    }
    await deadline("both are there", () => [high, low].every((node) => node.link.state().pid !== null));
    await high.hangUp();
    await low.hangUp();
    high.converse([routers.high]);
    await hasRole(high, "backup");
    low.converse([routers.low]);
    await hasRole(high, "master");
    await lan.isSole(HIGH, "high", 3 * DOWN_MS);
    assert.deepEqual(await lan.advertsOf(LOW), []);
    const listening = high.transitions.find(({ to }) => to === "backup")?.at ?? Number.NaN;
    const [first] = await lan.advertsOf(HIGH);
    const tookMs = (first?.at ?? Number.NaN) - listening;
    t.diagnostic(
      `spoke ${tookMs.toFixed(0)} ms after it began to listen; bound ${HIGH_DOWN_MS.toFixed(0)} ms`,
    );
    assert.ok(tookMs > HIGH_DOWN_MS - 10 && tookMs < HIGH_DOWN_MS + SLACK_MS, `it took ${tookMs} ms`);
    assert.deepEqual(
      lan.watch.spans(VIRTUAL_ADDRESS, 0).map(({ holders }) => holders),
      [["high"]],
    );
  });

  it("F1: the link of the master is cut, version 2, 1 s, backup of priority 100", async (t) => {
    const pair = await elected(t, { version: 2, adverInterval: millis(1000) });
    await survivesCut(t, pair, downMs(2, 100, 1000) + 50);
  });

  for (const interval of [100, 30, 10]) {
    it(`F2: the link of the master is cut, version 3, ${interval} ms, backup of priority 100`, async (t) => {
      const pair = await elected(t, { adverInterval: millis(interval) });
      await survivesCut(t, pair, downMs(3, 100, interval) + 15);
    });
  }

  it("F4: SIGTERM of a master that nobody follows: it says so once, and the address is gone", async (t) => {
    const { lan, high, routers } = await pairOf(t);
    startOurs(high, routers.high);
    await high.holds();
    const since = Date.now();
    await high.endSpeaker("SIGTERM");
    await high.isRid(0);
    const tookMs = Date.now() - since;
    const resignations = (await lan.advertsOf(HIGH, since)).filter(({ priority }) => priority === 0);
    t.diagnostic(`gone after ${tookMs} ms`);
    assert.equal(resignations.length, 1);
    assert.ok(tookMs < 2 * INTERVAL_MS + 1_000, `it took ${tookMs} ms`);
  });

  for (const weight of [null, -150]) {
    it(`F7: a check fails on the master, nobody preempts, ${weight === null ? "without weight" : `weight ${weight}`}`, async (t) => {
      const check = "default/nginx-alive";
      const tracks = [{ check, weight }];
      const { lan, high, low } = await elected(t, { preempt: false, tracks });
      const pings = await lan.ping();
      const since = Date.now();
      high.link.setVerdicts([{ check, verdict: "unhealthy", because: "no process named nginx" }]);
      await low.holds();
      await high.isRid();
      await pings.replied();
      await pings.stop();
      const tookMs = (await lan.advertsOf(LOW, since))[0]?.at ?? Number.NaN;
      t.diagnostic(
        `spoke ${(tookMs - since).toFixed(0)} ms after the verdict, outage ${pings.outage(since).toFixed(0)} ms`,
      );
      // The next advertisement at the latest tells, and the skew of the backup passes.
      assert.ok(tookMs - since < 2 * INTERVAL_MS + SLACK_MS, `it took ${tookMs - since} ms`);
      await lan.isSole(LOW, "low", 3 * DOWN_MS);
    });
  }

  it("F9: the better node returns and preempts: no outage", async (t) => {
    const { lan, high, low, routers } = await elected(t);
    await high.endSpeaker("SIGTERM");
    await low.holds();
    const pings = await lan.ping();
    const since = Date.now();
    startOurs(high, routers.high);
    await high.holds();
    await low.isRid();
    await pings.replied();
    await pings.stop();
    t.diagnostic(`outage ${pings.outage(since).toFixed(1)} ms; ${lan.watch.story(VIRTUAL_ADDRESS, since)}`);
    assert.ok(pings.outage(since) <= 20, `the outage was ${pings.outage(since)} ms`);
    assert.deepEqual(lan.watch.vacant(VIRTUAL_ADDRESS, since), []);
  });

  it("F9: the better node returns and may not preempt: it never does", async (t) => {
    const { lan, high, low, routers } = await elected(t, { preempt: false });
    await high.endSpeaker("SIGTERM");
    await low.holds();
    startOurs(high, routers.high);
    await hasRole(high, "backup");
    await lan.isSole(LOW, "low", 5 * DOWN_MS);
  });

  it("F9: the better node returns and lets the other one be for preemptDelay, then preempts", async (t) => {
    const delay = 2_000;
    const { lan, high, low, routers } = await elected(t, { preemptDelay: millis(delay) });
    await high.endSpeaker("SIGTERM");
    await low.holds();
    startOurs(high, routers.high);
    await hasRole(high, "backup");
    // As the speaker has it: the test may learn of it later.
    const since = high.link.state().routers[0]?.since ?? Number.NaN;
    await lan.isSole(LOW, "low", delay - 500);
    await high.holds();
    await low.isRid();
    await lan.wire.told();
    const waited = (lan.wire.adverts(since).find(({ source }) => source === HIGH)?.at ?? 0) - since;
    t.diagnostic(`spoke ${waited.toFixed(0)} ms after it was there; preemptDelay is ${delay} ms`);
    assert.ok(waited > delay - SLACK_MS && waited < delay + DOWN_MS + SLACK_MS, `it waited ${waited} ms`);
    assert.deepEqual(lan.watch.vacant(VIRTUAL_ADDRESS, since), []);
  });

  it("X7: takes nobody over for startupDelay after it has come up, also where its port passes packets", async (t) => {
    const { lan, high, low, routers } = await pairOf(t);
    const delay = 2_000;
    low.spawn(["ping", "-q", "-i", "0.2", HIGH]);
    const before = Date.now();
    startOurs(high, { ...routers.high, startupDelay: millis(delay) });
    await hasRole(high, "backup");
    // As the speaker has it: the test may learn of it later. The link was seen by it before it had a role.
    const since = high.link.state().routers[0]?.since ?? Number.NaN;
    await high.holds();
    const spoke = (await lan.advertsOf(HIGH))[0]?.at ?? 0;
    const waited = `spoke ${(spoke - before).toFixed(0)} ms after its start, as backup for ${(spoke - since).toFixed(0)} ms`;
    t.diagnostic(`${waited}; startupDelay is ${delay} ms`);
    assert.ok(spoke - before > delay && spoke - since < delay + DOWN_MS + SLACK_MS, waited);
  });

  it("X7: its port swallows everything for longer than startupDelay: it waits, and takes over when it hears", async (t) => {
    const { lan, high, low, routers } = await pairOf(t);
    startOurs(low, routers.low);
    await low.holds();
    const since = Date.now();
    high.blockPort();
    startOurs(high, { ...routers.high, startupDelay: millis(1_000) });
    await hasRole(high, "backup");
    await deadline("it says what it waits for", () => /nothing has come in on eth0/.test(high.because));
    await lan.isSole(LOW, "low", 5_000);
    assert.equal(high.run("cat /sys/class/net/eth0/carrier").trim(), "1");
    const opened = Date.now();
    high.port("master br0");
    await high.holds();
    await low.isRid();
    await lan.watch.told();
    t.diagnostic(`blocked for ${opened - since} ms; held ${Date.now() - opened} ms after the port was open`);
    assert.deepEqual(lan.watch.vacant(VIRTUAL_ADDRESS, since), []);
    assert.deepEqual(
      high.transitions.map(({ to }) => to),
      ["backup", "master"],
    );
  });

  it("F11: the backup is killed: the master is undisturbed", async (t) => {
    const { lan, high, low } = await elected(t);
    const told = high.transitions.length;
    const pings = await lan.ping();
    const since = Date.now();
    await low.endSpeaker("SIGKILL");
    await lan.isSole(HIGH, "high", 3 * DOWN_MS);
    await pings.stop();
    const adverts = await lan.advertsOf(HIGH, since);
    const pauses = adverts.slice(1).map(({ at }, index) => at - (adverts[index]?.at ?? 0));
    t.diagnostic(
      `${pings.count} pings, ${pings.lost} lost; longest pause ${Math.max(...pauses).toFixed(0)} ms`,
    );
    assert.equal(pings.lost, 0);
    assert.equal(high.transitions.length, told);
  });

  it("F12: all restart together: one owner within the time of the best one, and it stays", async (t) => {
    const { lan, high, low, routers } = await elected(t);
    await Promise.all([high.endSpeaker("SIGTERM"), low.endSpeaker("SIGTERM")]);
    assert.deepEqual(lan.lab.holders, []);
    for (const node of [high, low]) node.transitions.length = 0;
    const since = Date.now();
    startOurs(high, routers.high);
    startOurs(low, routers.low);
    await high.holds();
    await low.isRid();
    await sleep(EXCHANGE_MS);
    await lan.isSole(HIGH, "high", 3 * DOWN_MS);
    const listening = high.transitions.find(({ to }) => to === "backup")?.at ?? Number.NaN;
    const master = high.transitions.find(({ to }) => to === "master")?.at ?? Number.NaN;
    t.diagnostic(
      `best one master ${master - listening} ms after it listened; ${lan.watch.story(VIRTUAL_ADDRESS, since)}`,
    );
    assert.ok(master - listening < DOWN_MS + SLACK_MS, `it took ${master - listening} ms`);
    assert.equal(high.transitions.filter(({ to }) => to === "master").length, 1);
  });
});

const SAMPLES_MAX = 3;

/**
 * A sample of a cut cable against the bound, and others where it is none or misses it: a machine of two cores may pause longer
 * than 10 ms by itself. When the client itself was paused for all of it, it has missed nothing and seen nothing. All are told;
 * who wants spreads runs the benchmark.
 */
async function survivesCut(t: TestContext, pair: Pair, boundMs: number): Promise<void> {
  const outages: number[] = [];
  const isShort = (): boolean => outages.some((each) => each > 0 && each <= boundMs);
  while (!isShort() && outages.length < SAMPLES_MAX) {
    if (outages.length > 0) {
      pair.high.port("up");
      await pair.high.holds();
      await pair.low.isRid();
    }
    outages.push(await cut(pair, boundMs));
  }
  const told = outages.map((outage) => outage.toFixed(0)).join(", then ");
  t.diagnostic(`outage ${told} ms, bound ${boundMs.toFixed(0)} ms`);
  assert.ok(isShort(), `the outage was ${told} ms`);
}

async function cut({ lan, high }: Pair, boundMs: number): Promise<number> {
  const pings = await lan.ping();
  const since = Date.now();
  high.port("down");
  await deadline("another one has it", () => lan.lab.holders.includes("low"), boundMs + 5_000);
  await pings.replied();
  await pings.stop();
  return pings.outage(since);
}
