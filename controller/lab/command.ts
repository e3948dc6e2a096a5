/** Runs the system's own programs (ip, nsenter, ...) and turns their refusals into sentences. */
import { execa } from "execa";
import { OperationFailure } from "../port/failure.ts";

/** None of these programs has a reason to take longer; one that does is stuck. */
const COMMAND_TIMEOUT_MS = 30_000;
/** `ip -j addr` of a node with 255 virtual addresses is a tenth of that. */
const OUTPUT_BYTES_MAX = 4_000_000;

export interface Finished {
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
}

export const refuse = (sentence: string, cause?: unknown): OperationFailure =>
  new OperationFailure({ code: "lab-refused", output: sentence }, cause);

/** Standard output. Throws `lab-refused` with the program's own words when it ends with another status than 0. */
export async function run(program: string, args: readonly string[], input = ""): Promise<string> {
  const { status, stdout, stderr } = await attempt(program, args, input);
  if (status === 0) return stdout;
  throw refuse(
    `\`${[program, ...args].join(" ")}\` ended with status ${status}: ${stderr.trim() || stdout.trim()}`,
  );
}

/** As `run`, for those who want to see a failure themselves. A program that a signal ended has status 128. */
export async function attempt(program: string, args: readonly string[], input = ""): Promise<Finished> {
  const result = await execa(program, args, {
    input,
    reject: false,
    timeout: COMMAND_TIMEOUT_MS,
    maxBuffer: OUTPUT_BYTES_MAX,
    stripFinalNewline: false,
    // In a process group of its own: a Ctrl-C is for whoever called it, who may need it to clean up.
    detached: true,
  });
  if (result.failed && result.exitCode === undefined && !result.isTerminated) {
    throw refuse(`cannot run ${program}: ${result.shortMessage}`, result.cause);
  }
  return { status: result.exitCode ?? 128, stdout: result.stdout, stderr: result.stderr };
}
