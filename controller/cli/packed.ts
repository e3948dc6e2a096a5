/**
 * Loads a command from the one file that the build packs it into (scripts/pack.ts), with the code that V8 made of it at build time.
 * Node.js takes 0.2 s to find, read and compile the 200 modules of `validate` one by one, and over a second for the 700 of the agent
 * (docs/adr/0011-packed-commands.md).
 */
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { Script } from "node:vm";

/** Which commands are packed together. Each file holds what its commands need and no more: V8 reads all of its code at once. */
export const PACKS = {
  commands: ["validate", "status", "why"],
  agent: ["agent"],
  speaker: ["speaker"],
} as const;
export type PackName = keyof typeof PACKS;
export type PackedCommand<Name extends PackName> = (typeof PACKS)[Name][number];
export const PACK_NAMES = Object.keys(PACKS) as readonly PackName[];

export type RunCommand = (version: string, argv: readonly string[]) => Promise<void>;

/** What a packed file exports. */
export interface PackedProgram {
  readonly run: RunCommand;
  /** Runs what every start runs, for the build, which keeps the code that V8 has made by then. */
  readonly rehearse: () => Promise<void>;
}

export interface Packed extends PackedProgram {
  readonly script: Script;
  /** false: V8 took what it had compiled at build time. */
  readonly isCompiledAnew: boolean;
}

export const packOf = (command: string | undefined): PackName | null =>
  PACK_NAMES.find((name) => PACKS[name].some((each) => each === command)) ?? null;

export const packedDirectory = (build: string): string => join(build, "packed");

/** What tsc writes of the sources: their names and hashes. It differs whenever one of them does. */
export const statePath = (build: string): string => join(build, ".tsbuildinfo");

/** A copy of what tsc had written when the commands were packed. */
export const packedStatePath = (directory: string): string => join(directory, "tsbuildinfo");

/** The program itself, packed: what people and units start. */
export const packedProgram = (build: string): string => join(packedDirectory(build), "holdfast.cjs");

export const packedFiles = (directory: string, name: PackName) => ({
  program: join(directory, `${name}.cjs`),
  code: join(directory, `${name}.code`),
});

/** null where nothing is packed, or sources have been compiled since: whoever edits runs what was edited. */
export function loadPacked(build: string, name: PackName): Packed | null {
  const directory = packedDirectory(build);
  const packedState = readIfThere(packedStatePath(directory));
  const currentState = readIfThere(statePath(build));
  if (packedState === null || currentState === null || !packedState.equals(currentState)) return null;
  const { program, code } = packedFiles(directory, name);
  const text = readIfThere(program);
  return text === null ? null : compile(build, name, text, readIfThere(code));
}

/** The name in stack traces. V8 keeps it in the compiled code, and a build may be moved, so it is no whole path. */
export const packedName = (name: PackName): string => `dist/packed/${name}.cjs`;

/** What stands in a packed module for `import.meta.url`: a function of where the module was in the build. */
export const MODULE_URL = "moduleURL";
/** The packed file is a function, so that its text, which may be megabytes, goes to V8 as it is. */
export const WRAPPER = { start: `(function (module, require, ${MODULE_URL}) {`, end: "})" } as const;

/** `code` of another version of V8, of other flags of it, or cut short, is refused by V8, which compiles the text instead. */
export function compile(build: string, name: PackName, text: Buffer, code: Buffer | null): Packed {
  // The packed text is ASCII, and to read it as UTF-8 would take longer.
  const script = new Script(text.toString("latin1"), {
    filename: packedName(name),
    ...(code === null ? {} : { cachedData: code }),
  });
  const module: { exports: Partial<PackedProgram> } = { exports: {} };
  const file = packedFiles(packedDirectory(build), name).program;
  const moduleURL = (path: string): string => pathToFileURL(join(build, path)).href;
  script.runInThisContext()(module, createRequire(file), moduleURL);
  const { run, rehearse } = module.exports;
  if (run === undefined || rehearse === undefined) throw new Error(`${file} exports no commands`);
  return { run, rehearse, script, isCompiledAnew: script.cachedDataRejected !== false };
}

function readIfThere(file: string): Buffer | null {
  try {
    return readFileSync(file);
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return null;
    throw error;
  }
}
