/**
 * RecordStore on LMDB. A commit is one LMDB transaction: LMDB writes copies of the pages, flushes them, then writes and
 * flushes the page that makes them count, so that a crash at any instant leaves the state before or the state after.
 *
 * Found out about lmdb 3.5 by trying: opening a file that is not LMDB's, or a truncated one, ends the process (SIGSEGV,
 * SIGBUS), hence prepare.ts; the asynchronous writes leave an unhandled rejection behind when the disk is full, hence
 * transactionSync; `mapSize` is only where the map starts, hence a limit of our own.
 */
import {
  closeSync,
  ftruncateSync,
  openSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  realpathSync,
  writeFileSync,
} from "node:fs";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { open, type RootDatabase } from "lmdb";
import { OperationFailure } from "../../port/failure.ts";
import type { RecordChange, RecordStore, StoredRecord } from "../../port/record-store.ts";
import type { Libc } from "../libc/libc.ts";
import { databaseOptions } from "./options.ts";
import { prepare } from "./prepare.ts";

/** Live pages. 20,000 resources of 10 kB; far beyond it, memory would be the trouble and not the disk. */
const STORE_BYTES_MAX = 256 * 2 ** 20;
const DESCRIPTORS = "/proc/self/fd";

/**
 * Throws OperationFailure `store-in-use`, or `store-unusable` with what is wrong with `directory`. `examining`: called, of a store that
 * is not new, when another process has begun to examine it.
 */
export async function openLmdbRecords(
  directory: string,
  libc: Libc,
  examining: () => void = () => undefined,
): Promise<LmdbRecords> {
  const path = join(directory, "store");
  await orUnusable(path, async () => {
    // 0700: manifests may hold passwords.
    await mkdir(path, { recursive: true, mode: 0o700 });
  });
  const lock = takeLock(path, libc);
  try {
    await orUnusable(path, () => prepare(path, examining));
    const database = open<string, string>({ path, ...databaseOptions });
    keepFromChildren(path, libc);
    return new LmdbRecords(path, database, lock);
  } catch (error) {
    closeSync(lock);
    throw error;
  }
}

/** LMDB's JavaScript binding opens its files without O_CLOEXEC: nginx, which outlives us, would hold them for as long as it runs. */
function keepFromChildren(path: string, libc: Libc): void {
  const files = new Set(["data.mdb", "lock.mdb"].map((file) => realpathSync(join(path, file))));
  for (const descriptor of readdirSync(DESCRIPTORS)) {
    if (files.has(targetOf(descriptor) ?? "")) libc.closeOnExec(Number(descriptor));
  }
}

/** null: the one by which the directory itself was read, gone by now. */
function targetOf(descriptor: string): string | null {
  try {
    return readlinkSync(join(DESCRIPTORS, descriptor));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return null;
    throw error;
  }
}

class LmdbRecords implements RecordStore {
  readonly path: string;
  readonly #database: RootDatabase<string, string>;
  readonly #lock: number;

  constructor(path: string, database: RootDatabase<string, string>, lock: number) {
    this.path = path;
    this.#database = database;
    this.#lock = lock;
  }

  *read(): Generator<StoredRecord> {
    try {
      const { entryCount } = this.#database.getStats() as Statistics;
      let count = 0;
      for (const { key, value } of this.#database.getRange({})) {
        count += 1;
        yield { key, text: value };
      }
      if (count !== entryCount)
        throw new Error(`it is damaged: ${count} records can be read of ${entryCount}`);
    } catch (error) {
      throw unusable(this.path, error);
    }
  }

  commit(changes: readonly RecordChange[]): void {
    if (changes.some(({ text }) => text !== null)) this.#refuseWhenFull();
    try {
      this.#database.transactionSync(() => {
        for (const { key, text } of changes) {
          if (text === null) this.#database.removeSync(key);
          else this.#database.putSync(key, text);
        }
      });
    } catch (error) {
      const output = `${this.path}: ${messageOf(error)}; is the disk full?`;
      throw new OperationFailure({ code: "store-refused", output }, error);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#database.close();
    closeSync(this.#lock);
  }

  #refuseWhenFull(): void {
    const stats = this.#database.getStats() as Statistics;
    const pages = stats.treeBranchPageCount + stats.treeLeafPageCount + stats.overflowPages;
    if (pages * stats.pageSize < STORE_BYTES_MAX) return;
    const output = `${this.path} holds ${STORE_BYTES_MAX / 2 ** 20} MiB, which is as much as it takes`;
    throw new OperationFailure({ code: "store-refused", output });
  }
}

export type { LmdbRecords };

interface Statistics {
  readonly entryCount: number;
  readonly pageSize: number;
  readonly treeBranchPageCount: number;
  readonly treeLeafPageCount: number;
  readonly overflowPages: number;
}

/** LMDB would let two processes share the file, but each would trust its own memory. The lock goes with the process. */
function takeLock(path: string, libc: Libc): number {
  const file = join(path, "owner");
  const descriptor = orUnusableSync(path, () => openSync(file, "a+", 0o600));
  if (!libc.tryLock(descriptor)) {
    const holder = readFileSync(file, "utf8").trim();
    closeSync(descriptor);
    throw new OperationFailure({
      code: "store-in-use",
      path,
      holder: `held by ${holder || "another process"}`,
    });
  }
  return orUnusableSync(path, () => {
    ftruncateSync(descriptor);
    writeFileSync(descriptor, `process ${process.pid}\n`);
    return descriptor;
  });
}

async function orUnusable(path: string, attempt: () => Promise<void>): Promise<void> {
  try {
    await attempt();
  } catch (error) {
    throw unusable(path, error);
  }
}

function orUnusableSync<T>(path: string, attempt: () => T): T {
  try {
    return attempt();
  } catch (error) {
    throw unusable(path, error);
  }
}

function unusable(path: string, error: unknown): OperationFailure {
  return new OperationFailure({ code: "store-unusable", path, output: messageOf(error) }, error);
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
