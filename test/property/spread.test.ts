/** Placement Spread: even, the same everywhere, and moved little by what comes and goes. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { spread } from "../../controller/plan/spread.ts";

const names = (prefix: string, min: number, max: number) =>
  fc.uniqueArray(
    fc.stringMatching(/^[a-z0-9]{1,8}$/).map((text) => `${prefix}${text}`),
    { minLength: min, maxLength: max },
  );
const firsts = (units: readonly string[], nodes: readonly string[]): Map<string, string | undefined> =>
  new Map([...spread(units, nodes)].map(([unit, order]) => [unit, order[0]]));

describe("a placement that is spread", () => {
  it("is the same whatever the order of the input", () => {
    fc.assert(
      fc.property(names("v", 1, 12), names("n", 1, 6), (units, nodes) => {
        const backwards = spread([...units].reverse(), [...nodes].reverse());
        for (const [unit, order] of spread(units, nodes)) assert.deepEqual(backwards.get(unit), order);
      }),
    );
  });

  it("ranks every node once for every VirtualIP", () => {
    fc.assert(
      fc.property(names("v", 1, 12), names("n", 1, 6), (units, nodes) => {
        for (const order of spread(units, nodes).values())
          assert.deepEqual([...order].sort(), [...nodes].sort());
      }),
    );
  });

  it("gives no node more than its share, and none less", () => {
    fc.assert(
      fc.property(names("v", 1, 30), names("n", 1, 8), (units, nodes) => {
        const preferred = [...firsts(units, nodes).values()];
        const loads = nodes.map((node) => preferred.filter((first) => first === node).length);
        assert.ok(Math.max(...loads) - Math.min(...loads) <= 1, loads.join());
      }),
    );
  });

  it("ranks those that are left as before when a node goes, but for who is first", () => {
    fc.assert(
      fc.property(names("v", 1, 12), names("n", 3, 6), (units, nodes) => {
        const [gone = "", ...left] = nodes;
        const before = spread(units, nodes);
        const now = spread(units, left);
        for (const unit of units) {
          const firstOnes = new Set([gone, before.get(unit)?.[0], now.get(unit)?.[0]]);
          const rest = (order: readonly string[] = []): string[] =>
            order.filter((node) => !firstOnes.has(node));
          assert.deepEqual(rest(now.get(unit)), rest(before.get(unit)));
        }
      }),
    );
  });

  /** Perfect evenness has a price: others move to make up for what went. Seen over many sets, it is small. */
  it("moves little more than it must when a node or a VirtualIP goes", () => {
    let moved = 0;
    let hadTo = 0;
    let others = 0;
    const SETS = 200;
    for (let set = 0; set < SETS; set++) {
      const units = Array.from({ length: 12 }, (_, i) => `set${set}-vip${i}`);
      const nodes = Array.from({ length: 4 }, (_, i) => `set${set}-node${i}`);
      const before = firsts(units, nodes);
      const withoutNode = firsts(units, nodes.slice(1));
      const withoutUnit = firsts(units.slice(1), nodes);
      moved += units.filter((unit) => before.get(unit) !== withoutNode.get(unit)).length;
      hadTo += units.filter((unit) => before.get(unit) === nodes[0]).length;
      others += units.slice(1).filter((unit) => before.get(unit) !== withoutUnit.get(unit)).length;
    }
    assert.ok(moved <= hadTo * 1.4, `${moved} instead of ${hadTo}`);
    assert.ok(others <= SETS, `${others} of ${SETS * 11} others`);
  });
});
