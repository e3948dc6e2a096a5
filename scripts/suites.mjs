/** Runs the built tests, suite by suite. A skipped test counts as a failed one. */
import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

export const ROOT = dirname(dirname(fileURLToPath(import.meta.url)));

/** In the order in which a failure is cheapest to learn. Suites that measure time have the machine to themselves. */
export const SUITES = {
  pure: {
    directories: ["property", "simulation"],
    // Many and short: what a process of its own costs each of them is most of what it takes.
    together: ["unit", "scenario", "golden", "tidy"],
    concurrency: 2,
  },
  // The fuzz is pure, but too long for the loop in which one edits.
  contract: { directories: ["contract", "fuzz"], concurrency: 1 },
  lab: { directories: ["lab"], concurrency: 1 },
};
/** Too long for every day: `npm run soak`. */
const SOAK = { directories: ["soak"], concurrency: 1 };
const suiteNamed = (name) => (name === "soak" ? SOAK : SUITES[name]);

/** A file that hangs, as one whose test has failed before it cleaned up, fails after so long; the longest takes four minutes. */
const FILE_MS_MAX = 600_000;

/** What became of the tests that name rows of docs/conformance.md, by test file; of the last run of each. */
const RESULTS = join(ROOT, "dist/conformance.json");

/** Runs one suite; returns whether every test of it ran and passed. */
export function runSuite(name) {
  const { directories, together = [], concurrency } = suiteNamed(name);
  const files = directories.flatMap(testFiles).sort();
  const short = together.flatMap(testFiles).sort();
  if ([...directories, ...together].some((directory) => testFiles(directory).length === 0)) {
    process.stderr.write(`suite ${name} lacks tests: the build is incomplete\n`);
    return false;
  }
  const scratch = mkdtempSync(join(tmpdir(), "holdfast-suite-"));
  try {
    return runFiles(`suite ${name}`, [...bundled(short, scratch), ...files], concurrency);
  } finally {
    rmSync(scratch, { recursive: true });
  }
}

/** Files each of which runs every fourth one of those. */
function bundled(files, directory) {
  if (files.length === 0) return [];
  return [0, 1, 2, 3].map((bundle) => {
    const path = join(directory, `bundle-${bundle}.test.mjs`);
    const imports = files.filter((_, index) => index % 4 === bundle).map((file) => pathToFileURL(file).href);
    writeFileSync(path, imports.map((url) => `import ${JSON.stringify(url)};\n`).join(""));
    return path;
  });
}

/** `what` is how a complaint names them. */
export function runFiles(what, files, concurrency) {
  const scratch = mkdtempSync(join(tmpdir(), "holdfast-suite-"));
  const report = join(scratch, "report.json");
  const result = spawnSync(
    process.execPath,
    [
      "--enable-source-maps",
      "--test",
      `--test-concurrency=${concurrency}`,
      `--test-timeout=${FILE_MS_MAX}`,
      "--test-reporter=spec",
      "--test-reporter-destination=stdout",
      `--test-reporter=${join(ROOT, "dist/test/conformance/reporter.js")}`,
      `--test-reporter-destination=${report}`,
      ...files,
    ],
    { cwd: ROOT, stdio: ["ignore", "inherit", "inherit"] },
  );
  const { skipped, results } = readReport(readFileSync(report, "utf8"));
  rmSync(scratch, { recursive: true });
  keepResults(results);
  if (skipped > 0) process.stderr.write(`${skipped} tests of ${what} were skipped, which is a failure\n`);
  return result.status === 0 && skipped === 0;
}

/** A run that was broken off has reported nothing. */
const readReport = (text) => (text === "" ? { skipped: 0, results: {} } : JSON.parse(text));

/** Those of files that did not run stay. */
function keepResults(results) {
  const before = existsSync(RESULTS) ? JSON.parse(readFileSync(RESULTS, "utf8")) : {};
  writeFileSync(RESULTS, JSON.stringify({ ...before, ...results }));
}

/** Of `directory` in the built tests. */
function testFiles(name) {
  const directory = join(ROOT, "dist/test", name);
  if (!existsSync(directory)) return [];
  return readdirSync(directory, { recursive: true, encoding: "utf8" })
    .filter((path) => path.endsWith(".test.js"))
    .map((path) => join(directory, path));
}
