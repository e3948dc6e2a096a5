/** Groups of VirtualIPs on two or three links, by the speaker's own code: one decision, and all addresses on one node. */
import assert from "node:assert/strict";
import { it } from "node:test";
import { newGroupRun, runGroupChaos } from "./group-chaos.ts";
import { assertReplays, playAll, SEEDS } from "./seeds.ts";

const GROUPS = { name: "holdfast-group-seed", begin: newGroupRun, play: runGroupChaos };
/** Runs that show nothing, since to the very end somebody hears only some of the others. */
const RESTLESS_MAX = 20;

it(`G1: a group has one master and is together wherever nodes hear each other and are left alone (${SEEDS.length} seeds)`, (t) => {
  let partial = 0;
  const { looks, seconds } = playAll(GROUPS, RESTLESS_MAX, ({ invariant }) => {
    partial += invariant.partialLooks;
  });
  // One run alone may have no such moment.
  assert.ok(partial > 0 || SEEDS.length === 1, "no look at a group with a link in parts");
  t.diagnostic(
    `${seconds} simulated seconds, ${looks} looks at a settled group, ${partial} with a link in parts`,
  );
});

it("a run of a group is recorded, and the recording replays to the same decisions", () =>
  assertReplays(GROUPS));
