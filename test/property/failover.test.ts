/** What validation says of a VirtualIP's failover, against the machines themselves: who is warned of stays, all others go. */
import assert from "node:assert/strict";
import { it } from "node:test";
import fc from "fast-check";
import { millis } from "../../controller/net/time.ts";
import { failoverCautions } from "../../controller/plan/failover.ts";
import { resolve } from "../../controller/plan/resolve.ts";
import { checkOf, effectivePriority } from "../../controller/vrrp/priority.ts";
import type { CheckVerdict, VirtualRouter } from "../../controller/vrrp/virtual-router.ts";
import { SimulatedLan, type SimulatedRouter } from "../simulation/lan.ts";
import { seededRandom } from "../simulation/random.ts";
import { aHealthCheck, aVirtualIP } from "../support/resources.ts";

const NODES = ["a", "b", "c"];
const CALM = { latencyMin: 0.01, latencyMax: 0.01, timerJitter: 0, loss: 0, oneWayLoss: new Map() };
/** Longer than any hand-over, resumption and take-over take together at 100 ms. */
const LONG_ENOUGH = 3000;

const anyQuestion = fc.record({
  // Priorities and weights in steps, so that they meet often.
  bases: fc.uniqueArray(
    fc.integer({ min: 1, max: 50 }).map((step) => step * 5),
    { minLength: 2, maxLength: 3 },
  ),
  weights: fc.array(
    fc
      .integer({ min: -12, max: 12 })
      .filter((step) => step !== 0)
      .map((step) => step * 5),
    { minLength: 1, maxLength: 4 },
  ),
  preempt: fc.boolean(),
  strictRFC: fc.boolean(),
  holder: fc.nat({ max: 2 }),
});

it("a master whose weighted checks all fail keeps the addresses exactly where a warning says so", () => {
  let stuck = 0;
  fc.assert(
    fc.property(anyQuestion, ({ bases, weights, preempt, strictRFC, holder }) => {
      const members = bases.map((priority, i) => ({ node: NODES[i] ?? "", priority }));
      const checks = weights.map((_, i) => aHealthCheck(`check-${i}`));
      const vip = aVirtualIP("web", {
        vrrp: { virtualRouterID: 51, advertisementInterval: "100ms", preempt, strictRFC },
        members,
        track: weights.map((weight, i) => ({ healthCheck: `check-${i}`, weight })),
      });
      const routers = members.map(({ node }) => {
        const surroundings = { node, passwords: new Map(), verdicts: new Map(), drain: null };
        const nginx = { statusSocket: "/s", runtimeDir: "/r" };
        return resolve([vip, ...checks], { ...surroundings, nginx }).routers[0] ?? assert.fail();
      });
      const node = members[holder % members.length]?.node ?? "";
      const isStuck = stays(
        routers,
        members.map((each) => each.node),
        node,
      );
      const isWarnedOf = failoverCautions(vip.spec, () => null).some(
        ({ reason, path }) =>
          (reason === "MasterNeverYields" &&
            (path[1] === "vrrp" || members[Number(path[2])]?.node === node)) ||
          (reason === "WeightNeverMatters" && weights.length === 1),
      );
      if (isStuck) stuck++;
      // Where no weight matters at all, those who are behind anyway go all the same.
      const isTold = isWarnedOf || areAllUseless(vip.spec);
      if (isStuck) assert.ok(isTold, "stays, and nothing was said");
      if (isWarnedOf && !areAllUseless(vip.spec)) assert.ok(isStuck, "was warned of, and goes");
    }),
    { numRuns: 400 },
  );
  assert.ok(stuck > 20, `only ${stuck} runs have shown anything`);
});

function areAllUseless(spec: Parameters<typeof failoverCautions>[0]): boolean {
  const useless = failoverCautions(spec, () => null).filter(({ reason }) => reason === "WeightNeverMatters");
  return useless.length === spec.track.length;
}

/** Whether `node`, once master, is still master when all its checks have failed while all is well with the others. */
function stays(routers: readonly VirtualRouter[], names: readonly string[], node: string): boolean {
  const members = routers.map((router, i) => ({ name: names[i] ?? "", config: configOf(router, "healthy") }));
  const lan = new SimulatedLan(members, CALM, seededRandom(1));
  const holder = lan.routers.find(({ name }) => name === node) ?? assert.fail();
  lan.feed(holder, { type: "startup" });
  lan.run(LONG_ENOUGH);
  for (const each of lan.routers) if (each !== holder) lan.feed(each, { type: "startup" });
  lan.run(LONG_ENOUGH);
  const router = routers[names.indexOf(node)] ?? assert.fail();
  lan.configure(holder, configOf(router, "unhealthy"));
  lan.run(LONG_ENOUGH);
  return isMaster(holder);
}

function configOf(router: VirtualRouter, verdict: CheckVerdict["verdict"]): SimulatedRouter["config"] {
  const verdicts = router.tracks.map((track) => ({ check: checkOf(track), verdict, because: "" }));
  return {
    version: router.version,
    adverInterval: router.adverInterval,
    preempt: router.preempt,
    preemptDelay: millis(0),
    heldUntil: null,
    strictRFC: router.strictRFC,
    priority: effectivePriority(router.basePriority, router.tracks, verdicts).priority,
    rivalPriority: router.rivalPriority,
    fitness: "fit",
  };
}

const isMaster = ({ state }: SimulatedRouter): boolean => state.role === "master" && state.leaving === null;
