/** A program that keeps a store on the small disk at argv[2], fills the disk, makes room again, and tells what came of it. */
import { rmSync, statfsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { openLibc } from "../../controller/adapter/libc/libc.ts";
import { openLmdbRecords } from "../../controller/adapter/lmdb/records.ts";
import { OperationFailure } from "../../controller/port/failure.ts";
import { EmbeddedStore } from "../../controller/store/embedded-store.ts";
import { put } from "./store-cases.ts";

const [directory = ""] = process.argv.slice(2);
const filler = join(directory, "filler");

const openStore = async (): Promise<EmbeddedStore> =>
  new EmbeddedStore(await openLmdbRecords(directory, openLibc()));

function tell(what: string): void {
  process.stdout.write(`${what}\n`);
}

async function write(store: EmbeddedStore, name: string): Promise<void> {
  // Larger than what LMDB has in pages that it may use again.
  try {
    await store.write([put(name, { path: `/${"x".repeat(100_000)}` })]);
    tell(`written: ${name}`);
  } catch (error) {
    tell(`refused: ${error instanceof OperationFailure ? error.detail.code : error}`);
  }
}

/** What a watcher who had seen `version` is told. */
async function tellNews(store: EmbeddedStore, version: string): Promise<void> {
  const answer = await store.changesSince(version);
  const news = answer.state === "known" ? answer.changes : [];
  const texts = news.map(({ type, resource }) => ` ${type} ${resource.metadata.name}`);
  tell(`${answer.state}:${texts.join("")}`);
}

async function tellNames(what: string, store: EmbeddedStore): Promise<void> {
  const names = (await store.list()).map(({ resource }) => resource.metadata.name);
  tell(`${what}: ${names.join(" ")}`);
}

const first = await openStore();
await write(first, "first");
const { bavail, bsize } = statfsSync(directory);
writeFileSync(filler, new Uint8Array(bavail * bsize));
const seen = await first.version();
using _ = first.onVersion(() => tell("woken"));
await write(first, "second");
await tellNames("there", first);
await tellNews(first, seen);
await first[Symbol.asyncDispose]();
const second = await openStore();
await tellNames("reopened while full", second);
await write(second, "second");
const before = await second.version();
rmSync(filler);
await write(second, "second");
await tellNames("there", second);
await tellNews(second, before);
await second[Symbol.asyncDispose]();
