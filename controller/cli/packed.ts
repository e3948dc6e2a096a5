/**
 * Loads the quick commands from the one file that the build packs them into (scripts/pack.ts), with the code that V8 made
 * of it at build time. Node.js takes 0.2 s to find, read and compile the 200 modules of `validate` one by one
 * (docs/adr/0011-packed-commands.md).
 */
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { Script } from "node:vm";

const QUICK = ["validate", "status", "why"] as const;
export type QuickCommand = (typeof QUICK)[number];
export type RunCommand = (version: string, argv: readonly string[]) => Promise<void>;

export const isQuickCommand = (name: string | undefined): boolean => QUICK.some((quick) => quick === name);

export interface Packed {
  readonly run: RunCommand;
  readonly script: Script;
  /** false: V8 took what it had compiled at build time. */
  readonly isCompiledAnew: boolean;
}

export const packedDirectory = (build: string): string => join(build, "packed");

/** What tsc writes of the sources: their names and hashes. It differs whenever one of them does. */
export const statePath = (build: string): string => join(build, ".tsbuildinfo");

/** `state`: a copy of what tsc had written when the commands were packed. */
export const packedFiles = (directory: string) => ({
  program: join(directory, "commands.cjs"),
  code: join(directory, "commands.code"),
  state: join(directory, "tsbuildinfo"),
});

/** null where nothing is packed, or sources have been compiled since: whoever edits runs what was edited. */
export function loadPacked(build: string): Packed | null {
  const { program, code, state } = packedFiles(packedDirectory(build));
  const packedState = readIfThere(state);
  const currentState = readIfThere(statePath(build));
  if (packedState === null || currentState === null || !packedState.equals(currentState)) return null;
  const text = readIfThere(program);
  return text === null ? null : compile(program, text, readIfThere(code));
}

/** The name in stack traces. V8 keeps it in the compiled code, and a build may be moved, so it is no whole path. */
export const PACKED_NAME = "dist/packed/commands.cjs";

/** `code` of another version of V8, or cut short, is refused by V8, which compiles the text instead. */
export function compile(file: string, text: Buffer, code: Buffer | null): Packed {
  // The packed text is ASCII, and to read it as UTF-8 would take longer.
  const wrapped = `(function (module, require) {${text.toString("latin1")}\n})`;
  const script = new Script(wrapped, {
    filename: PACKED_NAME,
    ...(code === null ? {} : { cachedData: code }),
  });
  const module: { exports: { readonly run?: RunCommand } } = { exports: {} };
  script.runInThisContext()(module, createRequire(file));
  const { run } = module.exports;
  if (run === undefined) throw new Error(`${file} exports no commands`);
  return { run, script, isCompiledAnew: script.cachedDataRejected !== false };
}

function readIfThere(file: string): Buffer | null {
  try {
    return readFileSync(file);
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return null;
    throw error;
  }
}
