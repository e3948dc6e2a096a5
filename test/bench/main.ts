/**
 * `npm run bench`: Holdfast and keepalived take turns on the same lab in the same run. Prints a table, then the same as JSON.
 *
 * Arguments: `--runs N` (default 5), or `--quick` for two runs and a short look at memory and processor.
 */
import { execFileSync, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { cpus, loadavg, release, tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { INTERRUPTED, interruptible } from "../../controller/cli/interrupt.ts";
import { formatTable } from "../../controller/cli/table.ts";
import { type Lab, takeDown } from "../../controller/lab/lab.ts";
import { CLI } from "../../controller/lab/services.ts";
import { SINGLE_MASTER } from "../support/lab-manifests.ts";
import { NAME, openArena } from "./arena.ts";
import { HOLDFAST, KEEPALIVED } from "./contestants.ts";
import { play, rest } from "./scenarios.ts";
import { formatSummary, type Sample, type Summary, summarize } from "./statistics.ts";

const RUNS_DEFAULT = 5;
const RUNS_QUICK = 2;
const REST_MS = 20_000;
const REST_QUICK_MS = 5_000;
const STARTS = 10;
const CONTESTANTS = [HOLDFAST, KEEPALIVED];

const { values: options } = parseArgs({
  options: { runs: { type: "string" }, quick: { type: "boolean", default: false } },
});
const runs = Number(options.runs ?? (options.quick ? RUNS_QUICK : RUNS_DEFAULT));
if (!Number.isInteger(runs) || runs < 1)
  throw new Error(`--runs takes a number from 1 up, not ${options.runs}`);

using interruption = interruptible("the benchmark");
const { signal } = interruption;
const machine = describeMachine();
process.stderr.write(`${JSON.stringify(machine)}\n`);
const samples: Sample[] = [...startups()];
const lab = await openArena(signal);
try {
  // What a Ctrl-C interrupts is not worth waiting for.
  await Promise.race([compete(lab), once(signal, "abort")]);
} finally {
  await takeDown(NAME);
}
if (signal.aborted) process.exit(INTERRUPTED);
const summaries = summarize(samples);
process.stdout.write(`${table(summaries)}\n\n`);
process.stdout.write(`${JSON.stringify({ machine: { ...machine, loadAfter: loadavg() }, summaries })}\n`);

async function compete(arena: Lab): Promise<void> {
  for (let run = 0; run < runs; run += 1) {
    // In turns, and each first as often as the other, so that what the machine does meanwhile hits both.
    const turn = run % 2 === 0 ? CONTESTANTS : [...CONTESTANTS].reverse();
    for (const contestant of turn) {
      process.stderr.write(`run ${run + 1} of ${runs}: ${contestant.name}\n`);
      samples.push(...(await play(arena, contestant)));
    }
  }
  for (const contestant of CONTESTANTS) {
    process.stderr.write(`at rest: ${contestant.name}\n`);
    samples.push(...(await rest(arena, contestant, options.quick ? REST_QUICK_MS : REST_MS)));
  }
}

function table(all: readonly Summary[]): string {
  const rows = [...new Set(all.map(({ what }) => what))].map((what) => [
    what,
    ...CONTESTANTS.map(({ name }) => {
      const found = all.find((summary) => summary.what === what && summary.contestant === name);
      return found === undefined ? "-" : formatSummary(found);
    }),
  ]);
  return formatTable(["median (least to most)", ...CONTESTANTS.map(({ name }) => name)], rows);
}

function describeMachine(): Readonly<Record<string, unknown>> {
  return {
    cpu: cpus()[0]?.model,
    cores: cpus().length,
    kernel: release(),
    node: process.version,
    keepalived: spawnSync("keepalived", ["--version"], { encoding: "utf8" }).stderr.split("\n")[0],
    // Above 1 other programs take part in the result.
    loadBefore: loadavg(),
    runs,
  };
}

/** From the command to its end: what a person or a pipeline waits for. */
function startups(): readonly Sample[] {
  const directory = mkdtempSync(join(tmpdir(), "holdfast-bench-"));
  try {
    for (const [file, text] of Object.entries(SINGLE_MASTER)) writeFileSync(join(directory, file), text);
    return Array.from({ length: STARTS }, () => {
      const start = performance.now();
      execFileSync(process.execPath, [CLI, "validate", directory], { stdio: "ignore" });
      return {
        contestant: HOLDFAST.name,
        what: "holdfast validate, from start to end",
        unit: "ms",
        value: performance.now() - start,
      };
    });
  } finally {
    rmSync(directory, { recursive: true });
  }
}
