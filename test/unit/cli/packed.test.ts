/** Starting is most of what a quick command does: what it loads is counted here, since time cannot be relied on. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import {
  copyFileSync,
  cpSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import {
  loadPacked,
  PACKED_NAME,
  packedDirectory,
  packedFiles,
  statePath,
} from "../../../controller/cli/packed.ts";

const BUILD = fileURLToPath(new URL("../../..", import.meta.url));
const MAIN = join(BUILD, "controller/cli/main.js");
const LIST_SCRIPTS = join(BUILD, "test/support/list-scripts.js");

const runListing = (args: readonly string[]) =>
  spawnSync(process.execPath, ["--import", LIST_SCRIPTS, MAIN, ...args], { encoding: "utf8" });

const packedText = () => readFileSync(packedFiles(packedDirectory(BUILD)).program, "utf8");

describe("a quick command", () => {
  it("has been packed since the sources were compiled", () => {
    assert.notEqual(loadPacked(BUILD), null, "run npm run build, or node dist/scripts/pack.js after tsc");
  });

  for (const args of [
    ["validate", "manifests/quickstart"],
    ["status", "--runtime-dir", "/no/agent/here"],
    ["why", "vip/web", "--runtime-dir", "/no/agent/here"],
  ])
    it(`${args[0]}: loads three files`, () => {
      const { stderr } = runListing(args);
      const files: unknown = JSON.parse(stderr.slice(stderr.indexOf("[")));
      assert.deepEqual(files, [MAIN, join(BUILD, "controller/cli/packed.js"), PACKED_NAME]);
    });

  it("is packed with three packages, and of zod's locales with the one that zod cannot do without", () => {
    const text = packedText();
    const paths = [...text.matchAll(/^ *\/\/ \S*?node_modules\/(\S+)$/gm)].map(([, path = ""]) => path);
    assert.deepEqual([...new Set(paths.map((path) => path.split("/")[0]))].sort(), [
      "commander",
      "yaml",
      "zod",
    ]);
    const locales = paths.filter((path) => path.includes("/locales/") && !path.endsWith("/index.js"));
    assert.deepEqual(locales, ["zod/v4/locales/en.js"]);
  });

  it("is packed with no part of the agent", () => {
    const text = packedText();
    const folders = [...text.matchAll(/^\/\/ dist\/controller\/(\w+)\//gm)].map(([, folder = ""]) => folder);
    assert.deepEqual([...new Set(folders)].sort(), [
      "adapter",
      "api",
      "cli",
      "net",
      "plan",
      "resource",
      // The election, which `validate` runs.
      "vrrp",
      "wiring",
    ]);
  });
});

describe("the packed commands", () => {
  let build = "";
  beforeEach(() => {
    build = mkdtempSync(join(tmpdir(), "holdfast-packed-"));
    cpSync(packedDirectory(BUILD), packedDirectory(build), { recursive: true });
    copyFileSync(statePath(BUILD), statePath(build));
  });
  afterEach(() => rmSync(build, { recursive: true }));
  const files = () => packedFiles(packedDirectory(build));

  it("run as V8 compiled them at build time", () => {
    assert.equal(loadPacked(build)?.isCompiledAnew, false);
  });

  it("are compiled anew when V8 does not take what is there", () => {
    truncateSync(files().code, 1000);
    assert.equal(loadPacked(build)?.isCompiledAnew, true);
    rmSync(files().code);
    assert.equal(loadPacked(build)?.isCompiledAnew, true);
  });

  it("are left alone when sources have been compiled since, or nothing was packed", () => {
    const state = readFileSync(statePath(build), "utf8");
    writeFileSync(statePath(build), state.replace(/"version":"./, '"version":"-'));
    assert.equal(loadPacked(build), null);
    rmSync(packedDirectory(build), { recursive: true });
    assert.equal(loadPacked(build), null);
  });
});
