/** docs/kubectl.md tells of each command that the matrix asks for. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { it } from "node:test";
import { ROWS } from "../kubectl/matrix.ts";

it("docs/kubectl.md has each row", () => {
  const text = readFileSync("docs/kubectl.md", "utf8");
  const absent = ROWS.filter(({ command }) => !text.includes(`\n| \`${command.replaceAll("|", "\\|")}\` | `));
  assert.deepEqual(
    absent.map(({ command }) => command),
    [],
    "node scripts/test.mjs test/contract/kubectl-matrix.test.ts && npm run conformance",
  );
});
