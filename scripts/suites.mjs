/** Runs the built tests, suite by suite. A skipped test counts as a failed one. */
import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

export const ROOT = dirname(dirname(fileURLToPath(import.meta.url)));

/** In the order in which a failure is cheapest to learn. Suites that measure time have the machine to themselves. */
export const SUITES = {
  pure: { directories: ["unit", "property", "scenario", "simulation", "golden", "tidy"], concurrency: 2 },
  contract: { directories: ["contract"], concurrency: 1 },
  lab: { directories: ["lab"], concurrency: 1 },
};

/** Runs one suite; returns whether every test of it ran and passed. */
export function runSuite(name) {
  const { directories, concurrency } = SUITES[name];
  const files = directories.flatMap((directory) => testFiles(join(ROOT, "dist/test", directory))).sort();
  if (files.length === 0) {
    process.stderr.write(`suite ${name} has no tests: the build is incomplete\n`);
    return false;
  }
  const scratch = mkdtempSync(join(tmpdir(), "holdfast-suite-"));
  const tap = join(scratch, "tap");
  const result = spawnSync(
    process.execPath,
    [
      "--enable-source-maps",
      "--test",
      `--test-concurrency=${concurrency}`,
      "--test-reporter=spec",
      "--test-reporter-destination=stdout",
      "--test-reporter=tap",
      `--test-reporter-destination=${tap}`,
      ...files,
    ],
    { cwd: ROOT, stdio: ["ignore", "inherit", "inherit"] },
  );
  const skipped = countSkipped(readFileSync(tap, "utf8"));
  rmSync(scratch, { recursive: true });
  if (skipped > 0)
    process.stderr.write(`${skipped} tests of suite ${name} were skipped, which is a failure\n`);
  return result.status === 0 && skipped === 0;
}

function countSkipped(tap) {
  const [, skipped = "0"] = /^# skipped (\d+)$/m.exec(tap) ?? [];
  const [, todo = "0"] = /^# todo (\d+)$/m.exec(tap) ?? [];
  return Number(skipped) + Number(todo);
}

function testFiles(directory) {
  if (!existsSync(directory)) return [];
  return readdirSync(directory, { recursive: true, encoding: "utf8" })
    .filter((path) => path.endsWith(".test.js"))
    .map((path) => join(directory, path));
}
