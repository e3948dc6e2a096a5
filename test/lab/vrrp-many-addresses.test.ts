/** 201 addresses taken over at once: how soon each is announced, how fast, how often, and beside keepalived. */
import assert from "node:assert/strict";
import { describe, it, type TestContext } from "node:test";
import { formatIpPrefix } from "../../controller/net/ip.ts";
import { deadline } from "../support/deadline.ts";
import { startTerseKeepalived } from "../support/speaker-keepalived.ts";
import type { LabNode } from "../support/speaker-lab.ts";
import {
  hasRole,
  INTERVAL_MS,
  LOWER,
  manyPrefixes,
  openHighAndLow,
  routerOf,
  startOurs,
  type VrrpLan,
} from "../support/vrrp-lan.ts";
import type { SeenAnnouncement } from "../support/wire-watch.ts";

const HIGH = "10.9.0.1";
const LOW = "10.9.0.2";
const MANY = 201;
const ADDRESSES = manyPrefixes(MANY);
const ROUNDS = 6;
/** The pace, as the guide has it. */
const FIRST_MAX = 256;
const FIRST_WITHIN_MS = 2;
const REPETITIONS_PER_SECOND = 1_000;
/** The last round begins after 5 s and what the others took, each 201 ms. */
const ALL_ROUNDS_MS = 10_000;
/** Of ours beside keepalived, which on a quiet machine is the later one: a busy one may be so in one of the two's turns. */
const LATER_MAX_MS = 50;
/** One run of each says little: the machine may be busy in one of them. */
const RUNS = 3;

interface Takeover {
  /** From the dead master's last word to when the last address was announced. */
  readonly wholeMs: number;
  /** From the successor's first word on. */
  readonly announcingMs: number;
  readonly announcements: readonly SeenAnnouncement[];
  readonly longestPauseMs: number;
}

type Successor = (low: LabNode, lan: VrrpLan) => Promise<void>;

const ours: Successor = async (low) => {
  startOurs(low, routerOf({ ...LOWER, addresses: ADDRESSES }));
  await low.follows(200);
};

const keepalived: Successor = async (low) => {
  const terms = { version: 3, interval: INTERVAL_MS, priority: LOWER.basePriority } as const;
  await startTerseKeepalived(low, { ...terms, addresses: ADDRESSES.map(formatIpPrefix) }).listens();
};

async function takeover(t: TestContext, successor: Successor, rounds: number): Promise<Takeover> {
  const { lan, high, low } = await openHighAndLow(t);
  startOurs(high, routerOf({ addresses: ADDRESSES }));
  await hasRole(high, "master");
  await successor(low, lan);
  await high.endSpeaker("SIGKILL");
  const lowMac = /ether (\S+)/.exec(low.run("ip link show dev eth0"))?.[1]?.replaceAll(":", "");
  const announced = (): SeenAnnouncement[] => lan.wire.announcements().filter(({ mac }) => mac === lowMac);
  await deadline("all are announced", () => announced().length >= rounds * MANY, ALL_ROUNDS_MS);
  await lan.wire.told();
  const lastWord = (await lan.advertsOf(HIGH)).at(-1)?.at ?? Number.NaN;
  const adverts = (await lan.advertsOf(LOW)).map(({ at }) => at);
  const firstWord = adverts[0] ?? Number.NaN;
  const announcements = announced();
  const firstOfEach = new Map(announcements.toReversed().map(({ address, at }) => [address, at]));
  assert.equal(firstOfEach.size, MANY);
  const last = Math.max(...firstOfEach.values());
  return {
    wholeMs: last - lastWord,
    announcingMs: last - firstWord,
    announcements,
    longestPauseMs: Math.max(...adverts.slice(1).map((at, index) => at - (adverts[index] ?? at))),
  };
}

/** Of announcements in any time of that length. */
function mostWithin(announcements: readonly SeenAnnouncement[], spanMs: number): number {
  let oldest = 0;
  let most = 0;
  for (const [newest, { at }] of announcements.entries()) {
    while ((announcements[oldest]?.at ?? at) <= at - spanMs) oldest++;
    most = Math.max(most, newest - oldest + 1);
  }
  return most;
}

const median = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;

describe(`${MANY} addresses`, () => {
  it("F10: are each announced within 200 ms of the takeover, no advertisement is late, and the pace is kept", async (t) => {
    const { announcingMs, announcements, longestPauseMs } = await takeover(t, ours, ROUNDS);
    const order = ADDRESSES.map(({ address }) => address);
    const first = announcements.slice(0, MANY);
    const repetitions = announcements.slice(MANY);
    const [burst, repeated] = [mostWithin(first, FIRST_WITHIN_MS), mostWithin(repetitions, 100)];
    t.diagnostic(
      `the last of ${MANY} after ${announcingMs.toFixed(0)} ms; longest pause ${longestPauseMs.toFixed(0)} ms; ` +
        `at most ${burst} in ${FIRST_WITHIN_MS} ms, repetitions at most ${repeated} in 100 ms`,
    );
    assert.ok(announcingMs <= 200, `the last one came after ${announcingMs} ms`);
    assert.ok(longestPauseMs < 2 * INTERVAL_MS, `a pause of ${longestPauseMs} ms`);
    assert.deepEqual(
      announcements.map(({ address }) => address),
      Array.from({ length: ROUNDS }, () => order).flat(),
    );
    assert.ok(burst <= FIRST_MAX, `${burst} in ${FIRST_WITHIN_MS} ms`);
    // Each a single time: keepalived's burst has four repetitions in it.
    assert.equal(mostWithin(announcements, FIRST_WITHIN_MS), burst);
    // The tenth part of a second and, at its edges, groups of 8.
    assert.ok(repeated <= REPETITIONS_PER_SECOND / 10 + 16, `${repeated} repetitions in 100 ms`);
  });

  it(`F10: are all announced within ${LATER_MAX_MS} ms of when keepalived would have announced them`, async (t) => {
    const whole: { ours: number[]; keepalived: number[] } = { ours: [], keepalived: [] };
    for (let run = 0; run < RUNS; run++) {
      whole.ours.push((await takeover(t, ours, 1)).wholeMs);
      whole.keepalived.push((await takeover(t, keepalived, 1)).wholeMs);
    }
    const story = Object.entries(whole).map(
      ([who, times]) => `${who} ${times.map((ms) => ms.toFixed(0)).join(", ")} ms`,
    );
    t.diagnostic(`from the master's last word to the last announcement: ${story.join("; ")}`);
    const laterMs = median(whole.ours) - median(whole.keepalived);
    assert.ok(laterMs <= LATER_MAX_MS, story.join("; "));
  });
});
