/** Runs a simulation seed by seed; a run that fails is run again, recorded, for `holdfast replay`. */
import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { RecordingSink } from "../../controller/port/recording-sink.ts";
import { parseRecording } from "../../controller/vrrp/recording.ts";
import { replay } from "../../controller/vrrp/replay.ts";
import { MemoryRecording } from "../support/memory-recording.ts";

const RUNS = 1000;
const TRACE_SHOWN = 60;
/** `HOLDFAST_SEED=17` repeats one run, e.g. after a failure. */
const seedText = process.env["HOLDFAST_SEED"];
export const SEEDS =
  seedText === undefined ? Array.from({ length: RUNS }, (_, i) => i + 1) : [Number(seedText)];

interface SeededRun {
  readonly lan: { readonly trace: readonly string[]; readonly now: number };
  readonly invariant: { readonly settledLooks: number };
}

export interface Simulation<Run extends SeededRun> {
  /** Begins the name of the file that a failure leaves. */
  readonly name: string;
  begin(seed: number, recording: RecordingSink | null): Run;
  /** Throws AssertionError where the invariant does not hold. */
  play(run: Run): void;
}

/** All runs, each played to its end and then `seen`. At most `restlessMax` of them may have shown nothing. */
export function playAll<Run extends SeededRun>(
  simulation: Simulation<Run>,
  restlessMax: number,
  seen: (run: Run) => void = () => undefined,
): { readonly looks: number; readonly seconds: number } {
  let looks = 0;
  let simulated = 0;
  let restless = 0;
  for (const seed of SEEDS) {
    const run = simulation.begin(seed, null);
    try {
      simulation.play(run);
    } catch (error) {
      const trace = run.lan.trace.slice(-TRACE_SHOWN).join("\n  ");
      const how = `repeat with HOLDFAST_SEED=${seed}, or step through: holdfast replay ${record(simulation, seed)}`;
      throw new Error(`seed ${seed} (${how})\n  ${trace}`, { cause: error });
    }
    if (run.invariant.settledLooks === 0) restless++;
    looks += run.invariant.settledLooks;
    simulated += run.lan.now;
    seen(run);
  }
  assert.ok(restless <= restlessMax, `${restless} runs never came to rest`);
  return { looks, seconds: Math.round(simulated / 1000) };
}

/** What is recorded of a run decides the same when it is replayed. */
export function assertReplays<Run extends SeededRun>(simulation: Simulation<Run>): void {
  const result = parseRecording(recordingOf(simulation, 1));
  assert.ok(result.ok);
  const steps = [...replay(result.recording)];
  assert.ok(steps.length > 100);
  assert.ok(steps.every(({ isSame }) => isSame));
}

/** Runs it again, up to where it failed. */
function recordingOf<Run extends SeededRun>({ begin, play }: Simulation<Run>, seed: number): string {
  const sink = new MemoryRecording();
  try {
    play(begin(seed, sink));
  } catch (error) {
    if (!(error instanceof assert.AssertionError)) throw error;
  }
  return sink.text;
}

/** The path of the file. */
function record<Run extends SeededRun>(simulation: Simulation<Run>, seed: number): string {
  const path = join(tmpdir(), `${simulation.name}-${seed}.jsonl`);
  writeFileSync(path, recordingOf(simulation, seed));
  return path;
}
