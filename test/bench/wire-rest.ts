/** Memory and processor of one router that nothing disturbs, at one second. */
import { setTimeout as sleep } from "node:timers/promises";
import { megabytes, processorMs } from "./proc.ts";
import type { Sample } from "./statistics.ts";
import type { WireArena } from "./wire-arena.ts";
import type { WireContestant } from "./wire-contestants.ts";
import { endPair, startPair } from "./wire-scenarios.ts";

const REST_MS = 20_000;

export async function atRest(arena: WireArena, contestant: WireContestant): Promise<readonly Sample[]> {
  const pair = await startPair(arena, contestant, {
    version: 3,
    intervalMs: 1000,
    routers: 1,
    addressesEach: 1,
  });
  await sleep(6000);
  const before = processorMs(pair.a.pids);
  await sleep(REST_MS);
  const sample = (what: string, unit: string, value: number): Sample => ({
    contestant: contestant.name,
    what: `1 router, v3 1000 ms: ${what}`,
    unit,
    value,
  });
  const samples = [
    sample("processor, master", "%", ((processorMs(pair.a.pids) - before) * 100) / REST_MS),
    sample("resident memory, master", "MB", megabytes(pair.a.pids, "Rss")),
    sample("the same, shared pages divided by their users", "MB", megabytes(pair.a.pids, "Pss")),
  ];
  await endPair(arena, pair);
  return samples;
}
