/** Laws of the verdict: nothing but enough answers in a row changes it, and they always do. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import type { Check } from "../../controller/health/probe.ts";
import { begin, judge, type Standing } from "../../controller/health/verdict.ts";
import type { WallTime } from "../../controller/net/time.ts";
import { aCheck } from "../support/fake-prober.ts";

const anyCheck: fc.Arbitrary<Check> = fc
  .record({
    fall: fc.integer({ min: 1, max: 5 }),
    rise: fc.integer({ min: 1, max: 5 }),
    initialState: fc.constantFrom("pending" as const, "healthy" as const, "unhealthy" as const),
  })
  .map((different) => aCheck("x", different));
const anyAnswers = fc.array(fc.boolean(), { maxLength: 60 });

/** The standing before the first answer and after each. */
function history(check: Check, answers: readonly boolean[]): Standing[] {
  const standings = [begin(check, null, 0 as WallTime)];
  for (const [index, healthy] of answers.entries()) {
    const before = standings.at(-1) ?? begin(check, null, 0 as WallTime);
    standings.push(judge(check, before, { healthy, because: String(healthy) }, (index + 1) as WallTime));
  }
  return standings;
}

/** How many of the last answers, up to and with `index`, were the same as that one. */
function row(answers: readonly boolean[], index: number): number {
  let length = 1;
  while (index - length >= 0 && answers[index - length] === answers[index]) length += 1;
  return length;
}

const needed = (check: Check, healthy: boolean): number => (healthy ? check.rise : check.fall);

describe("whatever the answers are", () => {
  it("a verdict changes exactly when fall failures or rise successes in a row speak against it", () => {
    fc.assert(
      fc.property(anyCheck, anyAnswers, (check, answers) => {
        const standings = history(check, answers);
        for (const [index, healthy] of answers.entries()) {
          const before = standings[index]?.verdict;
          const now = standings[index + 1]?.verdict;
          const says = healthy ? "healthy" : "unhealthy";
          const isDue = before === "pending" || row(answers, index) >= needed(check, healthy);
          assert.equal(now, isDue ? says : before);
        }
      }),
    );
  });

  it("the time of a verdict moves exactly when the verdict does", () => {
    fc.assert(
      fc.property(anyCheck, anyAnswers, (check, answers) => {
        const standings = history(check, answers);
        for (let index = 1; index < standings.length; index++) {
          const [before, now] = [standings[index - 1], standings[index]];
          assert.equal(now?.since, now?.verdict === before?.verdict ? before?.since : index);
        }
      }),
    );
  });

  it("no answer leads back to pending, and those against the verdict are never enough", () => {
    fc.assert(
      fc.property(anyCheck, anyAnswers, (check, answers) => {
        const [, ...asked] = history(check, answers);
        for (const { verdict, contrary } of asked) {
          assert.notEqual(verdict, "pending");
          assert.ok(contrary < (verdict === "healthy" ? check.fall : check.rise));
        }
      }),
    );
  });

  it("a restart changes no verdict", () => {
    fc.assert(
      fc.property(anyCheck, fc.array(fc.boolean(), { minLength: 1, maxLength: 20 }), (check, answers) => {
        const last = history(check, answers).at(-1);
        assert.ok(last !== undefined);
        const restarted = begin(check, last, 999 as WallTime);
        assert.deepEqual(restarted, { ...last, contrary: 0 });
      }),
    );
  });
});
