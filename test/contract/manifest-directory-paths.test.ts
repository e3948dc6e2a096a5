/** A manifest directory on a file system: links, the way to the directory, and what cannot be read. */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { after, before, beforeEach, describe, it } from "node:test";
import { FILES_MAX } from "../../controller/adapter/files/look.ts";
import { WatchedDirectory } from "../../controller/adapter/files/manifest-directory.ts";
import { FILE_BYTES_MAX } from "../../controller/adapter/files/read.ts";
import type { Log } from "../../controller/port/log.ts";
import { follow } from "./manifest-directory.ts";

/** From the write to the call back: the quiet period and two looks. Generous, for a machine that does other things too. */
const TOLD_WITHIN_MS = 1000;

const silent: Log = { debug: ignore, info: ignore, warn: ignore, error: ignore };
function ignore(): void {
  // These tests look at the files, not at the log.
}

let top = "";
/** Anew for each case: a directory in a directory of its own, so that the parent can go too. */
let parent = "";
let root = "";
before(() => {
  top = mkdtempSync(join(tmpdir(), "holdfast-files-"));
});
beforeEach(() => {
  parent = mkdtempSync(join(top, "p"));
  root = join(parent, "manifests");
  mkdirSync(root);
});
after(() => rmSync(top, { recursive: true }));

const at = (path: string): string => join(root, path);
const put = (path: string, text: string): void => {
  mkdirSync(dirname(at(path)), { recursive: true });
  writeFileSync(at(path), text);
};
const open = (path = root): WatchedDirectory => new WatchedDirectory(path, silent);

describe("symbolic links", () => {
  it("as a ConfigMap mount swaps them: all files change at one moment", async () => {
    put("..2026_01/web.yaml", "old");
    put("..2026_01/db.yaml", "old");
    symlinkSync("..2026_01", at("..data"));
    symlinkSync("..data/web.yaml", at("web.yaml"));
    symlinkSync("..data/db.yaml", at("db.yaml"));
    await using follower = await follow(open());
    await follower.sees("db.yaml=old web.yaml=old");
    for (const [from, to] of [
      ["..2026_01", "..2026_02"],
      ["..2026_02", "..2026_03"],
    ] as const) {
      put(`${to}/web.yaml`, to);
      put(`${to}/db.yaml`, to);
      symlinkSync(to, at("..data_tmp"));
      renameSync(at("..data_tmp"), at("..data"));
      rmSync(at(from), { recursive: true });
      await follower.sees(`db.yaml=${to} web.yaml=${to}`, TOLD_WITHIN_MS);
    }
  });

  it("as a release directory is switched: `current` points elsewhere", async () => {
    mkdirSync(join(parent, "r1"));
    mkdirSync(join(parent, "r2"));
    writeFileSync(join(parent, "r1", "web.yaml"), "1");
    writeFileSync(join(parent, "r2", "web.yaml"), "2");
    symlinkSync("r1", join(parent, "current"));
    await using follower = await follow(open(join(parent, "current")));
    await follower.sees("web.yaml=1");
    symlinkSync("r2", join(parent, "next"));
    renameSync(join(parent, "next"), join(parent, "current"));
    await follower.sees("web.yaml=2", TOLD_WITHIN_MS);
    writeFileSync(join(parent, "r2", "web.yaml"), "2, edited");
    await follower.sees("web.yaml=2, edited", TOLD_WITHIN_MS);
  });

  it("to a file elsewhere: a change there is told of", async () => {
    writeFileSync(join(parent, "real"), "1");
    symlinkSync(join(parent, "real"), at("web.yaml"));
    await using follower = await follow(open());
    await follower.sees("web.yaml=1");
    writeFileSync(join(parent, "real"), "2");
    await follower.sees("web.yaml=2", TOLD_WITHIN_MS);
  });

  it("to nothing are unreadable, not gone", async () => {
    symlinkSync("nowhere", at("web.yaml"));
    await using follower = await follow(open());
    await follower.sees("web.yaml!is a symbolic link to nothing");
  });
});

describe("the directory itself", () => {
  it("may come after the agent, with all that leads to it", async () => {
    rmSync(parent, { recursive: true });
    await using follower = await follow(open());
    await follower.sees("unavailable");
    mkdirSync(parent);
    // A pause on the way, as a person makes, so that each step has to be followed.
    await new Promise((resolve) => setTimeout(resolve, 150));
    mkdirSync(root);
    await follower.sees("", TOLD_WITHIN_MS);
    put("web.yaml", "1");
    await follower.sees("web.yaml=1", TOLD_WITHIN_MS);
  });

  it("may vanish with its parent, and return as another", async () => {
    put("web.yaml", "1");
    await using follower = await follow(open());
    await follower.sees("web.yaml=1");
    renameSync(parent, `${parent}.away`);
    await follower.sees("unavailable", TOLD_WITHIN_MS);
    mkdirSync(root, { recursive: true });
    put("web.yaml", "2");
    await follower.sees("web.yaml=2", TOLD_WITHIN_MS);
    put("web.yaml", "3");
    await follower.sees("web.yaml=3", TOLD_WITHIN_MS);
  });

  it("may be replaced by another in one step", async () => {
    put("web.yaml", "1");
    mkdirSync(`${root}.new`);
    writeFileSync(`${root}.new/web.yaml`, "2");
    await using follower = await follow(open());
    renameSync(root, `${root}.old`);
    renameSync(`${root}.new`, root);
    await follower.sees("web.yaml=2", TOLD_WITHIN_MS);
    put("web.yaml", "3");
    await follower.sees("web.yaml=3", TOLD_WITHIN_MS);
  });

  it("may be a file by mistake", async () => {
    rmSync(root, { recursive: true });
    writeFileSync(root, "hello");
    await using follower = await follow(open());
    await follower.sees("unavailable");
  });
});

describe("what cannot be read is reported, and the rest is read", () => {
  it("FIFOs and devices, without opening them", async () => {
    execFileSync("mkfifo", [at("fifo.yaml")]);
    symlinkSync("/dev/zero", at("zero.yaml"));
    put("web.yaml", "1");
    await using follower = await follow(open());
    await follower.sees("web.yaml=1 fifo.yaml!is not a regular file zero.yaml!is not a regular file");
  });

  it("files that are too large, or no text", async () => {
    put("large.yaml", "x".repeat(FILE_BYTES_MAX + 1));
    put("most.yaml", "x".repeat(FILE_BYTES_MAX));
    writeFileSync(at("binary.yaml"), Buffer.from([0x61, 0xff, 0xfe]));
    const listing = await open().read();
    assert.ok(listing.available);
    assert.deepEqual(
      listing.files.map(({ path }) => path),
      ["most.yaml"],
    );
    assert.deepEqual(listing.unreadable, [
      { path: "binary.yaml", message: "is not UTF-8 text" },
      { path: "large.yaml", message: `is larger than ${FILE_BYTES_MAX} bytes` },
    ]);
  });

  it("files beyond the number that is taken are there all the same", async () => {
    for (let i = 0; i <= FILES_MAX; i++) put(`${String(i).padStart(5, "0")}.yaml`, "x");
    const listing = await open().read();
    assert.ok(listing.available);
    assert.equal(listing.files.length, FILES_MAX);
    assert.deepEqual(
      listing.unreadable.map(({ path }) => path),
      [`${String(FILES_MAX).padStart(5, "0")}.yaml`],
    );
  });
});

it("a change that the kernel does not tell of is found all the same, if later", async () => {
  // The link leads through another link, of which no watch knows: only the file at the end of the way is watched.
  for (const release of ["r1", "r2"]) {
    mkdirSync(join(parent, release));
    writeFileSync(join(parent, release, "web.yaml"), release);
  }
  mkdirSync(join(parent, "elsewhere"));
  symlinkSync("../r1", join(parent, "elsewhere", "current"));
  symlinkSync("../elsewhere/current/web.yaml", at("web.yaml"));
  await using follower = await follow(open());
  await follower.sees("web.yaml=r1");
  symlinkSync("../r2", join(parent, "elsewhere", "next"));
  renameSync(join(parent, "elsewhere", "next"), join(parent, "elsewhere", "current"));
  await follower.sees("web.yaml=r2");
});
