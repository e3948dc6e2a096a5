/** The terms of a virtual router change while it serves: who holds the address, and what a peer makes of it. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, it, type TestContext } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { millis } from "../../controller/net/time.ts";
import type { VirtualRouter } from "../../controller/vrrp/virtual-router.ts";
import { deadline } from "../support/deadline.ts";
import { prefix } from "../support/speaker-host.ts";
import { startKeepalived } from "../support/speaker-keepalived.ts";
import { type LabNode, VIRTUAL_ADDRESS } from "../support/speaker-lab.ts";
import {
  DOWN_MS,
  type HighAndLow,
  hasRole,
  INTERVAL_MS,
  LOWER,
  openHighAndLow,
  routerOf,
  startOurs,
  useInstead,
} from "../support/vrrp-lan.ts";
import { watchWire } from "../support/wire-watch.ts";

const HIGH = "10.9.0.1";
const LOW = "10.9.0.2";
const ROUTER = routerOf();
const LONGER: VirtualRouter["addresses"] = [...ROUTER.addresses, prefix("10.9.0.101/32")];

async function lanOf(t: TestContext): Promise<HighAndLow> {
  const pair = await openHighAndLow(t);
  startOurs(pair.high, ROUTER);
  await hasRole(pair.high, "master");
  return pair;
}

const isOn = (node: LabNode, interfaceName: string): boolean =>
  node.run(`ip -4 addr show dev ${interfaceName}`).includes(`${VIRTUAL_ADDRESS}/`);

const countersOf = (node: LabNode) =>
  node.link.state().routers[0]?.counters ?? assert.fail(`${node.name} runs a router`);

describe("a change of terms", () => {
  it("R2: an address more on the master alone, peer ours: it follows all the same, and says that the lists differ", async (t) => {
    const { lan, high, low } = await lanOf(t);
    startOurs(low, { ...ROUTER, ...LOWER });
    await low.follows(200);
    await useInstead(high, { ...ROUTER, addresses: LONGER });
    await deadline("it is held", () => high.run("ip -4 addr show dev eth0").includes("10.9.0.101/32"));
    await lan.isSole(HIGH, "high", 5 * DOWN_MS);
    assert.deepEqual(countersOf(low).advertisementsDropped, {});
    const log = () => readFileSync(`${lan.lab.directory}/low.log`, "utf8");
    assert.match(log(), /"conflict":"address-list"/);
  });

  it("R2: an address more on ours alone, peer keepalived 2.2.7: it splits off, ours drops nothing and stays; it follows again when the lists agree", async (t) => {
    const { lan, high, low } = await lanOf(t);
    const peer = startKeepalived(low, { version: 3, interval: INTERVAL_MS, priority: 100 });
    await peer.listens();
    await lan.isSole(HIGH, "high", 3 * DOWN_MS);
    const told = high.transitions.length;
    const since = Date.now();
    await useInstead(high, { ...ROUTER, addresses: LONGER });
    await deadline("keepalived splits off", () => low.isHolding);
    await sleep(3 * DOWN_MS);
    assert.equal(high.role, "master");
    assert.deepEqual(countersOf(high).advertisementsDropped, {});
    await useInstead(high, ROUTER);
    await deadline("it follows again", () => !low.isHolding);
    t.diagnostic(
      `keepalived 2.2.7 drops what lists other addresses: ${lan.watch.story(VIRTUAL_ADDRESS, since)}`,
    );
    await lan.isSole(HIGH, "high", 3 * DOWN_MS);
    assert.equal(high.transitions.length, told);
  });

  it("R3: priority and interval, live: no change of role, no moment without a holder, nothing announced", async (t) => {
    const { lan, high, low } = await lanOf(t);
    startOurs(low, { ...ROUTER, ...LOWER });
    await low.follows(200);
    // The last announcement of the election comes five seconds after it.
    const last = (): number => lan.wire.announcements().at(-1)?.at ?? Date.now();
    await deadline("it is quiet", () => Date.now() - last() > 4_500, 10_000);
    const [since, told] = [Date.now(), high.transitions.length];
    await useInstead(high, { ...ROUTER, basePriority: 180 });
    await useInstead(high, { ...ROUTER, basePriority: 180, adverInterval: millis(200) });
    await low.follows(180);
    await lan.isSole(HIGH, "high", 1_000);
    const message = (await lan.advertsOf(HIGH)).at(-1)?.message.toString("hex");
    assert.equal(message?.slice(0, 12), "3133b4010014");
    assert.deepEqual(lan.wire.announcements(since), []);
    assert.equal(high.transitions.length, told);
    assert.equal(low.role, "backup");
  });

  it("R3: interface, live, on one node after the other: the old one is handed over, the new one takes part", async (t) => {
    const { lan, high, low } = await lanOf(t);
    lan.lab.buildInside();
    const inside = await watchWire(lan.lab, undefined, "br1");
    startOurs(low, { ...ROUTER, ...LOWER });
    await low.follows(200);
    const since = Date.now();
    await useInstead(high, { ...ROUTER, interface: "eth1" });
    await low.holds();
    await deadline("it has moved", () => isOn(high, "eth1") && !isOn(high, "eth0"));
    await hasRole(high, "master");
    const parting = await lan.advertsOf(HIGH, since);
    assert.equal(parting.filter(({ priority }) => priority === 0).length, 1);
    assert.equal(parting.at(-1)?.priority, 0);
    assert.deepEqual(lan.watch.vacant(VIRTUAL_ADDRESS, since), []);
    const moved = Date.now();
    await useInstead(low, { ...ROUTER, ...LOWER, interface: "eth1" });
    await low.follows(200);
    await low.isRid();
    await inside.told();
    assert.deepEqual([...new Set(inside.adverts(moved).map(({ source }) => source))], ["10.8.0.1"]);
    assert.equal((await lan.advertsOf(LOW, moved)).at(-1)?.priority, 0);
    assert.ok(isOn(high, "eth1"));
    t.diagnostic(lan.watch.story(VIRTUAL_ADDRESS, since));
  });

  for (const { what, change, version, virtualRouterID } of [
    { what: "VRID", change: { virtualRouterID: 52 }, version: 3 as const, virtualRouterID: 52 },
    {
      what: "version",
      change: { version: 2 as const, adverInterval: millis(1000) },
      version: 2 as const,
      virtualRouterID: 51,
    },
  ]) {
    it(`R3: ${what}, live, on all nodes: an election in the new terms, one owner in the end`, async (t) => {
      const { lan, high, low } = await lanOf(t);
      startOurs(low, { ...ROUTER, ...LOWER });
      await low.follows(200);
      const since = Date.now();
      await useInstead(low, { ...ROUTER, ...LOWER, ...change });
      await useInstead(high, { ...ROUTER, ...change });
      const speaks = async () =>
        (await lan.advertsOf(HIGH, since, virtualRouterID)).some(
          ({ message }) => (message[0] ?? 0) >> 4 === version,
        );
      await deadline("it speaks in the new terms", speaks, 12_000);
      await hasRole(low, "backup", 12_000);
      await low.isRid();
      await high.holds();
      t.diagnostic(lan.watch.story(VIRTUAL_ADDRESS, since));
      assert.deepEqual(lan.lab.holders, ["high"]);
    });
  }
});
