/** Starts the speaker as a process of its own session, which no signal to the agent's process group reaches. */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { closeSync, mkdirSync, openSync } from "node:fs";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { OperationFailure } from "../port/failure.ts";

const MAIN = fileURLToPath(new URL("../../packed/holdfast.cjs", import.meta.url));

/**
 * Garbage is collected on the thread that runs before all others: a collection that waits for helping threads waits behind everybody else
 * on a busy machine. One helping thread compiles, which nobody waits for; without it a take-over of 250 routers, whose code nobody has needed
 * for days, waits for its own compilation. Everything is compiled at the start, not when it is first called, and kept however long it is not
 * used: a backup takes over for the first time when its master has just died.
 * The young generation stays small, since next to nothing of a packet outlives it; without the limit it grows by some 30 MB with 250 routers.
 * Nor may what has outlived it at the start, as everything does there, make optimised code take it for old from then on: half a megabyte of
 * garbage a second, until all of it is collected at once. And code keeps account of itself from its first call on, not from its eighth: the
 * first take-over is as quick as later ones, for 1.3 MB.
 */
export const SPEAKER_NODE_FLAGS = [
  "--single-threaded-gc",
  "--v8-pool-size=1",
  "--no-lazy",
  "--no-flush-bytecode",
  "--max-semi-space-size=1",
  "--no-allocation-site-pretenuring",
  "--no-lazy-feedback-allocation",
] as const;

export interface StartOptions {
  readonly runtimeDir: string;
  readonly logLevel: string;
  /** `replacing`: it takes over from the one that runs. */
  readonly how?: "first" | "replacing";
  /** What it hears and decides goes there; null: nowhere. */
  readonly recordFile: string | null;
  /** The program's entry; another one only in tests. */
  readonly main?: string;
}

/** Resolves to the pid when the process has been started. Throws OperationFailure `speaker-unreachable`. */
export async function startSpeaker({
  logLevel,
  recordFile,
  how = "first",
  main = MAIN,
  ...options
}: StartOptions): Promise<number> {
  // The speaker stands in no directory that somebody may want to unmount.
  const runtimeDir = resolve(options.runtimeDir);
  mkdirSync(runtimeDir, { recursive: true });
  const logFile = join(runtimeDir, "speaker.log");
  // A pipe to us would break with us. What the process says outside of its log, its last words, goes to the same file.
  const output = openSync(logFile, "a", 0o600);
  const command = ["speaker", "--runtime-dir", runtimeDir, "--log-level", logLevel, "--log-file", logFile];
  const recording = recordFile === null ? [] : ["--record", resolve(recordFile)];
  const replacing = how === "replacing" ? ["--replace"] : [];
  const child = spawn(
    process.execPath,
    [...SPEAKER_NODE_FLAGS, main, ...command, ...recording, ...replacing],
    {
      detached: true,
      stdio: ["ignore", output, output],
      cwd: "/",
    },
  );
  try {
    await new Promise<void>((spawned, reject) => {
      child.once("spawn", spawned);
      child.once("error", reject);
    });
    assert(child.pid !== undefined, "what has been spawned has a pid");
    return child.pid;
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new OperationFailure({ code: "speaker-unreachable", output: reason }, error);
  } finally {
    closeSync(output);
    child.unref();
  }
}
