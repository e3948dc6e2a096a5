/** Has nginx itself judge a release, where the test can neither meet nor disturb the ports that serve. */
import { execFile } from "node:child_process";
import { rm } from "node:fs/promises";
import type { NginxRelease } from "../../nginx/release.ts";
import { type NginxPlace, testArguments, testPidFileOf } from "./place.ts";
import { type Refusal, refusalIn } from "./words.ts";

/** Ten times what a configuration of 5000 servers took. */
const TEST_TIMEOUT_MS = 10_000;
const OUTPUT_BYTES_MAX = 1_000_000;

/** null when nginx takes the release without a warning: what nginx warns of, it does not do. */
export async function testRelease(place: NginxPlace, release: NginxRelease): Promise<Refusal | null> {
  const command = [place.binary, ...testArguments(place, release.id)];
  const outcome = await runTest(command, release);
  await rm(testPidFileOf(place, release.id), { force: true });
  if (outcome.missing) return { output: `${place.binary} is not there`, mayPass: true };
  const refusal = refusalIn(outcome.output.split("\n"));
  if (refusal !== null) return refusal;
  return outcome.ok
    ? null
    : { output: outcome.output.trim() || "nginx -t failed without a word", mayPass: true };
}

interface TestOutcome {
  readonly ok: boolean;
  readonly output: string;
  readonly missing: boolean;
}

/**
 * A test binds the ports that are free, so it has a network of its own, without any other. Names of backends can be looked
 * up only in the real one, and so it is where the kernel does not let us make another.
 */
async function runTest(command: readonly string[], { hostNames }: NginxRelease): Promise<TestOutcome> {
  if (hostNames.length > 0) return run(command);
  const outcome = await run(["unshare", "--net", "--", ...command]);
  return /^unshare: /m.test(outcome.output) || outcome.missing ? run(command) : outcome;
}

function run([file = "", ...args]: readonly string[]): Promise<TestOutcome> {
  const options = { timeout: TEST_TIMEOUT_MS, maxBuffer: OUTPUT_BYTES_MAX, cwd: "/" };
  return new Promise((resolve) => {
    execFile(file, args, options, (error, stdout, stderr) => {
      const output = `${stdout}${stderr}`;
      resolve({ ok: error === null, output, missing: error?.code === "ENOENT" });
    });
  });
}
