/** The seed's second experiment: two addresses, each at home on another node, each safe from the death of either. */
import assert from "node:assert/strict";
import { after, before, beforeEach, describe, it } from "node:test";
import type { Lab } from "../../controller/lab/lab.ts";
import { startProber } from "../../controller/lab/prober.ts";
import { closeLab, openTestLab, waitFor } from "../support/lab.ts";
import { A, B, CLIENT_ADDRESS, shippedDualMaster, VIP_A, VIP_B } from "../support/lab-manifests.ts";
import { type Home, masterDownMs, settled } from "../support/lab-states.ts";
import { get, holders } from "../support/lab-world.ts";

const HOME_A: Home = { virtualIP: "web-a", address: VIP_A, node: A, priority: 100 };
const HOME_B: Home = { virtualIP: "web-b", address: VIP_B, node: B, priority: 100 };
const BOTH = [
  { dead: A, left: B, moved: VIP_A, stayed: VIP_B },
  { dead: B, left: A, moved: VIP_B, stayed: VIP_A },
];

describe("dual-master", () => {
  let lab: Lab;
  before(async () => {
    lab = await openTestLab({ manifests: shippedDualMaster(), client: CLIENT_ADDRESS });
  });
  after(() => closeLab(lab));
  beforeEach(() => settled(lab, HOME_A, HOME_B));

  it("has one address on each node, and both serve both web servers", async () => {
    assert.deepEqual([await holders(lab, VIP_A), await holders(lab, VIP_B)], [[A], [B]]);
    for (const address of [VIP_A, VIP_B]) {
      const bodies = (await get(lab, 4, address)).map(({ body }) => body);
      assert.deepEqual([...new Set(bodies)].sort(), ["<h1> Web RS1 </h1>", "<h1> Web RS2 </h1>"]);
    }
  });

  for (const { dead, left, moved, stayed } of BOTH) {
    it(`serves both addresses when ${dead} loses its power, and each is home again after its return`, async (t) => {
      const prober = await startProber(lab, [`${VIP_A}:80`, `${VIP_B}:80`]);
      t.after(() => prober.stop());
      const since = Date.now();
      await lab.fail(dead, "power");
      await waitFor(
        lab,
        `${moved} is on ${left}`,
        async () => (await holders(lab, moved)).join() === left,
        10_000,
      );
      await waitFor(
        lab,
        "the client is served there",
        () => {
          const last = prober.answers.findLast(({ target }) => target === `${moved}:80`);
          return last?.status === 200;
        },
        2_000,
      );
      const outages = prober.outages(since);
      t.diagnostic(
        `outages: ${outages.map(({ target, durationMs }) => `${target} ${durationMs} ms`).join(", ")}`,
      );
      const boundMs = masterDownMs(2, 95) + 50;
      for (const { target, durationMs } of outages) {
        assert.equal(target, `${moved}:80`, `${stayed} is not disturbed`);
        assert.ok(durationMs <= boundMs, `the outage was ${durationMs} ms`);
      }
      assert.deepEqual(await holders(lab, stayed), [left]);
      await lab.heal(dead);
      await settled(lab, HOME_A, HOME_B);
    });
  }
});
