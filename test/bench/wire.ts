/** The scenarios on the wire by name, and how often each is played: contestants in turns on the same lab. */

import type { Sample } from "./statistics.ts";
import { WireArena } from "./wire-arena.ts";
import { HOLDFAST_SPEAKER, KEEPALIVED_ALONE, type WireContestant } from "./wire-contestants.ts";
import { manyRouters } from "./wire-many.ts";
import { atRest } from "./wire-rest.ts";
import { crash, firstCrash, killAll, manyAddresses, removeByHand, terminate } from "./wire-scenarios.ts";

export interface WireOptions {
  readonly runs: number;
  /** `runs` is what somebody wants, not what is usual. */
  readonly areRunsAsked: boolean;
  readonly isLong: boolean;
  readonly signal: AbortSignal;
  progress(step: string): void;
}

type Play = (
  arena: WireArena,
  contestant: WireContestant,
  options: WireOptions,
) => Promise<readonly Sample[]>;

interface WireScenario {
  /** Played as often as asked for; or once, where one go measures hundreds of things, unless somebody asks for more. */
  readonly isRepeated: "always" | "if-asked" | "never";
  readonly plays: readonly Play[];
}

const UNDISTURBED_MS = 10_000;
const UNDISTURBED_LONG_MS = 60_000;

const crashing =
  (version: 2 | 3, intervalMs: number): Play =>
  (arena, contestant, { runs }) =>
    crash(arena, contestant, [version, intervalMs], { runs });

const many =
  (intervalMs: number): Play =>
  (arena, contestant, { isLong }) =>
    manyRouters(arena, contestant, {
      intervalMs,
      undisturbedMs: isLong ? UNDISTURBED_LONG_MS : UNDISTURBED_MS,
    });

const terminating =
  (version: 2 | 3, intervalMs: number): Play =>
  (arena, contestant) =>
    terminate(arena, contestant, [version, intervalMs]);

/** `crash` repeats within one start of the programs. */
export const WIRE_SCENARIOS: Readonly<Record<string, WireScenario>> = {
  "crash-1s": { isRepeated: "never", plays: [crashing(2, 1000)] },
  "crash-100ms": { isRepeated: "never", plays: [crashing(3, 100)] },
  "crash-30ms": { isRepeated: "never", plays: [crashing(3, 30)] },
  "crash-10ms": { isRepeated: "never", plays: [crashing(3, 10)] },
  "first-crash": {
    isRepeated: "always",
    plays: [(arena, contestant) => firstCrash(arena, contestant, [3, 100])],
  },
  sigterm: { isRepeated: "always", plays: [terminating(2, 1000), terminating(3, 100)] },
  kill: { isRepeated: "never", plays: [killAll] },
  removed: { isRepeated: "always", plays: [removeByHand] },
  addresses: { isRepeated: "always", plays: [manyAddresses] },
  "many-1s": { isRepeated: "if-asked", plays: [many(1000)] },
  "many-100ms": { isRepeated: "if-asked", plays: [many(100)] },
  "many-30ms": { isRepeated: "if-asked", plays: [many(30)] },
  rest: { isRepeated: "never", plays: [atRest] },
};

export async function playOnWire(name: string, options: WireOptions): Promise<readonly Sample[]> {
  const scenario = WIRE_SCENARIOS[name];
  if (scenario === undefined) throw new Error(`there is no scenario ${name}`);
  const contestants = [HOLDFAST_SPEAKER, KEEPALIVED_ALONE];
  const samples: Sample[] = [];
  await using arena = await WireArena.open();
  for (let run = 0; run < timesOf(scenario, options); run++) {
    // Each first as often as the other, so that what the machine does meanwhile hits both.
    for (const contestant of run % 2 === 0 ? contestants : [...contestants].reverse()) {
      options.signal.throwIfAborted();
      options.progress(`${name}, run ${run + 1}: ${contestant.name}`);
      for (const play of scenario.plays) samples.push(...(await play(arena, contestant, options)));
    }
  }
  return samples;
}

function timesOf({ isRepeated }: WireScenario, { runs, areRunsAsked }: WireOptions): number {
  return isRepeated === "always" || (isRepeated === "if-asked" && areRunsAsked) ? runs : 1;
}
