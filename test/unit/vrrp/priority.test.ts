/** How verdicts become a priority and fitness. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { effectivePriority } from "../../../controller/vrrp/priority.ts";
import type { CheckVerdict, Track } from "../../../controller/vrrp/virtual-router.ts";

const verdict = (check: string, stand: CheckVerdict["verdict"], because = "said so"): CheckVerdict => ({
  check: `default/${check}`,
  verdict: stand,
  because,
});
const track = (check: string, weight: number | null): Track => ({ check: `default/${check}`, weight });

describe("base 95 becomes", () => {
  const cases: { what: string; tracks: Track[]; verdicts: CheckVerdict[]; priority: number }[] = [
    { what: "95 without checks", tracks: [], verdicts: [], priority: 95 },
    {
      what: "95 while a penalty's check is healthy",
      tracks: [track("a", -10)],
      verdicts: [verdict("a", "healthy")],
      priority: 95,
    },
    {
      what: "85 while it is unhealthy",
      tracks: [track("a", -10)],
      verdicts: [verdict("a", "unhealthy")],
      priority: 85,
    },
    {
      what: "105 while a bonus's check is healthy",
      tracks: [track("a", 10)],
      verdicts: [verdict("a", "healthy")],
      priority: 105,
    },
    {
      what: "95 while it is unhealthy",
      tracks: [track("a", 10)],
      verdicts: [verdict("a", "unhealthy")],
      priority: 95,
    },
    {
      what: "95 while nothing has answered",
      tracks: [track("a", 10), track("b", -10)],
      verdicts: [verdict("a", "pending")],
      priority: 95,
    },
    {
      what: "the sum of all",
      tracks: [track("a", -10), track("b", -20), track("c", 5)],
      verdicts: [verdict("a", "unhealthy"), verdict("b", "unhealthy"), verdict("c", "healthy")],
      priority: 70,
    },
    {
      what: "never less than 1, which is not yet a resignation",
      tracks: [track("a", -200)],
      verdicts: [verdict("a", "unhealthy")],
      priority: 1,
    },
    {
      what: "never more than 254, which is not yet ownership",
      tracks: [track("a", 200)],
      verdicts: [verdict("a", "healthy")],
      priority: 254,
    },
  ];
  for (const { what, tracks, verdicts, priority } of cases) {
    it(what, () => {
      const effective = effectivePriority(95, tracks, verdicts);
      assert.equal(effective.priority, priority);
      assert.deepEqual(effective.unfit, []);
    });
  }
});

it("the address owner is above all checks", () => {
  assert.equal(effectivePriority(255, [track("a", -10)], [verdict("a", "unhealthy")]).priority, 255);
});

it("the adjustments that count are told, with what the check said", () => {
  const { adjustments } = effectivePriority(
    95,
    [track("a", -10), track("b", -20)],
    [verdict("a", "unhealthy", "HTTP 502"), verdict("b", "healthy")],
  );
  assert.deepEqual(adjustments, [{ check: "default/a", weight: -10, because: "HTTP 502" }]);
});

describe("a check without weight", () => {
  const cases = [
    {
      what: "that fails makes the node unfit",
      verdicts: [verdict("a", "unhealthy", "HTTP 502")],
      unfit: ["a: HTTP 502"],
    },
    {
      what: "that has not answered leaves it not fit yet",
      verdicts: [verdict("a", "pending")],
      unfit: ["waiting for the first answer of a"],
    },
    {
      what: "of which nothing is known leaves it not fit yet",
      verdicts: [],
      unfit: ["waiting for the first answer of a"],
    },
    { what: "that is healthy leaves it fit", verdicts: [verdict("a", "healthy")], unfit: [] },
  ];
  for (const { what, verdicts, unfit } of cases) {
    it(what, () => {
      const effective = effectivePriority(95, [track("a", null)], verdicts);
      assert.deepEqual(effective.unfit, unfit);
      assert.equal(effective.priority, 95);
    });
  }
});
