/** The store under a writer that is killed at any instant. The long form is test/soak/store-kill.test.ts. */
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

it("1,500 writes in 30 rounds, each ended by SIGKILL: what was acknowledged is there, nothing is there by half", async (t) => {
  const plan: KillPlan = { directory, seed: seedOf(), rounds: 30, writes: 1500 };
  t.diagnostic(`HOLDFAST_SEED=${plan.seed}`);
  t.diagnostic(figuresText(await killRounds(plan), plan));
});
