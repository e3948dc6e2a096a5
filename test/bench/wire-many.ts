/** 250 routers on one interface: left alone for a while, then all of them fail over at once. */
import { setTimeout as sleep } from "node:timers/promises";
import { millis } from "../../controller/net/time.ts";
import { masterDownInterval } from "../../controller/vrrp/timing.ts";
import { deadline } from "../support/deadline.ts";
import { advertsIn, capture, firstAnnouncements, latenesses, quantile } from "./pcap.ts";
import { megabytes, processorMs } from "./proc.ts";
import type { Sample } from "./statistics.ts";
import { heldBy, MANY, macOf, type WireArena, type WireTerms } from "./wire-arena.ts";
import type { RunningContestant, WireContestant } from "./wire-contestants.ts";
import { endPair, ms, type Pair, startPair } from "./wire-scenarios.ts";

export const ROUTERS_MANY = 250;
const CAPTURE_MS = 5_000;
const BACKUP_PRIORITY = 100;

/** `undisturbedMs`: for how long false changes of role are counted. */
export async function manyRouters(
  arena: WireArena,
  contestant: WireContestant,
  { intervalMs, undisturbedMs }: { readonly intervalMs: number; readonly undisturbedMs: number },
): Promise<readonly Sample[]> {
  const terms: WireTerms = { version: 3, intervalMs, routers: ROUTERS_MANY, addressesEach: 1 };
  const what = `${ROUTERS_MANY} routers, v3 ${intervalMs} ms`;
  const sample = (detail: string, unit: string, value: number): Sample => ({
    contestant: contestant.name,
    what: `${what}: ${detail}`,
    unit,
    value,
  });
  const pair = await startPair(arena, contestant, terms);
  // The repetitions of the announcements are over by then.
  await sleep(6000);
  const before = { changes: changesOf(pair), a: processorMs(pair.a.pids), b: processorMs(pair.b.pids) };
  await sleep(undisturbedMs);
  const load = (running: RunningContestant, then: number): number =>
    ((processorMs(running.pids) - then) * 100) / undisturbedMs;
  const samples = [
    sample("false changes of role", "", changesOf(pair) - before.changes),
    sample("processor, master", "%", load(pair.a, before.a)),
    sample("processor, backup", "%", load(pair.b, before.b)),
    sample("resident memory, master", "MB", megabytes(pair.a.pids, "Rss")),
    sample("the same, shared pages divided by their users", "MB", megabytes(pair.a.pids, "Pss")),
    ...(await lateness(arena, sample, intervalMs)),
  ];
  const outages = await failover(arena, intervalMs);
  await endPair(arena, pair);
  const bound = masterDownInterval(3, BACKUP_PRIORITY, millis(intervalMs));
  return [
    ...samples,
    sample("failover, addresses announced", "", outages.length),
    ms(
      contestant,
      `${what}: failover of the last beyond the bound of ${bound.toFixed(0)} ms`,
      Math.max(...outages) - bound,
    ),
  ];
}

/** For each router the time from its last advertisement to the announcement of its address by the other node, in ms. */
async function failover(arena: WireArena, intervalMs: number): Promise<readonly number[]> {
  const capturing = await capture(arena.client, "arp or ip proto 112");
  // Each has advertised by then.
  await sleep(2 * intervalMs);
  const cutAt = arena.cut(arena.a);
  await deadline("b holds all", () => heldBy(arena.b) === ROUTERS_MANY, 15_000, 100);
  await sleep(1000);
  const frames = await capturing.stop();
  arena.mend(arena.a);
  const lastOf = new Map<string, number>();
  for (const { at, source, virtualRouterID } of advertsIn(frames)) {
    if (source === arena.a.address) lastOf.set(`${MANY}.${virtualRouterID}`, at);
  }
  const announced = firstAnnouncements(frames, { mac: macOf(arena.b), from: cutAt });
  return [...announced].map(([address, at]) => at - (lastOf.get(address) ?? cutAt));
}

const changesOf = ({ a, b }: Pair): number => a.changesOfRole + b.changesOfRole;

async function lateness(
  arena: WireArena,
  sample: (detail: string, unit: string, value: number) => Sample,
  intervalMs: number,
): Promise<readonly Sample[]> {
  const capturing = await capture(arena.client, "ip proto 112");
  await sleep(CAPTURE_MS);
  const late = latenesses(advertsIn(await capturing.stop()), intervalMs);
  return [
    sample("lateness of advertisements, p99", "ms", quantile(late, 0.99)),
    sample("lateness of advertisements, worst", "ms", late.at(-1) ?? Number.NaN),
  ];
}
