/** The table of situations is complete: nothing in it lacks both a test and a reason, and no test names a row that is not there. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { it } from "node:test";
import { ROWS } from "../conformance/rows.ts";
import { testsNamingRows } from "../conformance/titles.ts";

const tests = testsNamingRows(process.cwd());
const named = new Set(tests.flatMap(({ rows }) => rows));

it("each row of the conformance table has a test that names it, or a reason why not", () => {
  const bare = ROWS.filter(({ id, lack }) => lack === null && !named.has(id)).map(({ id }) => id);
  assert.deepEqual(bare, []);
});

it("each row that a test names is in the conformance table, once", () => {
  const known = ROWS.map(({ id }) => id);
  assert.deepEqual([...new Set(known)], known);
  const unknown = tests.flatMap(({ file, rows }) =>
    rows.filter((row) => !known.includes(row)).map((row) => `${file} names ${row}`),
  );
  assert.deepEqual(unknown, []);
});

it("docs/conformance.md has each row", () => {
  const text = readFileSync("docs/conformance.md", "utf8");
  const absent = ROWS.filter(({ id }) => !text.includes(`\n| ${id} | `)).map(({ id }) => id);
  assert.deepEqual(absent, [], "npm test && npm run conformance");
});
