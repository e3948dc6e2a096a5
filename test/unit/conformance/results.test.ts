/** Results of tests that name rows, from the events of node:test as they come. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { TestEvent } from "node:test/reporters";
import { ResultsFold } from "../../conformance/results.ts";

const FILE = "/somewhere/dist/test/lab/failover.test.js";
const TITLE = (row: string, what: string): string => `${row}: ${what}`;
const details = { duration_ms: 1 };
const place = { file: FILE, line: 1, column: 1 };

const start = (name: string, nesting: number): TestEvent => ({
  type: "test:start",
  data: { name, nesting, ...place },
});
const pass = (name: string, nesting: number): TestEvent => ({
  type: "test:pass",
  data: { name, nesting, ...place, details, testNumber: 1 },
});
const fail = (name: string, nesting: number): TestEvent => ({
  type: "test:fail",
  data: {
    name,
    nesting,
    ...place,
    details: { ...details, error: Object.assign(new Error("no"), { cause: new Error("because") }) },
    testNumber: 1,
  },
});
const diagnostic = (message: string, nesting: number): TestEvent => ({
  type: "test:diagnostic",
  data: { message, nesting, ...place },
});

const resultsOf = (...events: readonly TestEvent[]) => {
  const fold = new ResultsFold();
  for (const event of events) fold.take(event);
  return fold.results;
};

describe("results of tests that name rows", () => {
  it("are kept by source file, with what the test and its subtests reported", () => {
    const named = TITLE("F1", "the link is cut");
    const results = resultsOf(
      start("a suite", 0),
      start(named, 1),
      start("once", 2),
      pass("once", 2),
      diagnostic("of the subtest", 2),
      pass(named, 1),
      diagnostic("of the test", 1),
      start("another", 1),
      pass("another", 1),
      diagnostic("of another", 1),
      pass("a suite", 0),
    );
    assert.deepEqual(results, {
      "test/lab/failover.test.ts": [
        { title: named, passed: true, diagnostics: ["of the subtest", "of the test"] },
      ],
    });
  });

  it("tell a failure, and that a file names no row any more", () => {
    const [failed, other] = [TITLE("F2, F3", "both"), "of no row"];
    assert.deepEqual(resultsOf(start(failed, 0), fail(failed, 0))["test/lab/failover.test.ts"], [
      { title: failed, passed: false, diagnostics: [] },
    ]);
    assert.deepEqual(resultsOf(start(other, 0), pass(other, 0)), { "test/lab/failover.test.ts": [] });
  });

  it("are not all: skipped tests are counted, whatever they name", () => {
    const fold = new ResultsFold();
    const skipped = { file: FILE, name: "x", nesting: 0, details, testNumber: 1, skip: true };
    fold.take({ type: "test:pass", data: skipped });
    fold.take({ type: "test:pass", data: { ...skipped, skip: "for a reason" } });
    fold.take(pass("y", 0));
    assert.equal(fold.skipped, 2);
  });

  it("do not take the totals of the run for a test's", () => {
    const totals: TestEvent = {
      type: "test:diagnostic",
      data: { message: "tests 6", nesting: 0 },
    };
    assert.deepEqual(resultsOf(totals), {});
  });
});
