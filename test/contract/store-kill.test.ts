/** The store under a writer that is killed at any instant. The long form is test/soak/store-kill.test.ts. */
import assert from "node:assert/strict";
import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, it } from "node:test";
import { deadline } from "../support/deadline.ts";
import { allProcesses } from "../support/processes.ts";
import { figuresText, type KillPlan, killRounds, look, seedOf, WRITER } from "../support/store-kill.ts";

const STOP_EXAMINER = new URL("../support/stop-examiner.js", import.meta.url).href;

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

it("an agent that is killed while its store is examined leaves the examiner behind, which is no damage to the next", async () => {
  const store = mkdtempSync(join(directory, "s"));
  execFileSync(process.execPath, [WRITER, store, "1", "1", "40"], { stdio: "ignore" });
  // It must still be there, with the store open, when the next agent comes.
  const env = { ...process.env, NODE_OPTIONS: `--import=${STOP_EXAMINER}` };
  const writer = spawn(process.execPath, [WRITER, store, "2", "41"], { stdio: "ignore", env });
  let examiner = 0;
  await deadline("the store is being examined", () => {
    const child = allProcesses().find(({ parent, state }) => parent === writer.pid && state === "T");
    examiner = child?.pid ?? 0;
    return examiner > 0;
  });
  assert.match(readFileSync(`/proc/${examiner}/maps`, "utf8"), /lock\.mdb/);
  try {
    writer.kill("SIGKILL");
    await once(writer, "exit");
    await look(store);
  } finally {
    process.kill(examiner, "SIGKILL");
  }
});
