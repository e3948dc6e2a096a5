/**
 * A program that writes to the store at argv[2] until it is killed, or has written enough: `storm-writer.js DIRECTORY SEED
 * FIRST-ID [COUNT]`. It prints each write before it asks for it, and each acknowledgement (storm.ts); it follows its own
 * changes as a watcher would, and dies of an assertion when what it followed is not what is there.
 */
import assert from "node:assert/strict";
import { writeSync } from "node:fs";
import { openLibc } from "../../controller/adapter/libc/libc.ts";
import { openLmdbRecords } from "../../controller/adapter/lmdb/records.ts";
import { EmbeddedStore } from "../../controller/store/embedded-store.ts";
import { between, seededRandom } from "../simulation/random.ts";
import { askFor, randomWrite, type StormLine } from "./storm.ts";

const [directory = "", seed = "0", first = "0", count = "Infinity"] = process.argv.slice(2);
const random = seededRandom(Number(seed));
const records = await openLmdbRecords(directory, openLibc());
const store = new EmbeddedStore(records);
const mirror = new Map(
  (await store.list()).map(({ resource }) => [resource.metadata.name, resource] as const),
);
let followed = await store.version();

let id = Number(first);
const end = id + Number(count);
while (id < end) {
  // Those that are asked for in one turn share a commit.
  const turn = Array.from({ length: Math.min(end - id, between(random, 1, 4)) }, () =>
    randomWrite(random, id++),
  );
  await Promise.all(
    turn.map(async (asks) => {
      tell({ asks });
      await askFor(store, asks);
      tell({ acknowledged: asks.id, version: await store.version() });
    }),
  );
  await follow();
}
await store[Symbol.asyncDispose]();

/** At once, past all buffers of ours. */
function tell(line: StormLine): void {
  writeSync(1, `${JSON.stringify(line)}\n`);
}

async function follow(): Promise<void> {
  const answer = await store.changesSince(followed);
  assert.ok(answer.state === "known", `the changes since ${followed} are ${answer.state}`);
  for (const { type, resource } of answer.changes) {
    if (type === "DELETED") mirror.delete(resource.metadata.name);
    else mirror.set(resource.metadata.name, resource);
  }
  followed = answer.version;
  const there = (await store.list()).map(({ resource }) => [resource.metadata.name, resource] as const);
  assert.deepEqual(mirror, new Map(there));
}
