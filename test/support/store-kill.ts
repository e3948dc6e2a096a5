/** Kills a writer of a store again and again at random instants, and looks each time at what the store holds. */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { isDeepStrictEqual } from "node:util";
import { openLibc } from "../../controller/adapter/libc/libc.ts";
import { openLmdbRecords } from "../../controller/adapter/lmdb/records.ts";
import type { ResourceStore } from "../../controller/port/resource-store.ts";
import type { Resource } from "../../controller/resource/meta.ts";
import { EmbeddedStore } from "../../controller/store/embedded-store.ts";
import { between, type Random, seededRandom } from "../simulation/random.ts";
import { namesIn, type StormLine, StormModel, type StormView, type StormWrite, viewOf } from "./storm.ts";

export const WRITER = fileURLToPath(new URL("./storm-writer.js", import.meta.url));
/** One round in so many is killed while it opens the store, or before. */
const EARLY_EVERY = 8;
const EARLY_MS_MAX = 500;
/** A commit takes one to three milliseconds, so that the signal falls anywhere in it. */
const LINGER_MS_MAX = 5;

export interface KillPlan {
  readonly directory: string;
  readonly seed: number;
  readonly rounds: number;
  /** So many writes are acknowledged at least, over all rounds. */
  readonly writes: number;
}

export interface KillFigures {
  readonly acknowledged: number;
  /** Writes that were asked for, and neither acknowledged nor found. */
  readonly lost: number;
  /** Writes that were not acknowledged, and are there nevertheless, whole. */
  readonly unheard: number;
  readonly version: number;
}

/** What was found when the store was last looked at. */
interface Found {
  readonly view: StormView;
  readonly version: number;
  readonly resources: ReadonlyMap<string, Resource>;
}

interface Heard {
  readonly asked: readonly StormWrite[];
  readonly acknowledgements: readonly { readonly acknowledged: number; readonly version: string }[];
}

export async function killRounds({ directory, seed, rounds, writes }: KillPlan): Promise<KillFigures> {
  const random = seededRandom(seed);
  let found = await look(directory);
  let figures: KillFigures = { acknowledged: 0, lost: 0, unheard: 0, version: found.version };
  let nextId = 1;
  for (let round = 0; round < rounds; round++) {
    const share = Math.ceil((writes - figures.acknowledged) / (rounds - round));
    const isEarly = round % EARLY_EVERY === EARLY_EVERY - 1 && round < rounds - 1;
    const heard = await killedWriter(
      [directory, String(between(random, 1, 2 ** 31)), String(nextId)],
      isEarly
        ? { after: "start", ms: random() * EARLY_MS_MAX }
        : { after: share + between(random, 0, share), ms: random() * LINGER_MS_MAX },
    );
    const before = found;
    found = await look(directory);
    const kept = checkRound(`seed ${seed}, round ${round}`, before, heard, found);
    nextId += heard.asked.length;
    const acknowledged = heard.acknowledgements.length;
    figures = {
      acknowledged: figures.acknowledged + acknowledged,
      lost: figures.lost + heard.asked.length - kept,
      unheard: figures.unheard + kept - acknowledged,
      version: found.version,
    };
  }
  assert.ok(figures.acknowledged >= writes, `only ${figures.acknowledged} writes were acknowledged`);
  return figures;
}

interface Death {
  /** After how many acknowledgements, or counted from the start of the process. */
  readonly after: number | "start";
  readonly ms: number;
}

async function killedWriter(args: readonly string[], { after, ms }: Death): Promise<Heard> {
  const writer = spawn(process.execPath, [WRITER, ...args], { stdio: ["ignore", "pipe", "pipe"] });
  let text = "";
  let complaint = "";
  let isDoomed = false;
  const doom = (): void => {
    if (!isDoomed) setTimeout(() => writer.kill("SIGKILL"), ms);
    isDoomed = true;
  };
  if (after === "start") doom();
  writer.stdout.setEncoding("utf8").on("data", (part: string) => {
    text += part;
    if (after !== "start" && text.split('{"acknowledged"').length > after) doom();
  });
  writer.stderr.setEncoding("utf8").on("data", (part: string) => {
    complaint += part;
  });
  // Not "exit": what the writer printed last may still be on its way.
  const [, signal] = await once(writer, "close");
  assert.equal(signal, "SIGKILL", `the writer ended by itself: ${complaint}`);
  return hear(text);
}

/** From what a writer has printed. */
export function hear(text: string): Heard {
  const lines = text.split("\n");
  assert.equal(lines.pop(), "", "a line is printed whole or not at all");
  const parsed = lines.map((line) => JSON.parse(line) as StormLine);
  return {
    asked: parsed.flatMap((line) => ("asks" in line ? [line.asks] : [])),
    acknowledgements: parsed.flatMap((line) => ("asks" in line ? [] : [line])),
  };
}

async function openStore(directory: string): Promise<ResourceStore> {
  const records = await openLmdbRecords(directory, openLibc());
  return new EmbeddedStore(records);
}

export async function look(directory: string): Promise<Found> {
  await using store = await openStore(directory);
  const resources = (await store.list()).map(({ resource }) => [resource.metadata.name, resource] as const);
  const version = await store.version();
  assert.deepEqual(await store.changesSince(version), { state: "known", changes: [], version });
  return { view: await viewOf(store), version: Number(version), resources: new Map(resources) };
}

/** Answers how many of the writes are there. */
function checkRound(where: string, before: Found, heard: Heard, found: Found): number {
  const { asked, acknowledgements } = heard;
  assert.deepEqual(
    acknowledgements.map(({ acknowledged }) => acknowledged),
    asked.slice(0, acknowledgements.length).map(({ id }) => id),
    `${where}: writes are acknowledged in the order in which they were asked for`,
  );
  const kept = keptOf(where, before.view, heard, found.view);
  checkVersions(where, before, acknowledgements, found);
  checkObjects(where, before, asked.slice(0, kept), found);
  return kept;
}

/** Answers how many of the writes are there: all that were acknowledged, and of those after them a first part. */
export function keptOf(
  where: string,
  before: StormView,
  { asked, acknowledgements }: Heard,
  found: StormView,
): number {
  const model = new StormModel(before);
  for (const write of asked.slice(0, acknowledgements.length)) model.apply(write);
  const certain = model.view();
  for (const [index, write] of asked.slice(acknowledgements.length).entries()) {
    if (isDeepStrictEqual(model.view(), found)) return acknowledgements.length + index;
    model.apply(write);
  }
  if (isDeepStrictEqual(model.view(), found)) return asked.length;
  assert.deepEqual(found, certain, `${where}: neither what was acknowledged nor what may have followed`);
  return acknowledgements.length;
}

function checkVersions(
  where: string,
  before: Found,
  acknowledgements: Heard["acknowledgements"],
  found: Found,
): void {
  const told = [before.version, ...acknowledgements.map(({ version }) => Number(version))];
  assert.deepEqual(
    told,
    told.toSorted((a, b) => a - b),
    `${where}: the version goes back before the crash`,
  );
  assert.ok(
    found.version >= (told.at(-1) ?? 0),
    `${where}: the version went back from ${told.at(-1)} to ${found.version}`,
  );
  const versions = [...found.resources.values()].map(({ metadata }) => Number(metadata.resourceVersion));
  assert.equal(new Set(versions).size, versions.length, `${where}: two objects have one version`);
  assert.ok(
    versions.every((version) => version <= found.version),
    `${where}: an object is ahead of the store`,
  );
}

/** What nobody wrote to is as it was, to the last field; what was written has a version of its own, above all before. */
function checkObjects(where: string, before: Found, writes: readonly StormWrite[], found: Found): void {
  const touched = new Set(writes.flatMap(namesIn));
  for (const [name, resource] of found.resources) {
    const { resourceVersion } = resource.metadata;
    const former = before.resources.get(name);
    if (!touched.has(name)) assert.deepEqual(resource, former, `${where}: nobody wrote to ${name}`);
    else if (!isDeepStrictEqual(resource, former)) {
      assert.ok(
        Number(resourceVersion) > before.version,
        `${where}: ${name} has the old version ${resourceVersion}`,
      );
    }
  }
}

/** For the report of a test, and for whoever repeats it. */
export function figuresText(
  { acknowledged, lost, unheard, version }: KillFigures,
  { seed, rounds }: KillPlan,
): string {
  return `seed ${seed}: ${rounds} rounds, ${acknowledged} writes acknowledged and found, of the others ${unheard} found whole and ${lost} not at all; resourceVersion ${version}`;
}

export const seedOf = (random: Random = Math.random): number =>
  Number(process.env["HOLDFAST_SEED"] ?? Math.floor(random() * 2 ** 31));
