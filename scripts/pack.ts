/**
 * Packs the quick commands into one file, and V8's compiled code of it into another (controller/cli/packed.ts loads both).
 * Run from the root of the project, after tsc. `--compile DIRECTORY` is how it starts itself for the second file.
 */
import { execFileSync } from "node:child_process";
import { copyFileSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { buildSync } from "esbuild";
import { compile, packedDirectory, packedFiles, statePath } from "../controller/cli/packed.ts";

const ROOT = process.cwd();
const BUILD = join(ROOT, "dist");
/** Together they use most of what `validate` can do: code that ran is code that is kept. */
const EXERCISE = ["manifests/single-master", "test/golden/broken"];

const [step, directory = ""] = process.argv.slice(2);
if (step === "--compile") await compileAt(directory);
else pack();

function pack(): void {
  const target = packedDirectory(BUILD);
  // Aside, so that whoever starts a command meanwhile finds all files or none.
  const aside = `${target}-${process.pid}`;
  rmSync(target, { recursive: true, force: true });
  try {
    packInto(aside);
    renameSync(aside, target);
  } finally {
    rmSync(aside, { recursive: true, force: true });
  }
  process.stdout.write(`packed the quick commands into ${relative(ROOT, target)}\n`);
}

function packInto(aside: string): void {
  const { program, state } = packedFiles(aside);
  mkdirSync(aside, { recursive: true });
  const { outputFiles } = buildSync({
    entryPoints: [join(BUILD, "controller/cli/quick-commands.js")],
    outfile: program,
    bundle: true,
    platform: "node",
    format: "cjs",
    target: "node20.19",
    // Not minified, so that a stack trace names functions; ASCII, as packed.ts reads it.
    charset: "ascii",
    logLevel: "warning",
    write: false,
  });
  // Flushed, as V8 trusts what it finds: only its length and the version of V8 are checked.
  for (const { contents } of outputFiles) writeFileSync(program, contents, { flush: true });
  // In a process of its own, which has compiled nothing else and whose output nobody wants.
  execFileSync(process.execPath, [fileURLToPath(import.meta.url), "--compile", aside], {
    stdio: ["ignore", "ignore", "inherit"],
  });
  copyFileSync(statePath(BUILD), state);
}

/** Runs a command, and keeps what V8 compiled for it. */
async function compileAt(aside: string): Promise<void> {
  const { program, code } = packedFiles(aside);
  const { run, script } = compile(program, readFileSync(program), null);
  await run("0", [process.execPath, "holdfast", "validate", ...EXERCISE]);
  writeFileSync(code, script.createCachedData(), { flush: true });
  // It has judged manifests that are broken on purpose.
  process.exitCode = 0;
}
