/** The speaker is told exactly when what it runs differs from what it should run. */
import assert from "node:assert/strict";
import { it } from "node:test";
import { fitnessVerdicts, planMembership } from "../../../controller/plan/membership.ts";

const desired = { revision: "new", routers: [], retained: [], departed: [] };
const cases = [
  { what: "no speaker is there", observed: { connected: false, membershipRevision: null }, told: false },
  { what: "it was told nothing yet", observed: { connected: true, membershipRevision: null }, told: true },
  { what: "it runs something else", observed: { connected: true, membershipRevision: "old" }, told: true },
  { what: "it runs just this", observed: { connected: true, membershipRevision: "new" }, told: false },
];
for (const { what, observed, told } of cases) {
  it(`${told ? "tells" : "does not tell"} the speaker when ${what}`, () => {
    assert.equal(planMembership(desired, observed).length, told ? 1 : 0);
  });
}

it("tells only the verdicts of checks that a router tracks, and pending for those not asked yet", () => {
  const routers = [{ tracks: [{ check: "default/a", weight: -10 }] }] as unknown as Parameters<
    typeof fitnessVerdicts
  >[0];
  assert.deepEqual(fitnessVerdicts(routers, new Map()), [
    { check: "default/a", verdict: "pending", because: "not asked yet" },
  ]);
});
