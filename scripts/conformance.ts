/**
 * Writes docs/conformance.md from the rows and from what the last runs of their tests left in dist/. Refuses while a test
 * that names a row has not run, unless `--partial`.
 */
import { spawnSync } from "node:child_process";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { conformanceDocument, type Shown } from "../test/conformance/document.ts";
import type { Results } from "../test/conformance/results.ts";
import { CHAPTERS } from "../test/conformance/rows.ts";
import { type NamedTest, rowsOf, testsNamingRows } from "../test/conformance/titles.ts";

// npm runs its scripts in the root of the project.
const ROOT = process.cwd();
const RESULTS = join(ROOT, "dist/conformance.json");

function resultsOf(tests: readonly NamedTest[]): readonly Shown[] {
  const results = existsSync(RESULTS) ? (JSON.parse(readFileSync(RESULTS, "utf8")) as Results) : {};
  // Results of a file that has gone meanwhile are nobody's.
  const files = [...new Set(tests.map(({ file }) => file))].sort();
  return files.flatMap((file) => (results[file] ?? []).map((result) => ({ ...result, file })));
}

/** Rows that a test file names and that it has no result for. */
function missing(tests: readonly NamedTest[], shown: readonly Shown[]): readonly string[] {
  return tests.flatMap(({ file, rows }) =>
    rows
      .filter((row) => !shown.some((each) => each.file === file && rowsOf(each.title).includes(row)))
      .map((row) => `${row} (${file})`),
  );
}

function programs(): readonly string[] {
  const keepalived = spawnSync("keepalived", ["--version"], { encoding: "utf8" }).stderr;
  const frr = spawnSync("/usr/lib/frr/vrrpd", ["--version"], { encoding: "utf8" }).stdout;
  const versionIn = (text: string, pattern: RegExp): string => pattern.exec(text)?.[1] ?? "(none here)";
  return [
    `Node.js ${process.version}`,
    `keepalived ${versionIn(keepalived, /Keepalived v(\S+)/)}`,
    `FRR ${versionIn(frr, /version (\S+)/)}`,
  ];
}

function main(isPartial: boolean): void {
  const tests = testsNamingRows(ROOT);
  const shown = resultsOf(tests);
  const lacking = missing(tests, shown);
  if (lacking.length > 0 && !isPartial) {
    process.stderr.write(
      `these have not run yet (npm test, or node scripts/test.mjs FILE): ${lacking.join(", ")}\n`,
    );
    process.exitCode = 1;
    return;
  }
  const shownBy = (row: string): readonly Shown[] => shown.filter(({ title }) => rowsOf(title).includes(row));
  const text = conformanceDocument({ chapters: CHAPTERS, shownBy, programs: programs() });
  writeFileSync(join(ROOT, "docs/conformance.md"), text);
  process.stdout.write("wrote docs/conformance.md\n");
}

main(process.argv.includes("--partial"));
