/** Runs the resource store's contract on records in memory and on LMDB, and what only a disk can show. */
import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, statSync, truncateSync, writeFileSync } from "node:fs";
import { open as openFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import { openLibc } from "../../controller/adapter/libc/libc.ts";
import { openLmdbRecords } from "../../controller/adapter/lmdb/records.ts";
import { OperationFailure } from "../../controller/port/failure.ts";
import type { ResourceStore } from "../../controller/port/resource-store.ts";
import { EmbeddedStore } from "../../controller/store/embedded-store.ts";
import { MemoryRecords, memoryStore } from "../support/memory-store.ts";
import { put } from "../support/store-cases.ts";
import { WRITER } from "../support/store-kill.ts";
import { resourceStoreContract } from "./resource-store.ts";

const places = new WeakMap<ResourceStore, string>();
let root = "";
before(() => {
  root = mkdtempSync(join(tmpdir(), "holdfast-store-"));
});
after(() => rmSync(root, { recursive: true }));

const freshDirectory = (): string => mkdtempSync(join(root, "s"));

async function openStore(directory: string): Promise<ResourceStore> {
  const records = await openLmdbRecords(directory, openLibc());
  try {
    const store = new EmbeddedStore(records);
    places.set(store, directory);
    return store;
  } catch (error) {
    await records[Symbol.asyncDispose]();
    throw error;
  }
}

const disks = new WeakMap<ResourceStore, MemoryRecords>();
const openMemory = (records: MemoryRecords): ResourceStore => {
  const store = memoryStore(records);
  disks.set(store, records);
  return store;
};

resourceStoreContract("memory", {
  open: async () => openMemory(new MemoryRecords()),
  reopen: async (store) => openMemory(disks.get(store) ?? assert.fail("not a store of ours")),
});

resourceStoreContract("LMDB", {
  open: () => openStore(freshDirectory()),
  reopen: async (store) => {
    await store[Symbol.asyncDispose]();
    return openStore(places.get(store) ?? assert.fail("not a store of ours"));
  },
});

describe("a store that cannot be used says which and why", () => {
  const PAGE = 4096;
  const cases: readonly {
    readonly what: string;
    readonly damage: (path: string) => void | Promise<void>;
    readonly says: RegExp;
  }[] = [
    {
      what: "cut in half",
      damage: (path) => truncateSync(join(path, "data.mdb"), statSync(join(path, "data.mdb")).size / 2),
      says: /it is damaged: reading it ended in SIG/,
    },
    {
      what: "another file",
      damage: (path) => writeFileSync(join(path, "data.mdb"), "hello"),
      says: /it is damaged/,
    },
    { what: "first pages lost", damage: (path) => scribble(path, 0, 2), says: /it is damaged/ },
    { what: "pages in the middle lost", damage: (path) => scribble(path, 12, 60), says: /it is damaged/ },
    {
      what: "a directory in the place of a file",
      damage: (path) => {
        rmSync(join(path, "lock.mdb"));
        mkdirSync(join(path, "lock.mdb"));
      },
      says: /EISDIR/,
    },
  ];

  async function scribble(path: string, page: number, pages: number): Promise<void> {
    await using file = await openFile(join(path, "data.mdb"), "r+");
    await file.write(new Uint8Array(PAGE * pages).fill(0x5a), 0, PAGE * pages, page * PAGE);
  }

  for (const { what, damage, says } of cases) {
    it(what, async () => {
      const directory = freshDirectory();
      const store = await openStore(directory);
      for (let i = 0; i < 20; i++) {
        await store.write([put(`n${i}`, { path: `/${"x".repeat(5000)}` })]);
      }
      await store[Symbol.asyncDispose]();
      await damage(join(directory, "store"));
      await assert.rejects(openStore(directory), (error) => {
        assert.ok(error instanceof OperationFailure);
        assert.equal(error.detail.code, "store-unusable");
        assert.ok(error.message.includes(directory), error.message);
        assert.match(error.message, says);
        return true;
      });
    });
  }

  it("a file in the place of the directory", async () => {
    const directory = freshDirectory();
    writeFileSync(join(directory, "store"), "hello");
    await assert.rejects(openStore(directory), /store-unusable: .*EEXIST/);
  });

  it("a second agent on the same directory is refused and told who is there; the first goes on", async () => {
    const directory = freshDirectory();
    const first = await openStore(directory);
    await assert.rejects(openStore(directory), new RegExp(`store-in-use: .*process ${process.pid}`));
    await first.write([put("web")]);
    await first[Symbol.asyncDispose]();
    await using second = await openStore(directory);
    assert.equal((await second.list()).length, 1);
  });
});

describe("a disk", () => {
  it("that is full refuses writes, keeps what is there, wakes nobody, lets the store be opened, and takes writes again when there is room", () => {
    const directory = freshDirectory();
    const program = fileURLToPath(new URL("../support/full-disk.js", import.meta.url));
    // A disk of its own, in a mount namespace that ends with the program.
    const script = `mount -t tmpfs -o size=2m tmpfs ${directory} && exec ${process.execPath} ${program} ${directory}`;
    const output = execFileSync("unshare", ["--mount", "sh", "-c", script], { encoding: "utf8" });
    assert.deepEqual(output.trim().split("\n"), [
      "written: first",
      "refused: store-refused",
      "there: first",
      "known:",
      "reopened while full: first",
      "refused: store-refused",
      "written: second",
      "there: first second",
      "known: ADDED second",
    ]);
  });

  it("that has become read-only is named as the reason", async () => {
    const directory = freshDirectory();
    await (await openStore(directory))[Symbol.asyncDispose]();
    const readOnly = `mount --bind ${directory} ${directory} && mount -o remount,ro,bind ${directory}`;
    const script = `${readOnly} && exec ${process.execPath} ${WRITER} ${directory} 1 1`;
    const { stderr } = spawnSync("unshare", ["--mount", "sh", "-c", script], { encoding: "utf8" });
    assert.match(stderr, /store-unusable: .*\/store: EROFS: read-only file system/);
  });
});

it("leaves no file of its own open in a program that the agent starts, nginx above all", async () => {
  const directory = freshDirectory();
  await using _records = await openLmdbRecords(directory, openLibc());
  const inherited = execFileSync("ls", ["-l", "/proc/self/fd"], { encoding: "utf8" });
  assert.ok(!inherited.includes(directory), inherited);
});
