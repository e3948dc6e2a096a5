/** Two to five routers under loss, delay, crash, pause, partition and change: one master wherever there has been peace. */
import assert from "node:assert/strict";
import { it } from "node:test";
import { newRun, runChaos } from "./chaos.ts";

const RUNS = 500;
const TRACE_SHOWN = 60;
/** `HOLDFAST_SEED=17` repeats one run, e.g. after a failure. */
const seedText = process.env["HOLDFAST_SEED"];
const seeds = seedText === undefined ? Array.from({ length: RUNS }, (_, i) => i + 1) : [Number(seedText)];

it(`never two masters where routers hear each other and are left alone (${seeds.length} seeds)`, (t) => {
  let looks = 0;
  let simulated = 0;
  for (const seed of seeds) {
    const run = newRun(seed);
    try {
      runChaos(run);
      assert.ok(run.invariant.settledLooks > 0, "the run never came to rest");
    } catch (error) {
      const trace = run.lan.trace.slice(-TRACE_SHOWN).join("\n  ");
      throw new Error(`seed ${seed} (repeat with HOLDFAST_SEED=${seed})\n  ${trace}`, { cause: error });
    }
    looks += run.invariant.settledLooks;
    simulated += run.lan.now;
  }
  t.diagnostic(`${Math.round(simulated / 1000)} simulated seconds, ${looks} looks at a settled network`);
});
