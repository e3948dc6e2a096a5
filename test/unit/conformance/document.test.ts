/** docs/conformance.md says no more than was shown. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { conformanceDocument, type Shown } from "../../conformance/document.ts";
import type { Lack } from "../../conformance/rows.ts";
import { namedTests, rowsOf } from "../../conformance/titles.ts";

const LACK: Lack = { kind: "not yet", because: "it is not built" };
const title = (row: string): string => `${row}: it is done`;

function lineOf(lack: Lack | null, ...shown: readonly Partial<Shown>[]): string {
  const text = conformanceDocument({
    chapters: [{ title: "Chapter", rows: [{ id: "F1", situation: "a | b", expectation: "c", lack }] }],
    shownBy: () =>
      shown.map((different) => ({
        title: title("F1"),
        passed: true,
        diagnostics: [],
        file: "test/lab/x.test.ts",
        ...different,
      })),
    programs: ["keepalived 2.2.7"],
  });
  const lines = text.split("\n").filter((line) => line.startsWith("| F1 "));
  return lines.join("\n");
}

describe("the conformance table", () => {
  it("says what showed a row, and escapes what would end a cell", () => {
    assert.equal(lineOf(null, {}), "| F1 | a \\| b | c | **shown** | [it is done](../test/lab/x.test.ts) |");
  });

  it("says that a row is shown in part, and what is lacking", () => {
    assert.match(lineOf(LACK, {}), /\*\*in part\*\* .*; not yet: it is not built \|$/);
  });

  it("says why a row is not shown", () => {
    assert.match(lineOf(LACK), /\*\*not yet\*\* \| it is not built \|$/);
  });

  it("does not call a row shown whose tests have not run", () => {
    assert.match(lineOf(null), /\*\*not run\*\*/);
  });

  it("calls a row failed when one of its tests is", () => {
    assert.match(lineOf(null, {}, { passed: false }), /\*\*FAILED\*\* .* \*\*failed\*\* \|$/);
  });

  it("keeps figures apart, since they differ each time", () => {
    const [first, second] = lineOf(null, { diagnostics: ["gap 7 ms"] }).split("\n");
    assert.ok(!first?.includes("gap"));
    assert.equal(second, "| F1 | it is done | gap 7 ms |");
  });
});

describe("a title", () => {
  it("names one row, some or none", () => {
    assert.deepEqual(rowsOf(title("F1")), ["F1"]);
    assert.deepEqual(rowsOf(title("E2, F10")), ["E2", "F10"]);
    assert.deepEqual(rowsOf("has nothing to do with F1: at all"), []);
  });

  it("is found in a source, also where it goes on with something that is filled in", () => {
    const source = `it("${title("E2")}", () => {}); it(\`${title("E3, E4")} \${x}\`, () => {});`;
    assert.deepEqual(
      namedTests("a.test.ts", source).map(({ rows }) => rows),
      [["E2"], ["E3", "E4"]],
    );
  });
});
