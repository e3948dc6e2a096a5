/**
 * A program that measures a node's API, in namespaces of its own, so that no other agent and no interface of the machine has
 * to do with it: `api-main.js RUNS DIRECTORY`. Prints a sample a line, as JSON; says on standard error what it does.
 */
import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { Etcd } from "./api-etcd.ts";
import { fanOut, files, lists, sampleOf, writes } from "./api-measures.ts";
import { ApiNode, type NodePlace, placeOf } from "./api-node.ts";
import { collectionOf, INTERFACE, makeStore, type Planned, pathOf, plannedObjects } from "./api-objects.ts";
import { HOLDFAST } from "./contestants.ts";
import { megabytes } from "./proc.ts";
import type { Sample } from "./statistics.ts";

const MANY = 10_000;
const FEW = 10;
const REST_MS = 3000;
const QUIET_MS = 500;
const ETCD_VALUE_BYTES = 1500;

const runs = Number(process.argv[2] ?? "5");
const root = process.argv[3] ?? "";
const holdfast = sampleOf(HOLDFAST.name);
const etcdSample = sampleOf("etcd");

/** Each run's writes differ from all before. */
let turn = 1;

async function main(): Promise<void> {
  network();
  const few = plannedObjects(FEW);
  const many = plannedObjects(MANY);
  const fewPlace = await furnished("few", few);
  const manyPlace = await furnished("many", many);
  await starts(manyPlace, many);
  await loaded(fewPlace, few, `${few.length} objects`, null);
  await loaded(manyPlace, many, `${many.length} objects`, manyPlace);
}

function say(text: string): void {
  process.stderr.write(`api: ${text}\n`);
}

function tell(samples: readonly Sample[]): void {
  for (const sample of samples) process.stdout.write(`${JSON.stringify(sample)}\n`);
}

/** A VRRP that nobody hears, and backends that nobody answers for. */
function network(): void {
  for (const command of [
    "link set lo up",
    `link add ${INTERFACE} type veth peer name nobody`,
    "link set nobody up",
    `link set ${INTERFACE} up`,
    `addr add 10.20.255.1/8 dev ${INTERFACE}`,
  ])
    execFileSync("ip", command.split(" "));
}

/** The store of an agent that has run before: all that has a status has it. */
async function furnished(name: string, objects: readonly Planned[]): Promise<NodePlace> {
  say(`a store of ${objects.length} objects: ${mixOf(objects)}`);
  const place = placeOf(join(root, name));
  await makeStore(join(place.directory, "state"), objects);
  await using node = await ApiNode.start(place, pathOf(firstOf(objects)));
  await node.settled(collectionOf(firstOf(objects)), QUIET_MS);
  return place;
}

function mixOf(objects: readonly Planned[]): string {
  const kinds = [...new Set(objects.map(({ kind }) => kind))];
  return kinds.map((kind) => `${objects.filter((each) => each.kind === kind).length} ${kind}`).join(", ");
}

function firstOf(objects: readonly Planned[]): Planned {
  const [first] = objects;
  if (first === undefined) throw new Error("there are no objects");
  return first;
}

async function starts(place: NodePlace, objects: readonly Planned[]): Promise<void> {
  const what = `start with ${objects.length} objects`;
  for (let run = 0; run < runs; run++) {
    say(`start ${run + 1} of ${runs}`);
    await using node = await ApiNode.start(place, pathOf(firstOf(objects)));
    tell([
      holdfast(`${what}, until an object is answered`, node.times.serving, "ms"),
      holdfast(`${what}, until the node is Ready`, node.times.ready, "ms"),
    ]);
    await node.settled(collectionOf(firstOf(objects)), QUIET_MS);
    await sleep(REST_MS);
    tell([
      holdfast(
        `resident memory with ${objects.length} objects, after the start`,
        megabytes([node.pid], "Rss"),
        "MB",
      ),
    ]);
  }
}

/** `rest`: all else is measured of that place too. */
async function loaded(
  place: NodePlace,
  objects: readonly Planned[],
  where: string,
  rest: NodePlace | null,
): Promise<void> {
  await using node = await ApiNode.start(place, pathOf(firstOf(objects)));
  const etcdStart = await Etcd.start(place.directory);
  await etcdStart.fill(objects.length, Buffer.alloc(ETCD_VALUE_BYTES, "x"));
  await etcdStart[Symbol.asyncDispose]();
  await using etcd = await Etcd.start(place.directory);
  if (rest !== null) {
    tell([
      etcdSample(`start with ${objects.length} objects, until an object is answered`, etcd.serving, "ms"),
    ]);
    await sleep(REST_MS);
    const resident = megabytes([etcd.pid], "Rss");
    tell([etcdSample(`resident memory with ${objects.length} objects, after the start`, resident, "MB")]);
  }
  const watched = objects.findLast(({ kind }) => kind === "HealthCheck") ?? firstOf(objects);
  for (let run = 0; run < runs; run++) {
    say(`${where}, run ${run + 1} of ${runs}`);
    tell(await writes(where, { client: node.client, etcd, objects, turn }));
    turn += 1000;
    if (rest === null) continue;
    tell(await fanOut(node.client, watched, turn));
    turn += 1000;
    tell(await lists(node, rest, objects.length));
    tell(await files(node, rest));
  }
  tell([
    holdfast(
      `resident memory with ${objects.length} objects, after all of this`,
      megabytes([node.pid], "Rss"),
      "MB",
    ),
  ]);
}

await main();
