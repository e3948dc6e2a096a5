/** Writes docs/kubectl.md from what the last run of the matrix left in dist/. Refuses while that has not run. */
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Results } from "../test/conformance/results.ts";
import { kubectlDocument } from "../test/kubectl/document.ts";

// npm runs its scripts in the root of the project.
const ROOT = process.cwd();
const RESULTS = join(ROOT, "dist/conformance.json");
const MATRIX = "test/contract/kubectl-matrix.test.ts";

const results = existsSync(RESULTS) ? (JSON.parse(readFileSync(RESULTS, "utf8")) as Results) : {};
const matrix = results[MATRIX] ?? [];
if (matrix.length === 0) {
  process.stderr.write(`the matrix has not run yet: node scripts/test.mjs ${MATRIX}\n`);
  process.exitCode = 1;
} else {
  writeFileSync(join(ROOT, "docs/kubectl.md"), kubectlDocument(matrix));
  process.stdout.write("wrote docs/kubectl.md\n");
}
