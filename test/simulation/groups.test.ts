/** Groups of VirtualIPs on two or three links, by the speaker's own code: one decision, and all addresses on one node. */
import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { it } from "node:test";
import { parseRecording } from "../../controller/vrrp/recording.ts";
import { replay } from "../../controller/vrrp/replay.ts";
import { MemoryRecording } from "../support/memory-recording.ts";
import { newGroupRun, runGroupChaos } from "./group-chaos.ts";

const RUNS = 1000;
/** Runs that show nothing, since to the very end somebody hears only some of the others. */
const RESTLESS_MAX = 20;
const TRACE_SHOWN = 60;
/** `HOLDFAST_SEED=17` repeats one run, e.g. after a failure. */
const seedText = process.env["HOLDFAST_SEED"];
const seeds = seedText === undefined ? Array.from({ length: RUNS }, (_, i) => i + 1) : [Number(seedText)];

it(`G1: a group has one master and is together wherever nodes hear each other and are left alone (${seeds.length} seeds)`, (t) => {
  let looks = 0;
  let partial = 0;
  let simulated = 0;
  let restless = 0;
  for (const seed of seeds) {
    const run = newGroupRun(seed);
    try {
      runGroupChaos(run);
    } catch (error) {
      const trace = run.lan.trace.slice(-TRACE_SHOWN).join("\n  ");
      const how = `repeat with HOLDFAST_SEED=${seed}, or step through: holdfast replay ${record(seed)}`;
      throw new Error(`seed ${seed} (${how})\n  ${trace}`, { cause: error });
    }
    if (run.invariant.settledLooks === 0) restless++;
    looks += run.invariant.settledLooks;
    partial += run.invariant.partialLooks;
    simulated += run.lan.now;
  }
  assert.ok(restless <= RESTLESS_MAX, `${restless} runs never came to rest`);
  t.diagnostic(
    `${Math.round(simulated / 1000)} simulated seconds, ${looks} looks at a settled group, ${partial} with a link in parts`,
  );
});

it("a run of a group is recorded, and the recording replays to the same decisions", () => {
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
    runGroupChaos(newGroupRun(seed, sink));
  } catch (error) {
    if (!(error instanceof assert.AssertionError)) throw error;
  }
  return sink.text;
}

/** The path of the file. */
function record(seed: number): string {
  const path = join(tmpdir(), `holdfast-group-seed-${seed}.jsonl`);
  writeFileSync(path, recordingOf(seed));
  return path;
}
