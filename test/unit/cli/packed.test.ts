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
  PACK_NAMES,
  type PackName,
  packedDirectory,
  packedFiles,
  packedName,
  packedProgram,
  statePath,
} from "../../../controller/cli/packed.ts";
import { SPEAKER_NODE_FLAGS } from "../../../controller/wiring/start-speaker.ts";

const BUILD = fileURLToPath(new URL("../../..", import.meta.url));
const PROGRAM = packedProgram(BUILD);
const LIST_SCRIPTS = join(BUILD, "test/support/list-scripts.js");

const runListing = (args: readonly string[]) =>
  spawnSync(process.execPath, ["--import", LIST_SCRIPTS, PROGRAM, ...args], { encoding: "utf8" });

const packedText = (name: PackName) =>
  readFileSync(packedFiles(packedDirectory(BUILD), name).program, "utf8");
/** Of what is packed. */
const packagesIn = (name: PackName) =>
  [...packedText(name).matchAll(/^ *\/\/ \S*?node_modules\/(\S+)$/gm)].map(([, path = ""]) => path);
const foldersIn = (name: PackName) =>
  new Set(
    [...packedText(name).matchAll(/^ *\/\/ dist\/controller\/(\w+)\//gm)].map(([, folder = ""]) => folder),
  );

describe("a quick command", () => {
  it("has been packed since the sources were compiled", () => {
    assert.notEqual(
      loadPacked(BUILD, "commands"),
      null,
      "run npm run build, or node dist/scripts/pack.js after tsc",
    );
  });

  for (const args of [
    ["validate", "manifests/quickstart"],
    ["status", "--runtime-dir", "/no/agent/here"],
    ["why", "vip/web", "--runtime-dir", "/no/agent/here"],
  ])
    it(`${args[0]}: loads two files`, () => {
      const { stderr } = runListing(args);
      const files: unknown = JSON.parse(stderr.slice(stderr.indexOf("[")));
      assert.deepEqual(files, [PROGRAM, packedName("commands")]);
    });

  it("is told from the others, which come from their modules", () => {
    const { stderr, status } = runListing(["get"]);
    assert.equal(status, 2);
    const files = JSON.parse(stderr.slice(stderr.indexOf("["))) as readonly string[];
    assert.ok(files.includes(join(BUILD, "controller/cli/commands.js")), files.join("\n"));
  });

  it("is packed with three packages, and of zod's locales with the one that zod cannot do without", () => {
    const paths = packagesIn("commands");
    assert.deepEqual([...new Set(paths.map((path) => path.split("/")[0]))].sort(), [
      "commander",
      "yaml",
      "zod",
    ]);
    const locales = paths.filter((path) => path.includes("/locales/") && !path.endsWith("/index.js"));
    assert.deepEqual(locales, ["zod/v4/locales/en.js"]);
  });

  it("is packed with no part of the agent", () => {
    assert.deepEqual([...foldersIn("commands")].sort(), [
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

describe("the agent and the speaker", () => {
  it("are packed without their native parts, which look for their files beside their own", () => {
    for (const name of ["agent", "speaker"] as const) {
      const native = packagesIn(name).filter((path) => /^(koffi|lmdb|netlink|@koromix)\//.test(path));
      assert.deepEqual(native, [], name);
    }
  });

  it("the speaker is packed with what it needs, since its memory counts", () => {
    const packages = new Set(packagesIn("speaker").map((path) => path.split("/")[0]));
    assert.deepEqual(
      ["commander", "fastify", "pino", "yaml", "zod"].filter((each) => packages.has(each)),
      ["commander", "pino"],
    );
    assert.equal(foldersIn("speaker").has("nginx"), false);
  });

  it("know where they are: the programs beside a module that start from it are found from the pack", () => {
    for (const name of ["agent", "speaker"] as const)
      assert.equal(packedText(name).includes("import.meta"), false);
    assert.match(packedText("agent"), /moduleURL\("controller\/adapter\/lmdb\/prepare.js"\)/);
  });

  for (const [name, flags] of [
    ["agent", []],
    ["speaker", SPEAKER_NODE_FLAGS],
  ] as const)
    it(`${name}: loads two files, with the flags that it is started with`, () => {
      const { stderr, status } = spawnSync(
        process.execPath,
        [...flags, "--import", LIST_SCRIPTS, PROGRAM, name, "--help"],
        { encoding: "utf8" },
      );
      assert.equal(status, 0);
      const files: unknown = JSON.parse(stderr.slice(stderr.indexOf("[")));
      assert.deepEqual(files, [PROGRAM, packedName(name)]);
    });

  it("the speaker's code is that of V8 with the flags that it is started with", () => {
    const text = `
      import { loadPacked } from ${JSON.stringify(join(BUILD, "controller/cli/packed.js"))};
      process.stdout.write(String(loadPacked(${JSON.stringify(BUILD)}, "speaker").isCompiledAnew));`;
    const args = [...SPEAKER_NODE_FLAGS, "--input-type=module", "-e", text];
    assert.equal(spawnSync(process.execPath, args, { encoding: "utf8" }).stdout, "false");
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
  const files = () => packedFiles(packedDirectory(build), "commands");

  it("run as V8 compiled them at build time", () => {
    for (const name of ["commands", "agent"] as const)
      assert.equal(loadPacked(build, name)?.isCompiledAnew, false);
  });

  it("are compiled anew when V8 does not take what is there", () => {
    truncateSync(files().code, 1000);
    assert.equal(loadPacked(build, "commands")?.isCompiledAnew, true);
    rmSync(files().code);
    assert.equal(loadPacked(build, "commands")?.isCompiledAnew, true);
  });

  it("are left alone when sources have been compiled since, or nothing was packed", () => {
    const state = readFileSync(statePath(build), "utf8");
    writeFileSync(statePath(build), state.replace(/"version":"./, '"version":"-'));
    assert.equal(loadPacked(build, "commands"), null);
    rmSync(packedDirectory(build), { recursive: true });
    for (const name of PACK_NAMES) assert.equal(loadPacked(build, name), null);
  });
});
