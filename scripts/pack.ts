/**
 * Packs the commands whose start is waited for, each group into one file, and V8's compiled code of it into another
 * (controller/cli/packed.ts loads both). Run from the root of the project, after tsc. `--compile NAME DIRECTORY` is how it starts
 * itself for the second file.
 */
import { execFileSync } from "node:child_process";
import { chmodSync, copyFileSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { basename, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { build, type Plugin } from "esbuild";
import {
  compile,
  MODULE_URL,
  PACK_NAMES,
  type PackName,
  packedDirectory,
  packedFiles,
  packedProgram,
  packedStatePath,
  statePath,
  WRAPPER,
} from "../controller/cli/packed.ts";
import { SPEAKER_NODE_FLAGS } from "../controller/wiring/start-speaker.ts";

const ROOT = process.cwd();
const BUILD = join(ROOT, "dist");
/** Where the pack of each begins, and the flags that its program runs with: V8 takes no code that was made under other ones. */
const PROGRAMS: {
  readonly [Name in PackName]: { readonly entry: string; readonly flags: readonly string[] };
} = {
  commands: { entry: "controller/cli/quick-commands.js", flags: [] },
  agent: { entry: "controller/cli/agent-program.js", flags: [] },
  speaker: { entry: "controller/cli/speaker-program.js", flags: SPEAKER_NODE_FLAGS },
};
/** Not minified, so that a stack trace names functions; ASCII, as packed.ts reads it. */
const BUNDLED = {
  bundle: true,
  platform: "node",
  format: "cjs",
  target: "node20.19",
  charset: "ascii",
  logLevel: "error",
} as const;
const MAIN = "controller/cli/main.js";
/** In the packed program, of its own place: what `compile` gives to the others. */
const OWN_MODULE_URL = `const ${MODULE_URL} = (path) => require("node:url").pathToFileURL(require("node:path").join(__dirname, "..", path)).href;`;
/** They look for their native parts beside their own files. */
const NATIVE = ["koffi", "lmdb", "netlink"];

/** A module that starts a program by its place beside it finds it also from within the pack. */
const ownPlaces: Plugin = {
  name: "own-places",
  setup: ({ onLoad }) => {
    onLoad({ filter: /\.m?js$/ }, ({ path }) => {
      const text = readFileSync(path, "utf8");
      if (!text.includes("import.meta.url")) return null;
      const url = `${MODULE_URL}(${JSON.stringify(relative(BUILD, path))})`;
      return { contents: text.replaceAll("import.meta.url", url), loader: "js" };
    });
  },
};

/** What is not packed stays where it is. */
const ownModules: Plugin = {
  name: "own-modules",
  setup: ({ onResolve }) => {
    onResolve({ filter: /^\.\/commands\.js$/ }, () => ({
      path: "../controller/cli/commands.js",
      external: true,
    }));
  },
};

const [step, name = "", directory = ""] = process.argv.slice(2);
if (step === "--compile") await compileAt(name as PackName, directory);
else await pack();

async function pack(): Promise<void> {
  const target = packedDirectory(BUILD);
  // Aside, so that whoever starts a command meanwhile finds the files of before, which are left alone since sources were compiled.
  const aside = `${target}-${process.pid}`;
  try {
    mkdirSync(aside, { recursive: true });
    await packProgram(join(aside, basename(packedProgram(BUILD))));
    for (const each of PACK_NAMES) await packInto(aside, each);
    copyFileSync(statePath(BUILD), packedStatePath(aside));
    rmSync(target, { recursive: true, force: true });
    renameSync(aside, target);
  } finally {
    rmSync(aside, { recursive: true, force: true });
  }
  process.stdout.write(`packed ${PACK_NAMES.join(", ")} into ${relative(ROOT, target)}\n`);
}

/** Small, and run as it is: what it loads is packed with V8's code. */
async function packProgram(file: string): Promise<void> {
  await build({
    ...BUNDLED,
    entryPoints: [join(BUILD, MAIN)],
    outfile: file,
    banner: { js: OWN_MODULE_URL },
    plugins: [ownPlaces, ownModules],
  });
  chmodSync(file, 0o755);
}

async function packInto(aside: string, name: PackName): Promise<void> {
  const { program } = packedFiles(aside, name);
  const { entry, flags } = PROGRAMS[name];
  const { outputFiles } = await build({
    ...BUNDLED,
    entryPoints: [join(BUILD, entry)],
    outfile: program,
    external: NATIVE,
    banner: { js: WRAPPER.start },
    footer: { js: WRAPPER.end },
    plugins: [ownPlaces],
    write: false,
  });
  // Flushed, as V8 trusts what it finds: only its length and the version of V8 are checked.
  for (const { contents } of outputFiles) writeFileSync(program, contents, { flush: true });
  // In a process of its own, which has compiled nothing else and whose output nobody wants.
  const command = [...flags, fileURLToPath(import.meta.url), "--compile", name, aside];
  execFileSync(process.execPath, command, { stdio: ["ignore", "ignore", "inherit"] });
}

/** Runs what every start runs, and keeps what V8 compiled for it. */
async function compileAt(name: PackName, aside: string): Promise<void> {
  const { program, code } = packedFiles(aside, name);
  const { rehearse, script } = compile(BUILD, name, readFileSync(program), null);
  await rehearse();
  writeFileSync(code, script.createCachedData(), { flush: true });
}
