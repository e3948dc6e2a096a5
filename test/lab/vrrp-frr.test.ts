/** FRR's vrrpd as the other node, winning and losing: version 3 over IPv4, at 100 ms. */
import assert from "node:assert/strict";
import { describe, it, type TestContext } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { deadline } from "../support/deadline.ts";
import { FRR, startFrr } from "../support/speaker-frr.ts";
import type { LabNode } from "../support/speaker-lab.ts";
import {
  DOWN_MS,
  EXCHANGE_MS,
  hasRole,
  INTERVAL_MS,
  LOWER,
  openVrrpLan,
  routerOf,
  SLACK_MS,
  startOurs,
  type VrrpLan,
} from "../support/vrrp-lan.ts";

const OURS = "10.9.0.1";
const THEIRS = "10.9.0.2";

async function lanOf(
  t: TestContext,
): Promise<{ readonly lan: VrrpLan; readonly ours: LabNode; readonly theirs: LabNode }> {
  const lan = await openVrrpLan(t, "ours", "theirs");
  return { lan, ours: lan.node(0), theirs: lan.node(1) };
}

/** Nobody else has sent since. */
async function onlySends(lan: VrrpLan, source: string, forMs: number): Promise<void> {
  const since = Date.now();
  await sleep(forMs);
  await lan.wire.told();
  assert.deepEqual([...new Set(lan.wire.adverts(since).map((advert) => advert.source))], [source]);
}

describe("FRR's vrrpd", () => {
  it("E2: of lower priority follows us, takes over when we stop or are killed, and gives way when we return", async (t) => {
    const { lan, ours, theirs } = await lanOf(t);
    startOurs(ours, routerOf());
    await ours.holds();
    const peer = startFrr(theirs, { version: 3, interval: INTERVAL_MS, priority: 100 });
    await deadline("it listens", () => peer.isBackup);
    await onlySends(lan, OURS, 3 * DOWN_MS);

    const pings = await lan.ping();
    const stopped = Date.now();
    await ours.endSpeaker("SIGTERM");
    await deadline("it is master", () => peer.isMaster);
    await pings.replied();
    await ours.isRid();
    startOurs(ours, routerOf());
    await hasRole(ours, "master");
    await deadline("it gives way", () => peer.isBackup);
    await pings.replied();
    await pings.stop();
    t.diagnostic(`SIGTERM and return: outage ${pings.outage(stopped).toFixed(1)} ms, ${pings.lost} lost`);
    await onlySends(lan, OURS, 3 * DOWN_MS);
    assert.ok(pings.outage(stopped) <= 20, `the outage was ${pings.outage(stopped)} ms`);

    await ours.endSpeaker("SIGKILL");
    await deadline("it is master again", () => peer.isMaster);
    const last = (await lan.advertsOf(OURS)).at(-1);
    const first = (await lan.advertsOf(THEIRS, last?.at)).at(0);
    const silence = (first?.at ?? 0) - (last?.at ?? 0);
    t.diagnostic(
      `SIGKILL: ${silence.toFixed(0)} ms after our last word, its master-down interval is ${DOWN_MS} ms`,
    );
    // FRR counts in hundredths of a second: its timers may be shorter by one for each term.
    assert.ok(silence > DOWN_MS - 20 && silence < DOWN_MS + SLACK_MS, `it waited ${silence} ms`);
  });

  it("E5: of higher priority is master before us, we are silent, and take over in our time when it is gone", async (t) => {
    const { lan, ours, theirs } = await lanOf(t);
    const peer = startFrr(theirs, { version: 3, interval: INTERVAL_MS, priority: 200 });
    await deadline("it is master", () => peer.isMaster);
    startOurs(ours, routerOf(LOWER));
    await hasRole(ours, "backup");
    await onlySends(lan, THEIRS, 3 * DOWN_MS);
    await deadline("we say whom we follow", () => /10\.9\.0\.2 advertises priority 200/.test(ours.because));
    assert.equal(ours.isHolding, false);
    assert.ok(lan.wire.announcements().some(({ mac }) => mac === FRR.ipv4.mac.replaceAll(":", "")));

    const pings = await lan.ping();
    await peer.end("SIGKILL");
    await ours.holds();
    const last = (await lan.advertsOf(THEIRS)).at(-1);
    const first = (await lan.advertsOf(OURS)).at(0);
    const silence = (first?.at ?? 0) - (last?.at ?? 0);
    t.diagnostic(
      `SIGKILL: we spoke ${silence.toFixed(0)} ms after its last word, our interval is ${DOWN_MS} ms`,
    );
    assert.ok(silence > DOWN_MS - 5 && silence < DOWN_MS + SLACK_MS, `we waited ${silence} ms`);
    // Its macvlan answers for the address still: the kernel's, not vrrpd's.
    theirs.run(`ip link del ${FRR.ipv4.macvlan}`);
    await pings.replied();
    await pings.stop();

    const returned = startFrr(theirs, { version: 3, interval: INTERVAL_MS, priority: 200 });
    await deadline("it is master again", () => returned.isMaster);
    await hasRole(ours, "backup");
    await ours.isRid(EXCHANGE_MS + 500);
    await onlySends(lan, THEIRS, 3 * DOWN_MS);
    await returned.end();
    await hasRole(ours, "master");
    t.diagnostic(`client: ${pings.lost} of ${pings.count} lost`);
  });
});
