/**
 * Two to five routers under loss, also in one direction, delay, crash, pause, partition and change, by multicast and by
 * unicast: one master wherever there has been peace.
 */
import { it } from "node:test";
import { newRun, runChaos } from "./chaos.ts";
import { assertReplays, playAll, SEEDS } from "./seeds.ts";

const CHAOS = { name: "holdfast-seed", begin: newRun, play: runChaos };
/** Runs that show nothing, since to the very end somebody knows only some of the others. */
const RESTLESS_MAX = 5;

it(`never two masters where routers hear each other and are left alone (${SEEDS.length} seeds)`, (t) => {
  const { looks, seconds } = playAll(CHAOS, RESTLESS_MAX);
  t.diagnostic(`${seconds} simulated seconds, ${looks} looks at a settled network`);
});

it("a run is recorded, and the recording replays to the same decisions", () => assertReplays(CHAOS));
