/**
 * Two to five routers under loss, also in one direction, delay, crash, pause, partition and change, by multicast and by
 * unicast: one master wherever there has been peace.
 */
import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { it } from "node:test";
import { parseRecording } from "../../controller/vrrp/recording.ts";
import { replay } from "../../controller/vrrp/replay.ts";
import { MemoryRecording } from "../support/memory-recording.ts";
import { newRun, runChaos } from "./chaos.ts";

const RUNS = 1000;
/** Runs that show nothing, since to the very end somebody knows only some of the others. */
const RESTLESS_MAX = 5;
const TRACE_SHOWN = 60;
/** `HOLDFAST_SEED=17` repeats one run, e.g. after a failure. */
const seedText = process.env["HOLDFAST_SEED"];
const seeds = seedText === undefined ? Array.from({ length: RUNS }, (_, i) => i + 1) : [Number(seedText)];

it(`never two masters where routers hear each other and are left alone (${seeds.length} seeds)`, (t) => {
  let looks = 0;
  let simulated = 0;
  let restless = 0;
  for (const seed of seeds) {
    const run = newRun(seed);
    try {
      runChaos(run);
    } catch (error) {
      const trace = run.lan.trace.slice(-TRACE_SHOWN).join("\n  ");
      const how = `repeat with HOLDFAST_SEED=${seed}, or step through: holdfast replay ${record(seed)}`;
      throw new Error(`seed ${seed} (${how})\n  ${trace}`, { cause: error });
    }
    if (run.invariant.settledLooks === 0) restless++;
    looks += run.invariant.settledLooks;
    simulated += run.lan.now;
  }
  assert.ok(restless <= RESTLESS_MAX, `${restless} runs never came to rest`);
  t.diagnostic(`${Math.round(simulated / 1000)} simulated seconds, ${looks} looks at a settled network`);
});

it("a run is recorded, and the recording replays to the same decisions", () => {
  const result = parseRecording(recordingOf(1));
  assert.ok(result.ok);
  const steps = [...replay(result.recording)];
  assert.ok(steps.length > 100);
  assert.ok(steps.every(({ isSame }) => isSame));
});

/** Runs it again, up to where it failed. */
function recordingOf(seed: number): string {
  const sink = new MemoryRecording();
  try {
    runChaos(newRun(seed, sink));
  } catch (error) {
    if (!(error instanceof assert.AssertionError)) throw error;
  }
  return sink.text;
}

/** The path of the file. */
function record(seed: number): string {
  const path = join(tmpdir(), `holdfast-seed-${seed}.jsonl`);
  writeFileSync(path, recordingOf(seed));
  return path;
}
