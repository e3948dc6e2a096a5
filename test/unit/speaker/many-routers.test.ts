/** Many routers on one interface that all move at once: what that costs must not grow with the square of their number. */
import assert from "node:assert/strict";
import { before, describe, it } from "node:test";
import { millis } from "../../../controller/net/time.ts";
import type { VirtualRouter } from "../../../controller/vrrp/virtual-router.ts";
import { aRouter, prefix, type SpeakerHost } from "../../support/speaker-host.ts";
import { speakerPair, startSpeakers } from "../../support/speaker-pair.ts";

const MANY = 100;
const INTERVAL_MS = 100;

const routers = (basePriority: number, rivalPriority: number): VirtualRouter[] =>
  Array.from({ length: MANY }, (_, index) =>
    aRouter({
      name: `default/r${index + 1}`,
      virtualRouterID: index + 1,
      adverInterval: millis(INTERVAL_MS),
      addresses: [prefix(`10.0.1.${index + 1}/32`)],
      basePriority,
      rivalPriority,
    }),
  );

const heldBy = ({ table }: SpeakerHost): number =>
  table.listing.filter((each) => each.startsWith("eth0 10.0.1.")).length;

describe("a hundred routers", () => {
  const { clock, a, b } = speakerPair();
  before(async () => {
    await startSpeakers(a, b);
    await a.member(...routers(200, 100));
    await b.member(...routers(100, 200));
    await clock.advance(10_000);
    assert.deepEqual([heldBy(a), heldBy(b)], [MANY, 0]);
  });

  it("that nobody disturbs change no role, and tell nothing but counters", async () => {
    const [toldBefore, movesBefore] = [b.told.length, a.moves.length + b.moves.length];
    await clock.advance(60_000);
    assert.equal(a.moves.length + b.moves.length, movesBefore);
    assert.ok(b.told.length - toldBefore <= 6);
  });

  it("are taken over together: all addresses, few messages and few lines in the log", async () => {
    const [toldBefore, loggedBefore] = [b.told.length, b.logged.length];
    a.network.isCutOff = true;
    await clock.advance(3 * INTERVAL_MS + INTERVAL_MS);
    assert.equal(heldBy(b), MANY);
    const states = b.told.slice(toldBefore).filter(({ type }) => type === "state");
    assert.ok(states.length <= 5, `${states.length} messages of all routers`);
    const lines = b.logged.slice(loggedBefore).filter(({ message }) => message !== "changed role");
    assert.ok(lines.length <= 5, `${lines.length} lines`);
  });
});

interface TwoWaves {
  readonly b: SpeakerHost;
  /** The master is not heard any more, for four intervals or until that is enough. */
  fail(isEnough?: () => boolean): Promise<boolean>;
}

/** A lower priority waits a little longer: by 0.4 ms for each at this interval. */
async function twoWaves(later: number): Promise<TwoWaves> {
  const { clock, a, b } = speakerPair();
  await startSpeakers(a, b);
  await a.member(...routers(200, 101));
  await b.member(
    ...routers(101, 200).map((router, index) =>
      index % 2 === 0 ? router : { ...router, basePriority: later },
    ),
  );
  await clock.advance(10_000);
  const fail = async (isEnough = (): boolean => false): Promise<boolean> => {
    a.network.isCutOff = true;
    for (let ms = 0; ms < 4 * INTERVAL_MS && !isEnough(); ms++) await clock.advance(1);
    return isEnough();
  };
  return { b, fail };
}

describe("routers that take over in two waves", () => {
  for (const [pause, later] of [
    ["0.4", 100],
    ["31", 21],
  ] as const)
    it(`of ${pause} ms hold their addresses before anybody looks at the node`, async () => {
      const { b, fail } = await twoWaves(later);
      const answer = b.table.stallLooks();
      await fail();
      assert.equal(heldBy(b), MANY);
      answer();
      await b.clock.advance(1_000);
      assert.equal(heldBy(b), MANY);
    });

  it("that begins during a look hold their addresses before its end", async () => {
    const { b, fail } = await twoWaves(100);
    const answer = b.table.stallLooks();
    // Somebody adds an address, and the look that this asks for does not end.
    b.table.addByHand("eth0", prefix("10.0.9.9/24"));
    await fail();
    assert.equal(heldBy(b), MANY);
    answer();
  });

  it("are not looked at between the waves, since a look would be on the way of the second", async () => {
    const { b, fail } = await twoWaves(21);
    const before = b.table.timesAsked;
    const held = await fail(() => heldBy(b) === MANY);
    assert.ok(held);
    assert.equal(b.table.timesAsked, before);
  });
});
