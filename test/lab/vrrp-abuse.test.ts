/** Broken and hostile packets on a real wire: each is dropped for what it is, and nobody's role changes. */
import assert from "node:assert/strict";
import { describe, it, type TestContext } from "node:test";
import { deadline } from "../support/deadline.ts";
import { type LabNode, VIRTUAL_ADDRESS } from "../support/speaker-lab.ts";
import { advertFrame, changedFrame, inject, ip, sealedFrame, soundAdvert } from "../support/vrrp-frames.ts";
import {
  downMs,
  EXCHANGE_MS,
  hasRole,
  INTERVAL_MS,
  LOWER,
  openVrrpLan,
  routerOf,
  startOurs,
  type VrrpLan,
} from "../support/vrrp-lan.ts";
import { STORM_ROUTER_IDS } from "../support/wire-watch.ts";

const MASTER = "10.9.0.1";
const STRANGER = "10.9.0.3";
const SOUND = soundAdvert(254);
const HEX = "3133fe01000a00000a090064";
/** CARP with advskew 0, where VRRP has its priority: 36 bytes that begin as version 2 does. */
const CARP = `21330007000100000${"0".repeat(15)}${"5a".repeat(20)}`;

interface Trio {
  readonly lan: VrrpLan;
  readonly master: LabNode;
  readonly backup: LabNode;
  readonly stranger: LabNode;
}

async function trioOf(t: TestContext): Promise<Trio> {
  const lan = await openVrrpLan(t, "master", "backup", "stranger");
  const [master, backup, stranger] = [lan.node(0), lan.node(1), lan.node(2)];
  startOurs(master, routerOf());
  await hasRole(master, "master");
  startOurs(backup, routerOf(LOWER));
  await backup.follows(200);
  return { lan, master, backup, stranger };
}

const dropsOf = (node: LabNode): Readonly<Record<string, number>> =>
  node.link.state().routers[0]?.counters.advertisementsDropped ?? {};

/** The same holder all the time, and nobody told a transition. */
async function isUnmoved(trio: Trio, act: () => Promise<void>): Promise<void> {
  const { lan, master, backup } = trio;
  const before = [master.transitions.length, backup.transitions.length];
  const since = Date.now();
  await act();
  await lan.wire.told();
  assert.deepEqual(
    lan.watch.spans(VIRTUAL_ADDRESS, since).map(({ holders }) => holders),
    [["master"]],
  );
  assert.deepEqual([master.transitions.length, backup.transitions.length], before);
}

describe("packets that are none", () => {
  it("S1: each is dropped with a reason of its own, and the state is unchanged", async (t) => {
    const trio = await trioOf(t);
    const { master, backup, stranger } = trio;
    const whole = advertFrame(SOUND, STRANGER);
    const cases: readonly (readonly [string, string])[] = [
      ["ttl-not-255", changedFrame(whole, 8, 64)],
      ["checksum-wrong", changedFrame(whole, 26, 0)],
      ["no-addresses", sealedFrame("3133fe00000a0000", STRANGER)],
      ["message-too-short", sealedFrame(HEX.slice(0, 12), STRANGER)],
      ["message-length-wrong", sealedFrame(HEX.replace("fe01", "feff"), STRANGER)],
      ["interval-zero", sealedFrame(HEX.replace("000a", "0000"), STRANGER)],
      ["type-unknown", sealedFrame(HEX.replace("3133", "3233"), STRANGER)],
      ["version-unknown", sealedFrame(HEX.replace("3133", "4133"), STRANGER)],
      ["version-mismatch", sealedFrame("2133fe01000100000a0900640000000000000000", STRANGER)],
    ];
    await isUnmoved(trio, async () => {
      for (const [reason, frame] of cases) {
        const before = dropsOf(master)[reason] ?? 0;
        await inject(stranger, [frame]);
        await deadline(
          `it is dropped: ${reason}`,
          () => (dropsOf(master)[reason] ?? 0) === before + 1,
          3_000,
        );
      }
    });
    t.diagnostic(`the master dropped ${JSON.stringify(dropsOf(master))}`);
    assert.deepEqual(dropsOf(backup), dropsOf(master));
  });

  it("S1: what bears our own source address is not heard at all: the kernel drops it", async (t) => {
    const trio = await trioOf(t);
    const { master, stranger } = trio;
    await isUnmoved(trio, () => inject(stranger, [advertFrame(SOUND, MASTER)]));
    assert.deepEqual(dropsOf(master), {});
  });

  it("S1: what only looks odd is taken: options in the header, padding behind the message", async (t) => {
    const trio = await trioOf(t);
    const { backup, stranger } = trio;
    const whole = advertFrame({ ...SOUND, priority: 150 }, STRANGER);
    const [ethernet, packet] = [whole.slice(0, 28), whole.slice(28)];
    // Four bytes of options: the router alert.
    const withOptions = changedFrame(
      `${ethernet}46c00024${packet.slice(8, 40)}94040000${packet.slice(40)}`,
      6,
      0,
    );
    const padded = `${whole}${"00".repeat(14)}`;
    await isUnmoved(trio, async () => {
      for (const frame of [withOptions, padded]) {
        await inject(stranger, [frame]);
      }
    });
    // Of lower rank than the master whom it hears, and so no reason to follow; but sound, so nothing was dropped.
    assert.deepEqual(dropsOf(backup), {});
  });

  it("S2: CARP, whose skew of 0 looks like a resignation, is dropped by its length", async (t) => {
    const trio = await trioOf(t);
    const { backup, stranger } = trio;
    await isUnmoved(trio, () =>
      inject(stranger, [sealedFrame(CARP, STRANGER)], { perSecond: 100, count: 100 }),
    );
    await deadline("all are counted", () => dropsOf(backup)["message-length-wrong"] === 100);
  });
});

describe("packets that lie", () => {
  // A resignation in the master's own name cannot be told from its own until it has gone on after some.
  for (const { what, source, exchangesMax } of [
    { what: "a stranger's name", source: STRANGER, exchangesMax: 0 },
    { what: "the master's own name", source: MASTER, exchangesMax: 2 },
  ]) {
    it(`S3: a storm of resignations in ${what}: the master never lets go, and is alone again after it`, async (t) => {
      const { lan, backup, stranger } = await trioOf(t);
      const told = backup.transitions.length;
      const since = Date.now();
      const frame = advertFrame({ ...SOUND, priority: 0 }, source);
      await inject(stranger, [frame], { perSecond: 1000, count: 3000 });
      const over = Date.now();
      await deadline("the master is alone", () => lan.lab.holders.join() === "master");
      t.diagnostic(`alone again ${Date.now() - over} ms after the storm`);
      await lan.isSole(MASTER, "master", 3 * downMs(3, 100, INTERVAL_MS));
      const shared = lan.watch.doubled(VIRTUAL_ADDRESS, since).map(({ durationMs }) => durationMs);
      t.diagnostic(`shared with the backup for [${shared.map((ms) => ms.toFixed(0)).join(", ")}] ms of 3 s`);
      assert.ok(
        shared.every((ms) => ms < EXCHANGE_MS),
        `${shared} ms`,
      );
      const exchanges = (backup.transitions.length - told) / 2;
      t.diagnostic(`${exchanges} times it took over until the master answered`);
      assert.ok(exchanges <= exchangesMax, `${exchanges} exchanges`);
      assert.equal(lan.lab.holders.join(), "master");
      const without = lan.watch
        .spans(VIRTUAL_ADDRESS, since)
        .filter(({ holders }) => !holders.includes("master"));
      assert.deepEqual(without, []);
      const answers = (await lan.advertsOf(MASTER, since)).filter(
        ({ at, priority }) => at < over && priority > 0,
      );
      t.diagnostic(`the master advertised ${answers.length} times meanwhile`);
      // Answered, but not one for one.
      assert.ok(answers.length < 1000, `${answers.length} advertisements`);
    });
  }

  it("S4: 10,000 advertisements a second of other routers: ours stay on time, and nobody moves", async (t) => {
    const trio = await trioOf(t);
    const { lan, stranger } = trio;
    const frames = Array.from({ length: 50 }, (_, index) =>
      advertFrame(
        { ...SOUND, virtualRouterID: STORM_ROUTER_IDS.first + index, addresses: [ip("10.9.9.9")] },
        STRANGER,
      ),
    );
    const since = Date.now();
    await isUnmoved(trio, () => inject(stranger, frames, { perSecond: 10_000, count: 30_000 }));
    const adverts = await lan.advertsOf(MASTER, since);
    const pauses = adverts.slice(1).map(({ at }, index) => at - (adverts[index]?.at ?? 0));
    const longest = Math.max(...pauses);
    t.diagnostic(`${adverts.length} advertisements, longest pause ${longest.toFixed(0)} ms`);
    assert.ok(longest < downMs(3, 100, INTERVAL_MS) - INTERVAL_MS, `a pause of ${longest} ms`);
  });
});
