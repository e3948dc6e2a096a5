/** The store under a writer that is killed at any instant, for as long as issue and README promise. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, it } from "node:test";
import { figuresText, type KillPlan, killRounds, seedOf } from "../support/store-kill.ts";

let directory = "";
before(() => {
  directory = mkdtempSync(join(tmpdir(), "holdfast-kill-"));
});
after(() => rmSync(directory, { recursive: true }));

it("10,000 writes in 200 rounds, each ended by SIGKILL: what was acknowledged is there, nothing is there by half", async (t) => {
  const plan: KillPlan = { directory, seed: seedOf(), rounds: 200, writes: 10_000 };
  t.diagnostic(`HOLDFAST_SEED=${plan.seed}`);
  t.diagnostic(figuresText(await killRounds(plan), plan));
});
