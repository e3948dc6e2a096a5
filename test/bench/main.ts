/**
 * `npm run bench`: Holdfast and keepalived take turns on the same lab in the same run, and so do the API and etcd. Prints a
 * table, then the same as JSON.
 *
 * For its arguments see `--help`.
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
import { AGENT_SCENARIOS, playWithAgent } from "./agent-load.ts";
import { measureApi } from "./api.ts";
import { converge } from "./api-converge.ts";
import { NAME, openArena } from "./arena.ts";
import { HOLDFAST, KEEPALIVED } from "./contestants.ts";
import { play, type RestSpans, rest } from "./scenarios.ts";
import { formatSummary, type Sample, type Summary, summarize } from "./statistics.ts";
import { playOnWire, WIRE_SCENARIOS } from "./wire.ts";

const RUNS_DEFAULT = 5;
const RUNS_WIRE = 10;
const RUNS_QUICK = 2;
const SEED = "seed";
const START = "start";
const API = "api";
/** Not part of a plain run, which takes half an hour without it. */
const LONG: ReadonlySet<string> = new Set(["many-1s", "many-30ms"]);
/** What an agent does once a second V8 compiles only after minutes, at the expense of those minutes. */
const REST: RestSpans = { settleMs: 240_000, watchMs: 60_000 };
const REST_QUICK: RestSpans = { settleMs: 3_000, watchMs: 5_000 };
const STARTS = 10;
const CONTESTANTS = [HOLDFAST, KEEPALIVED];

const USAGE = `npm run bench -- [--only NAME,...] [--runs N] [--long] [--quick] [--list]

  --only   some of it; --list says what there is
  --runs   of each; otherwise 5, on the wire 10, of 250 routers 1
  --long   all of it, with 60 s where otherwise 10 s are watched
  --quick  two runs of each, and a short look at memory and processor
`;

const options = parsed();
const asked = options.runs ?? (options.quick ? `${RUNS_QUICK}` : undefined);
const runs = Number(asked ?? RUNS_DEFAULT);
if (!Number.isInteger(runs) || runs < 1) refuse(`--runs takes a number from 1 up, not ${options.runs}`);
const all = [SEED, START, API, ...Object.keys(WIRE_SCENARIOS), ...Object.keys(AGENT_SCENARIOS)];
const names = options.only?.split(",") ?? all.filter((name) => options.long || !LONG.has(name));
const unknown = names.filter((name) => !all.includes(name));
if (unknown.length > 0) refuse(`there is no ${unknown.join(", ")}; there are ${all.join(", ")}`);
if (options.help) {
  process.stdout.write(USAGE);
  process.exit(0);
}
if (options.list) {
  process.stdout.write(`${all.map((name) => (LONG.has(name) ? `${name} (--long)` : name)).join("\n")}\n`);
  process.exit(0);
}

using interruption = interruptible("the benchmark");
const { signal } = interruption;
const machine = describeMachine();
process.stderr.write(`${JSON.stringify(machine)}\n`);
const samples: Sample[] = [];
for (const name of names) {
  try {
    samples.push(...(await measure(name)));
  } catch (error) {
    // What the others have measured took minutes, and is worth printing.
    process.stderr.write(`${name}: ${error instanceof Error ? error.message : String(error)}\n`);
    process.exitCode = 1;
  }
}
if (signal.aborted) process.exit(INTERRUPTED);
const summaries = summarize(samples);
process.stdout.write(`${table(summaries)}\n\n`);
process.stdout.write(`${JSON.stringify({ machine: { ...machine, loadAfter: loadavg() }, summaries })}\n`);

function parsed() {
  try {
    return parseArgs({
      options: {
        runs: { type: "string" },
        only: { type: "string" },
        quick: { type: "boolean", default: false },
        long: { type: "boolean", default: false },
        list: { type: "boolean", default: false },
        help: { type: "boolean", short: "h", default: false },
      },
    }).values;
  } catch (error) {
    return refuse(error instanceof Error ? error.message : String(error));
  }
}

function refuse(why: string): never {
  process.stderr.write(`${why}\n\n${USAGE}`);
  process.exit(2);
}

async function measure(name: string): Promise<readonly Sample[]> {
  if (signal.aborted) return [];
  if (name === START) return startups();
  const progress = (step: string): void => void process.stderr.write(`${step}\n`);
  const times = { runs: Number(asked ?? RUNS_WIRE), areRunsAsked: asked !== undefined };
  const wireOptions = { ...times, isLong: options.long, signal, progress };
  if (name in WIRE_SCENARIOS) return playOnWire(name, wireOptions);
  const found: Sample[] = name === API ? [...(await measureApi({ runs, signal }))] : [];
  if (signal.aborted) return found;
  const lab = await openArena(signal);
  try {
    const work = played(name, lab, found, progress);
    // What a Ctrl-C interrupts is not worth waiting for.
    await Promise.race([work, once(signal, "abort")]);
  } finally {
    await takeDown(NAME);
  }
  return found;
}

async function played(
  name: string,
  lab: Lab,
  found: Sample[],
  progress: (step: string) => void,
): Promise<void> {
  if (name === SEED) await compete(lab, found);
  else if (name === API) found.push(...(await converge(lab, runs, progress)));
  else await playWithAgent(name, lab, found, progress);
}

async function compete(arena: Lab, found: Sample[]): Promise<void> {
  for (let run = 0; run < runs; run += 1) {
    // In turns, and each first as often as the other, so that what the machine does meanwhile hits both.
    const turn = run % 2 === 0 ? CONTESTANTS : [...CONTESTANTS].reverse();
    for (const contestant of turn) {
      process.stderr.write(`run ${run + 1} of ${runs}: ${contestant.name}\n`);
      found.push(...(await play(arena, contestant)));
    }
  }
  for (const contestant of CONTESTANTS) {
    process.stderr.write(`at rest: ${contestant.name}\n`);
    found.push(...(await rest(arena, contestant, options.quick ? REST_QUICK : REST)));
  }
}

function table(all: readonly Summary[]): string {
  const contestants = [...new Set(all.map(({ contestant }) => contestant))];
  const rows = [...new Set(all.map(({ what }) => what))].map((what) => [
    what,
    ...contestants.map((name) => {
      const found = all.find((summary) => summary.what === what && summary.contestant === name);
      return found === undefined ? "-" : formatSummary(found);
    }),
  ]);
  return formatTable(["median (least to most)", ...contestants], rows);
}

function describeMachine(): Readonly<Record<string, unknown>> {
  return {
    cpu: cpus()[0]?.model,
    cores: cpus().length,
    kernel: release(),
    node: process.version,
    keepalived: spawnSync("keepalived", ["--version"], { encoding: "utf8" }).stderr.split("\n")[0],
    etcd: spawnSync("etcd", ["--version"], { encoding: "utf8" }).stdout.split("\n")[0],
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
