/** Rise, fall, and the words that go with a verdict. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Check, ProbeAnswer } from "../../../controller/health/probe.ts";
import { begin, judge, type Remembered, type Standing } from "../../../controller/health/verdict.ts";
import type { WallTime } from "../../../controller/net/time.ts";
import { aCheck } from "../../support/fake-prober.ts";

const at = (moment: number): WallTime => moment as WallTime;
const well = (because = "HTTP 200"): ProbeAnswer => ({ healthy: true, because });
const unwell = (because = "HTTP 502"): ProbeAnswer => ({ healthy: false, because });
const START = at(1000);

/** One answer per second after START. */
function after(
  answers: readonly ProbeAnswer[],
  check: Check = aCheck("x"),
  from: Remembered | null = null,
): Standing {
  return answers.reduce(
    (standing, answer, index) => judge(check, standing, answer, at(START + 1000 * (index + 1))),
    begin(check, from, START),
  );
}

describe("a check that begins", () => {
  it("is pending and says so", () => {
    assert.deepEqual(after([]), {
      check: "x",
      verdict: "pending",
      because: "not asked yet",
      since: START,
      contrary: 0,
    });
  });
  for (const answer of [well(), unwell()]) {
    it(`takes the first answer for its verdict: ${answer.because}`, () => {
      const { verdict, because, since } = after([answer]);
      assert.deepEqual(
        [verdict, because, since],
        [answer.healthy ? "healthy" : "unhealthy", answer.because, 2000],
      );
    });
  }
  it("needs fall failures when it is said to be healthy initially", () => {
    const check = aCheck("x", { initialState: "healthy" });
    assert.equal(after([unwell()], check).verdict, "healthy");
    assert.equal(after([unwell(), unwell()], check).verdict, "unhealthy");
  });
  it("needs rise successes when it is said to be unhealthy initially", () => {
    const check = aCheck("x", { initialState: "unhealthy" });
    assert.equal(after([well()], check).verdict, "unhealthy");
    assert.equal(after([well(), well()], check).verdict, "healthy");
  });
  it("keeps a verdict from before a restart, and when it was reached", () => {
    const remembered: Remembered = { verdict: "unhealthy", because: "2 failures in a row: x", since: at(5) };
    const { verdict, because, since } = after([unwell("x"), well()], aCheck("x"), remembered);
    assert.deepEqual([verdict, because, since], ["unhealthy", "2 failures in a row: x", 5]);
  });
  it("does not let itself be told that it was pending before a restart", () => {
    const remembered: Remembered = { verdict: "pending", because: "not asked yet", since: at(5) };
    assert.equal(after([], aCheck("x", { initialState: "healthy" }), remembered).verdict, "healthy");
  });
});

describe("a verdict", () => {
  it("falls after failures in a row, and says how many and what was seen", () => {
    const standing = after([well(), unwell("timeout"), unwell()]);
    assert.deepEqual(
      [standing.verdict, standing.because, standing.since],
      ["unhealthy", "2 failures in a row: HTTP 502", 4000],
    );
  });
  it("rises after successes in a row", () => {
    const standing = after([unwell(), well(), well()]);
    assert.deepEqual([standing.verdict, standing.because], ["healthy", "2 successes in a row: HTTP 200"]);
  });
  it("does not count when one decides", () => {
    assert.equal(after([well(), unwell()], aCheck("x", { fall: 1 })).because, "HTTP 502");
  });
  it("is not moved by failures that successes interrupt", () => {
    assert.equal(after([well(), unwell(), well(), unwell(), well(), unwell()]).verdict, "healthy");
  });
  it("keeps its words while the answers stay the same", () => {
    const fallen = after([well(), unwell(), unwell()]);
    const later = after([well(), unwell(), unwell(), unwell(), unwell()]);
    assert.deepEqual(later, fallen);
  });
  it("changes its words with the answers, and not its time", () => {
    const { because, since } = after([well(), unwell(), unwell(), unwell("connection refused")]);
    assert.deepEqual([because, since], ["connection refused", 4000]);
  });
});
