/** keepalived's vrrp_sync_group as the peer of a group of ours on two interfaces: winning and losing, always whole. */
import assert from "node:assert/strict";
import { describe, it, type TestContext } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import type { VirtualRouter } from "../../controller/vrrp/virtual-router.ts";
import { deadline } from "../support/deadline.ts";
import { prefix } from "../support/speaker-host.ts";
import { type SyncGroup, startSyncGroup } from "../support/speaker-keepalived.ts";
import { type LabNode, VIRTUAL_ADDRESS } from "../support/speaker-lab.ts";
import {
  DOWN_MS,
  EXCHANGE_MS,
  INTERVAL_MS,
  LOWER,
  openVrrpLan,
  routerOf,
  SLACK_MS,
  startOurs,
  type VrrpLan,
} from "../support/vrrp-lan.ts";

const INSIDE_ADDRESS = "10.8.0.100";
const BOTH = [VIRTUAL_ADDRESS, INSIDE_ADDRESS] as const;
/** Each look runs a command on each node. */
const LOOK_MS = 15;

interface Pair {
  readonly lan: VrrpLan;
  readonly ours: LabNode;
  readonly theirs: LabNode;
}

async function pairOf(t: TestContext): Promise<Pair> {
  const lan = await openVrrpLan(t, "ours", "theirs");
  lan.lab.buildInside();
  return { lan, ours: lan.node(0), theirs: lan.node(1) };
}

const ourGroup = (terms: Partial<VirtualRouter> = {}): readonly VirtualRouter[] => [
  routerOf({ name: "default/outside", fate: "default/group/gateway", ...terms }),
  routerOf({
    name: "default/inside",
    fate: "default/group/gateway",
    interface: "eth1",
    virtualRouterID: 52,
    addresses: [prefix(`${INSIDE_ADDRESS}/32`)],
    ...terms,
  }),
];

const startTheirs = (node: LabNode, priority: number): SyncGroup => {
  const terms = { version: 3, interval: INTERVAL_MS, priority } as const;
  return startSyncGroup(node, terms, {
    ...terms,
    interface: "eth1",
    virtualRouterID: 52,
    addresses: [`${INSIDE_ADDRESS}/32`],
  });
};

const holders = ({ lan }: Pair, address: string): string =>
  lan.lab.nodes
    .filter((node) => node.hasAddress(address))
    .map(({ name }) => name)
    .join();

const holdsBoth = (pair: Pair, name: string): Promise<void> =>
  deadline(
    `${name} alone holds both`,
    () => BOTH.every((address) => holders(pair, address) === name),
    8_000,
    LOOK_MS,
  );

const ourRoles = (node: LabNode): readonly string[] => node.link.state().routers.map(({ role }) => role);

/** A time in which nobody but `source` (10.9.0.N and 10.8.0.N) speaks, for either router, and nothing moves. */
async function isQuiet({ lan }: Pair, host: 1 | 2, holder: string): Promise<void> {
  await lan.watch.told();
  const since = Date.now();
  await sleep(3 * DOWN_MS);
  await lan.watch.told();
  await lan.wire.told();
  assert.deepEqual([...new Set(lan.wire.adverts(since).map(({ source }) => source))], [`10.9.0.${host}`]);
  for (const address of BOTH) {
    const spans = lan.watch.spans(address, since).map((span) => span.holders);
    assert.deepEqual(spans, [[holder]], lan.watch.story(address, since));
  }
}

/** From the first address that moves until both are where the other one is, and nobody held one for long beside another. */
async function movedAsOne({ lan }: Pair, since: number, boundMs: number): Promise<string> {
  await lan.watch.told();
  const [outside = [], inside = []] = BOTH.map((address) => lan.watch.spans(address, since));
  const nameAt = (spans: typeof outside, at: number): string =>
    spans.find(({ from, to }) => at >= from && at < to)?.holders.join("+") ?? "";
  const cuts = [...outside, ...inside].map(({ from }) => from).sort((one, other) => one - other);
  const parted = cuts.map((at, index) => {
    const until = cuts[index + 1] ?? at;
    return nameAt(outside, at) === nameAt(inside, at) ? 0 : until - at;
  });
  const total = parted.reduce((sum, each) => sum + each, 0);
  const story = BOTH.map((address) => lan.watch.story(address, since)).join(" / ");
  assert.ok(total <= boundMs, `parted for ${total} ms: ${story}`);
  for (const { durationMs } of BOTH.flatMap((address) => lan.watch.doubled(address, since)))
    assert.ok(durationMs <= EXCHANGE_MS, `two holders for ${durationMs} ms: ${story}`);
  return story;
}

describe("keepalived's vrrp_sync_group beside a group of ours", () => {
  it("G1: of lower priority follows, takes both when one interface of ours is lost or we stop, and gives both back", async (t) => {
    const pair = await pairOf(t);
    const { lan, ours, theirs } = pair;
    startOurs(ours, ...ourGroup());
    await holdsBoth(pair, "ours");
    const peer = startTheirs(theirs, 100);
    await peer.listens(2);
    await isQuiet(pair, 1, "ours");

    const pings = await lan.ping();
    let since = Date.now();
    ours.insidePort("down");
    await holdsBoth(pair, "theirs");
    assert.deepEqual(ourRoles(ours), ["fault", "fault"]);
    t.diagnostic(`eth1 lost: ${await movedAsOne(pair, since, DOWN_MS + SLACK_MS)}`);
    since = Date.now();
    ours.insidePort("up");
    await holdsBoth(pair, "ours");
    t.diagnostic(`eth1 back: ${await movedAsOne(pair, since, EXCHANGE_MS)}`);
    since = Date.now();
    await ours.endSpeaker("SIGTERM");
    await holdsBoth(pair, "theirs");
    t.diagnostic(`SIGTERM: ${await movedAsOne(pair, since, EXCHANGE_MS)}`);
    await pings.replied();
    await pings.stop();
    t.diagnostic(`client outside: ${pings.lost} of ${pings.count} lost`);
  });

  it("G1: of higher priority is followed; an interface of it is lost, or a check lowers it: both come to us, and return", async (t) => {
    const pair = await pairOf(t);
    const { ours, theirs } = pair;
    const peer = startTheirs(theirs, 200);
    await holdsBoth(pair, "theirs");
    startOurs(ours, ...ourGroup(LOWER));
    await deadline("ours is backup of both", () => ourRoles(ours).join() === "backup,backup");
    await isQuiet(pair, 2, "theirs");

    let since = Date.now();
    theirs.insidePort("down");
    await holdsBoth(pair, "ours");
    t.diagnostic(`its eth1 lost: ${await movedAsOne(pair, since, DOWN_MS + SLACK_MS)}`);
    since = Date.now();
    theirs.insidePort("up");
    await holdsBoth(pair, "theirs");
    t.diagnostic(`its eth1 back: ${await movedAsOne(pair, since, EXCHANGE_MS + DOWN_MS)}`);
    since = Date.now();
    peer.weigh(-150);
    await holdsBoth(pair, "ours");
    t.diagnostic(`its check fails: ${await movedAsOne(pair, since, EXCHANGE_MS + DOWN_MS)}`);
    since = Date.now();
    peer.weigh(0);
    await holdsBoth(pair, "theirs");
    t.diagnostic(`its check is well again: ${await movedAsOne(pair, since, EXCHANGE_MS + DOWN_MS)}`);
    await isQuiet(pair, 2, "theirs");
    assert.deepEqual(
      ours.link.state().routers.map(({ conflicts }) => conflicts),
      [[], []],
    );
  });
});
