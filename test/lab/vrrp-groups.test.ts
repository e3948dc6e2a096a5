/** VirtualIPs that move together, on two interfaces; what comes and goes beside them; and how they are spread over nodes. */
import assert from "node:assert/strict";
import { describe, it, type TestContext } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { resolve } from "../../controller/plan/resolve.ts";
import type { VirtualRouter } from "../../controller/vrrp/virtual-router.ts";
import { deadline } from "../support/deadline.ts";
import { aVirtualIP } from "../support/resources.ts";
import { prefix } from "../support/speaker-host.ts";
import { type LabNode, VIRTUAL_ADDRESS } from "../support/speaker-lab.ts";
import {
  DOWN_MS,
  type HighAndLow,
  LOWER,
  openHighAndLow,
  openVrrpLan,
  routerOf,
  SLACK_MS,
  startOurs,
  useInstead,
} from "../support/vrrp-lan.ts";

const INSIDE_ADDRESS = "10.8.0.100";
const THIRD_ADDRESS = "10.9.0.103";

const outside = (different: Partial<VirtualRouter> = {}): VirtualRouter =>
  routerOf({ name: "default/outside", fate: "default/group/gateway", ...different });
const inside = (different: Partial<VirtualRouter> = {}): VirtualRouter =>
  routerOf({
    name: "default/inside",
    fate: "default/group/gateway",
    interface: "eth1",
    virtualRouterID: 52,
    addresses: [prefix(`${INSIDE_ADDRESS}/32`)],
    ...different,
  });
const third = (different: Partial<VirtualRouter> = {}): VirtualRouter =>
  routerOf({
    name: "default/third",
    virtualRouterID: 53,
    addresses: [prefix(`${THIRD_ADDRESS}/32`)],
    ...different,
  });

/** The first node is master of all that `routers` gives for its terms, the other one backup. */
async function elected(
  t: TestContext,
  routers: (terms: Partial<VirtualRouter>) => readonly VirtualRouter[],
): Promise<HighAndLow> {
  const { lan, high, low } = await openHighAndLow(t);
  lan.lab.buildInside();
  startOurs(high, ...routers({}));
  await allAre(high, "master");
  startOurs(low, ...routers(LOWER));
  await allAre(low, "backup");
  await deadline("the other follows", () =>
    low.link.state().routers.every(({ master }) => master?.priority === 200),
  );
  return { lan, high, low };
}

const allAre = (node: LabNode, role: string): Promise<void> =>
  deadline(`${node.name} is ${role} of all`, () => {
    const { routers } = node.link.state();
    return routers.length > 0 && routers.every((router) => router.role === role);
  });

describe("two VirtualIPs of one group on two interfaces", () => {
  const both = (terms: Partial<VirtualRouter>) => [outside(terms), inside(terms)];
  const holders = ({ high, low }: HighAndLow): readonly string[] =>
    [VIRTUAL_ADDRESS, INSIDE_ADDRESS].map((address) =>
      [high, low]
        .filter((node) => node.hasAddress(address))
        .map(({ name }) => name)
        .join(" and "),
    );

  it("G1: one interface of the master is lost: both move, and both return with it", async (t) => {
    const pair = await elected(t, both);
    const { lan, high, low } = pair;
    const pings = { outside: await lan.ping(), inside: await lan.ping(INSIDE_ADDRESS) };
    const since = Date.now();
    high.insidePort("down");
    await allAre(low, "master");
    await deadline("the first has let go of both", () => holders(pair).every((holder) => holder === "low"));
    await pings.outside.replied();
    await pings.inside.replied();
    await pings.outside.stop();
    await pings.inside.stop();
    const outages = [pings.outside.outage(since), pings.inside.outage(since)];
    t.diagnostic(`outage ${outages.map((ms) => ms.toFixed(0)).join(" ms outside, ")} ms inside`);
    assert.ok(
      (outages[0] ?? Number.NaN) <= 20,
      "the interface that is well serves until the other node does",
    );
    assert.ok(
      (outages[1] ?? Number.NaN) <= DOWN_MS + SLACK_MS,
      "the lost one is not slower than a dead node",
    );
    for (const router of high.link.state().routers) assert.match(router.because, /eth1 is down/);
    high.insidePort("up");
    await allAre(high, "master");
    await deadline("both are back", () => holders(pair).every((holder) => holder === "high"));
  });

  it("G1: the interfaces flap by turns: they never part for good", async (t) => {
    const pair = await elected(t, both);
    const { high, low } = pair;
    for (let round = 0; round < 6; round++) {
      const node = round % 2 === 0 ? high : low;
      node.insidePort("down");
      await sleep(60 * round);
      node.port("down");
      node.insidePort("up");
      await sleep(40);
      node.port("up");
    }
    await allAre(high, "master");
    await allAre(low, "backup");
    await deadline("the addresses are together", () => holders(pair).every((holder) => holder === "high"));
  });

  it("R5: one of them is removed, on one node after the other: the other one feels nothing", async (t) => {
    const { lan, high, low } = await elected(t, both);
    const told = [high, low].map(({ transitions }) => transitions.length);
    const pings = await lan.ping();
    const since = Date.now();
    await useInstead(high, outside());
    await sleep(3 * DOWN_MS);
    await useInstead(low, outside(LOWER));
    await lan.isSole("10.9.0.1", "high", 3 * DOWN_MS);
    await pings.stop();
    assert.equal(pings.lost, 0);
    assert.equal(high.hasAddress(INSIDE_ADDRESS), false);
    const moves = [high, low].map((node, index) =>
      node.transitions.slice(told[index]).map(({ router, to }) => `${router} ${to}`),
    );
    assert.deepEqual(moves, [["default/inside initialize"], ["default/inside initialize"]]);
    const adverts = await lan.advertsOf("10.9.0.1", since);
    assert.ok(adverts.every(({ priority }) => priority === 200));
  });
});

it("R5: a VirtualIP beside others is removed: they feel nothing", async (t) => {
  const { lan, high, low } = await elected(t, (terms) => [routerOf(terms), third(terms)]);
  const told = high.transitions.length;
  const pings = await lan.ping();
  await useInstead(high, routerOf());
  await useInstead(low, routerOf(LOWER));
  await lan.isSole("10.9.0.1", "high", 3 * DOWN_MS);
  await pings.stop();
  assert.equal(pings.lost, 0);
  assert.equal(high.hasAddress(THIRD_ADDRESS), false);
  assert.deepEqual(
    high.transitions.slice(told).map(({ router, to }) => `${router} ${to}`),
    ["default/third initialize"],
  );
});

it("R6: an address moves between two VirtualIPs in one apply: it answers all the while", async (t) => {
  const own = prefix(`${VIRTUAL_ADDRESS}/32`);
  const moving = prefix("10.9.0.101/32");
  const { lan, high, low } = await elected(t, (terms) => [
    routerOf({ ...terms, addresses: [own, moving] }),
    third(terms),
  ]);
  const pings = await lan.ping(moving.address);
  const after = (terms: Partial<VirtualRouter>) => [
    routerOf(terms),
    third({ ...terms, addresses: [prefix(`${THIRD_ADDRESS}/32`), moving] }),
  ];
  await useInstead(high, ...after({}));
  await useInstead(low, ...after(LOWER));
  await deadline("it is held for the other VirtualIP", () =>
    high.link
      .state()
      .routers.some(
        ({ name, heldAddresses }) => name === "default/third" && heldAddresses.includes("10.9.0.101/32"),
      ),
  );
  await pings.stop();
  assert.equal(pings.lost, 0);
});

it("R6: it moves to a VirtualIP that another node holds: it is there after one apply on each", async (t) => {
  const own = prefix(`${VIRTUAL_ADDRESS}/32`);
  const moving = prefix("10.9.0.101/32");
  const { high, low } = await openHighAndLow(t);
  const HIGHER = { basePriority: 200, rivalPriority: 100 };
  startOurs(high, routerOf({ addresses: [own, moving] }), third(LOWER));
  startOurs(low, routerOf({ ...LOWER, addresses: [own, moving] }), third(HIGHER));
  await deadline(
    "each is master of one",
    () => high.hasAddress("10.9.0.101") && low.hasAddress(THIRD_ADDRESS),
  );
  const addresses = [prefix(`${THIRD_ADDRESS}/32`), moving];
  await useInstead(high, routerOf(), third({ ...LOWER, addresses }));
  await useInstead(low, routerOf(LOWER), third({ ...HIGHER, addresses }));
  await deadline("it has moved", () => low.hasAddress("10.9.0.101") && !high.hasAddress("10.9.0.101"));
});

it("a tracked interface is lost: the master hands over, without an agent", async (t) => {
  const tracks = [{ interface: "eth1", weight: null }];
  const { lan, high, low } = await elected(t, (terms) => [routerOf({ ...terms, tracks })]);
  await high.hangUp();
  const pings = await lan.ping();
  const since = Date.now();
  high.insidePort("down");
  await low.holds();
  await high.isRid();
  await pings.replied();
  await pings.stop();
  t.diagnostic(`outage ${pings.outage(since).toFixed(0)} ms`);
  assert.ok(pings.outage(since) <= 20, `the outage was ${pings.outage(since)} ms`);
});

it("placement Spread: of three VirtualIPs each node holds one, and a dead node's moves alone", async (t) => {
  const names = ["a", "b", "c"];
  const vips = ["one", "two", "three"].map((name, index) =>
    aVirtualIP(name, {
      placement: "Spread",
      addresses: [`10.9.0.${100 + index}/32`],
      interface: "eth0",
      members: names.map((node) => ({ node })),
      vrrp: { virtualRouterID: 51 + index, advertisementInterval: "100ms" },
    }),
  );
  const nginx = { statusSocket: "/run/status.sock", runtimeDir: "/run" };
  const lan = await openVrrpLan(t, ...names);
  const nodes = names.map((_, index) => lan.node(index));
  for (const node of nodes) {
    const surroundings = { passwords: new Map(), verdicts: new Map(), nginx, drain: null };
    const { routers } = resolve(vips, { node: node.name, ...surroundings });
    startOurs(node, ...routers);
  }
  const holdersOf = (index: number): readonly string[] =>
    nodes.filter((node) => node.hasAddress(`10.9.0.${100 + index}`)).map(({ name }) => name);
  const isSpread = (): boolean => {
    const holders = vips.map((_, index) => holdersOf(index));
    return holders.every(({ length }) => length === 1) && new Set(holders.flat()).size === 3;
  };
  await deadline("each holds one", isSpread, 20_000);
  const before = vips.map((_, index) => holdersOf(index)[0]);
  const dead = nodes.find(({ name }) => name === before[0]);
  assert.ok(dead !== undefined);
  dead.port("down");
  await dead.endSpeaker("SIGTERM");
  const others = nodes.filter((node) => node !== dead);
  await deadline("somebody else has it", () => others.some((node) => node.hasAddress("10.9.0.100")));
  assert.deepEqual([holdersOf(1)[0], holdersOf(2)[0]], before.slice(1));
});
