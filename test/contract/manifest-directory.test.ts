/** Runs the manifest directory's contract on the fake and on a file system, and what only a file system can do. */
import assert from "node:assert/strict";
import {
  appendFileSync,
  closeSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  renameSync,
  rmSync,
  symlinkSync,
  truncateSync,
  unlinkSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { after, before, beforeEach, describe, it } from "node:test";
import { WatchedDirectory } from "../../controller/adapter/files/manifest-directory.ts";
import type { Log } from "../../controller/port/log.ts";
import { FakeManifestDirectory } from "../support/fake-manifest-directory.ts";
import { follow, manifestDirectoryContract } from "./manifest-directory.ts";

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

manifestDirectoryContract("fake", () => {
  const directory = new FakeManifestDirectory();
  return {
    directory,
    write: (path, text) => directory.write(path, text),
    remove: (path) => directory.remove(path),
    vanish: () => directory.setThere(false),
    comeBack: () => directory.setThere(true),
  };
});

manifestDirectoryContract("file system", () => ({
  directory: open(),
  write: put,
  remove: (path) => unlinkSync(at(path)),
  vanish: () => renameSync(root, `${root}.away`),
  comeBack: () => renameSync(`${root}.away`, root),
}));

describe("a file that is written", () => {
  it("is told of soon after", async () => {
    await using follower = await follow(open());
    put("web.yaml", "0");
    await follower.sees("web.yaml=0");
    const spans: number[] = [];
    for (let i = 1; i <= 10; i++) {
      const start = performance.now();
      put("web.yaml", String(i));
      await follower.sees(`web.yaml=${i}`);
      spans.push(performance.now() - start);
    }
    const median = spans.sort((a, b) => a - b)[5] ?? Number.NaN;
    assert.ok(median < 120, `half of the writes took more than ${median} ms to be read`);
  });

  it("as vim does: a probe, a swap file, a backup, then a new file under the old name", async () => {
    put("web.yaml", "old");
    await using follower = await follow(open());
    put(".web.yaml.swp", "swap");
    put("4913", "");
    unlinkSync(at("4913"));
    renameSync(at("web.yaml"), at("web.yaml~"));
    put("web.yaml", "new");
    unlinkSync(at("web.yaml~"));
    await follower.sees("web.yaml=new", TOLD_WITHIN_MS);
    assert.ok(follower.told() <= 2, `told ${follower.told()} times of one save`);
  });

  it("as git does: a new file renamed over the old one", async () => {
    put("web.yaml", "old");
    await using follower = await follow(open());
    put("web.yaml.tmp", "new");
    renameSync(at("web.yaml.tmp"), at("web.yaml"));
    await follower.sees("web.yaml=new", TOLD_WITHIN_MS);
  });

  it("in place, slowly, is not read until the writer pauses", async () => {
    put("web.yaml", "old");
    const directory = open();
    const seen: string[] = [];
    await using follower = await follow({
      path: directory.path,
      onChange: (changed) => directory.onChange(changed),
      read: async () => {
        const listing = await directory.read();
        if (listing.available) seen.push(listing.files.map(({ text }) => text).join());
        return listing;
      },
    });
    truncateSync(at("web.yaml"));
    const file = openSync(at("web.yaml"), "a");
    for (const part of ["a", "b", "c", "d"]) {
      writeSync(file, part);
      // The situation itself: a writer with pauses that are shorter than the quiet period.
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    closeSync(file);
    await follower.sees("web.yaml=abcd", TOLD_WITHIN_MS);
    assert.deepEqual([...new Set(seen)], ["old", "abcd"]);
  });

  it("without a pause does not hold back the others for ever", async () => {
    await using follower = await follow(open());
    put("log.yaml", "");
    const writer = setInterval(() => appendFileSync(at("log.yaml"), "x"), 10);
    put("web.yaml", "new");
    try {
      await follower.sees(/web\.yaml=new/);
    } finally {
      clearInterval(writer);
    }
  });

  it("with the same content again is no news for the reader, and other files are none at all", async () => {
    put("web.yaml", "same");
    await using follower = await follow(open());
    await follower.sees("web.yaml=same");
    const before = follower.told();
    for (const name of ["notes.txt", ".hidden.yaml", "#web.yaml#", "web.yaml~", ".git/config.yaml"]) {
      put(name, "x");
    }
    put("db.yaml", "marker");
    await follower.sees("db.yaml=marker web.yaml=same");
    assert.equal(follower.told(), before + 1);
  });
});

describe("sub-directories", () => {
  it("are followed, also when they are new", async () => {
    await using follower = await follow(open());
    put("berlin/lb/web.yaml", "1");
    await follower.sees("berlin/lb/web.yaml=1", TOLD_WITHIN_MS);
    put("berlin/lb/web.yaml", "2");
    await follower.sees("berlin/lb/web.yaml=2", TOLD_WITHIN_MS);
    rmSync(at("berlin"), { recursive: true });
    await follower.sees("", TOLD_WITHIN_MS);
  });

  it("that have a manifest's name are directories all the same", async () => {
    mkdirSync(at("site.yaml"));
    put("site.yaml/web.yml", "1");
    await using follower = await follow(open());
    await follower.sees("site.yaml/web.yml=1");
  });

  it("that are reached both by a link and by their own name keep their own name", async () => {
    put("z/deep/web.yaml", "1");
    mkdirSync(at("a"));
    symlinkSync("../z/deep", at("a/link"));
    symlinkSync("z", at("b"));
    await using follower = await follow(open());
    await follower.sees("z/deep/web.yaml=1");
  });

  it("that lead back up by a link are read once", async () => {
    put("web.json", "1");
    symlinkSync("..", at("loop"));
    symlinkSync(root, at("again"));
    await using follower = await follow(open());
    await follower.sees("web.json=1");
  });
});
