/** The protocol beside keepalived 2.2.7, byte for byte and interval for interval. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { describe, it } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { formatIpPrefix } from "../../controller/net/ip.ts";
import { millis } from "../../controller/net/time.ts";
import { deadline } from "../support/deadline.ts";
import { prefix } from "../support/speaker-host.ts";
import { startKeepalived } from "../support/speaker-keepalived.ts";
import { VIRTUAL_ADDRESS } from "../support/speaker-lab.ts";
import { ip } from "../support/vrrp-frames.ts";
import {
  DOWN_MS,
  downMs,
  EXCHANGE_MS,
  hasRole,
  INTERVAL_MS,
  LOWER,
  manyPrefixes,
  openVrrpLan,
  routerOf,
  SLACK_MS,
  startOurs,
  useInstead,
  type VrrpLan,
} from "../support/vrrp-lan.ts";

const OURS = "10.9.0.1";
const THEIRS = "10.9.0.2";

describe("keepalived", () => {
  it("E2: follows us in version 3, and our advertisements are the golden ones, byte for byte", async (t) => {
    const lan = await openVrrpLan(t, "ours", "theirs");
    const [ours, theirs] = [lan.node(0), lan.node(1)];
    ours.run("ip addr add 192.0.2.251/24 dev eth0");
    const addresses = ["192.0.2.1/32", "192.0.2.2/32"];
    startOurs(
      ours,
      routerOf({
        virtualRouterID: 10,
        adverInterval: millis(1000),
        addresses: addresses.map(prefix),
        sourceAddress: ip("192.0.2.251"),
      }),
    );
    await hasRole(ours, "master");
    const peer = startKeepalived(theirs, {
      version: 3,
      interval: 1000,
      priority: 100,
      virtualRouterID: 10,
      addresses,
    });
    await peer.listens();
    await sleep(downMs(3, 100, 1000) + SLACK_MS);
    assert.deepEqual(await lan.advertsOf(THEIRS, 0, 10), []);
    await ours.endSpeaker("SIGTERM");
    const adverts = await lan.advertsOf("192.0.2.251", 0, 10);
    t.diagnostic(`${adverts.length} advertisements`);
    const [last, ...before] = adverts.map(({ message }) => message.toString("hex")).reverse();
    assert.deepEqual([...new Set(before)], ["310ac8020064defbc0000201c0000202"]);
    assert.equal(last, "310a00020064a6fcc0000201c0000202");
    assert.deepEqual([...new Set(adverts.map(({ timeToLive }) => timeToLive))], [255]);
    await deadline("keepalived is master", async () => (await lan.advertsOf(THEIRS, 0, 10)).length > 0);
  });

  it("E3: follows us in version 2 without authentication, and takes over in its time when we fall silent", async (t) => {
    const lan = await openVrrpLan(t, "ours", "theirs");
    const [ours, theirs] = [lan.node(0), lan.node(1)];
    const addresses = ["192.168.200.17/32"];
    startOurs(ours, routerOf({ version: 2, adverInterval: millis(1000), addresses: addresses.map(prefix) }));
    await hasRole(ours, "master");
    const peer = startKeepalived(theirs, { version: 2, interval: 1000, priority: 100, addresses });
    await peer.listens();
    const down = downMs(2, 100, 1000);
    await sleep(down + SLACK_MS);
    assert.deepEqual(await lan.advertsOf(THEIRS), []);
    await ours.endSpeaker("SIGKILL");
    await deadline("it is master", async () => (await lan.advertsOf(THEIRS)).length > 0, down + 1000);
    const adverts = await lan.advertsOf(OURS);
    assert.deepEqual(
      [...new Set(adverts.map(({ message }) => message.toString("hex")))],
      ["2133c80100018e0fc0a8c8110000000000000000"],
    );
    const [first] = await lan.advertsOf(THEIRS);
    const silence = (first?.at ?? 0) - (adverts.at(-1)?.at ?? 0);
    t.diagnostic(`${silence.toFixed(0)} ms after our last word; its master-down interval is ${down} ms`);
    assert.ok(silence > down - SLACK_MS && silence < down + SLACK_MS, `it waited ${silence} ms`);
  });

  it("E4: takes our password of ten characters, and we take its: both cut it at eight", async (t) => {
    const lan = await openVrrpLan(t, "ours", "theirs");
    const [ours, theirs] = [lan.node(0), lan.node(1)];
    const password = "abcdefghij";
    const addresses = ["192.168.200.17/32"];
    const router = routerOf({
      version: 2,
      adverInterval: millis(1000),
      addresses: addresses.map(prefix),
      password,
      basePriority: 100,
      rivalPriority: 90,
    });
    startOurs(ours, router);
    await hasRole(ours, "master");
    const peer = startKeepalived(theirs, { version: 2, interval: 1000, priority: 90, password, addresses });
    await peer.listens();
    await sleep(downMs(2, 90, 1000) + SLACK_MS);
    assert.deepEqual(await lan.advertsOf(THEIRS), []);
    const sent = new Set((await lan.advertsOf(OURS)).map(({ message }) => message.toString("hex")));
    assert.deepEqual([...sent], ["2133640101015f7ac0a8c8116162636465666768"]);

    await useInstead(ours, { ...router, basePriority: 80, rivalPriority: 90 });
    await hasRole(ours, "backup");
    await ours.follows(90);
    assert.deepEqual(ours.link.state().routers[0]?.counters.advertisementsDropped, {});
  });

  it("E5: is master before us, and we send nothing: neither of lower priority, nor of higher without preemption", async (t) => {
    const lan = await openVrrpLan(t, "ours", "theirs");
    const [ours, theirs] = [lan.node(0), lan.node(1)];
    startKeepalived(theirs, { version: 3, interval: INTERVAL_MS, priority: 200 });
    await theirs.holds();
    const router = routerOf(LOWER);
    startOurs(ours, router);
    await hasRole(ours, "backup");
    await lan.isSole(THEIRS, "theirs", 3 * DOWN_MS);
    await useInstead(ours, { ...router, basePriority: 250, preempt: false });
    await lan.isSole(THEIRS, "theirs", 3 * DOWN_MS);
    assert.deepEqual(await lan.advertsOf(OURS), []);
  });

  for (const { what, names, winner } of [
    { what: "lower", names: ["ours", "theirs"], winner: "theirs" },
    { what: "higher", names: ["theirs", "ours"], winner: "ours" },
  ]) {
    it(`E6: of equal priority, our address ${what}: one owner, no alternation; of two masters the higher address`, async (t) => {
      const lan = await openVrrpLan(t, ...names);
      const byName = (name: string) => lan.lab.nodes.find((node) => node.name === name) ?? assert.fail(name);
      const [ours, theirs] = [byName("ours"), byName("theirs")];
      const since = Date.now();
      const peer = startKeepalived(theirs, { version: 3, interval: INTERVAL_MS, priority: 150 });
      startOurs(ours, routerOf({ basePriority: 150, rivalPriority: 150 }));
      await peer.listens();
      await hasRole(ours, "backup").catch(() => hasRole(ours, "master"));
      const isSettled = (): boolean => lan.lab.holders.length === 1;
      await deadline("there is one owner", isSettled, 3 * DOWN_MS);
      const [first = ""] = lan.lab.holders;
      const addressOf = (name: string): string => `10.9.0.${names.indexOf(name) + 1}`;
      await sleep(EXCHANGE_MS);
      await lan.isSole(addressOf(first), first, 3 * DOWN_MS);

      theirs.port("nomaster");
      await deadline("both are master", () => lan.lab.holders.length === 2);
      await lan.watch.told();
      const joined = Date.now();
      theirs.port("master br0");
      await deadline("one is left", () => lan.lab.holders.join() === winner);
      await lan.isSole(addressOf(winner), winner, 3 * DOWN_MS);
      const [doubled] = lan.watch.doubled(VIRTUAL_ADDRESS, joined);
      t.diagnostic(
        `elected at first: ${first}; two for ${doubled?.durationMs.toFixed(0)} ms after the mending`,
      );
      assert.ok((doubled?.durationMs ?? 0) < INTERVAL_MS + EXCHANGE_MS, `two for ${doubled?.durationMs} ms`);
      assert.equal(
        lan.watch.spans(VIRTUAL_ADDRESS, joined).length,
        2,
        lan.watch.story(VIRTUAL_ADDRESS, since),
      );
    });
  }

  it("E9: follows us with VRID 1, and with VRID 255 and 255 addresses", async (t) => {
    const lan = await openVrrpLan(t, "ours", "theirs");
    const [ours, theirs] = [lan.node(0), lan.node(1)];
    const many = manyPrefixes(255);
    const one = routerOf({ name: "default/one", virtualRouterID: 1 });
    const full = routerOf({ name: "default/full", virtualRouterID: 255, addresses: many });
    startOurs(ours, one, full);
    await deadline("we are master of both", () => {
      const { routers } = ours.link.state();
      return routers.length === 2 && routers.every(({ heldAddresses }) => heldAddresses.length > 0);
    });
    const terms = { version: 3 as const, interval: INTERVAL_MS, priority: 100 };
    const peer = startKeepalived(
      theirs,
      { ...terms, virtualRouterID: 1 },
      { ...terms, virtualRouterID: 255, addresses: many.map(formatIpPrefix) },
    );
    await peer.listens(2);
    await sleep(3 * DOWN_MS);
    for (const id of [1, 255]) {
      assert.deepEqual(await lan.advertsOf(THEIRS, 0, id), []);
      assert.ok((await lan.advertsOf(OURS, 0, id)).length > 3);
    }
    const [advert] = await lan.advertsOf(OURS, 0, 255);
    assert.equal(advert?.message.length, 8 + 255 * 4);
    await ours.endSpeaker("SIGTERM");
    const isFollowed = async () =>
      (await lan.advertsOf(THEIRS, 0, 1)).length > 0 && (await lan.advertsOf(THEIRS, 0, 255)).length > 0;
    await deadline("it is master of both", isFollowed);
  });

  for (const { version, interval } of [
    { version: 2 as const, interval: 1000 },
    { version: 3 as const, interval: INTERVAL_MS },
  ]) {
    it(`F3: takes over from us at SIGTERM, version ${version}, ${interval} ms: make before break`, async (t) => {
      const lan = await openVrrpLan(t, "ours", "theirs");
      const [ours, theirs] = [lan.node(0), lan.node(1)];
      startOurs(ours, routerOf({ version, adverInterval: millis(interval) }));
      await ours.holds();
      const peer = startKeepalived(theirs, { version, interval, priority: 100 });
      await peer.listens();
      const pings = await lan.ping();
      const since = Date.now();
      await ours.endSpeaker("SIGTERM");
      await theirs.holds();
      await ours.isRid();
      await pings.replied();
      await pings.stop();
      t.diagnostic(
        `gap ${pings.outage(since).toFixed(1)} ms, ${pings.lost} of ${pings.count} lost; ${lan.watch.story(VIRTUAL_ADDRESS, since)}`,
      );
      assert.deepEqual(lan.watch.vacant(VIRTUAL_ADDRESS, since), []);
      assert.ok(pings.outage(since) <= 20, `the gap was ${pings.outage(since)} ms`);
    });
  }

  it("G2: and we answer ARP for the address only while we are master, also after a backup's link flapped", async (t) => {
    const lan = await openVrrpLan(t, "ours", "theirs");
    const [ours, theirs] = [lan.node(0), lan.node(1)];
    startOurs(ours, routerOf());
    await ours.holds();
    const peer = startKeepalived(theirs, { version: 3, interval: INTERVAL_MS, priority: 250 });
    await theirs.holds();
    await ours.isRid();
    const macOf = (node: typeof ours) => /ether (\S+)/.exec(node.run("ip link show dev eth0"))?.[1];
    assert.deepEqual(await answering(lan), [macOf(theirs)]);
    for (let flap = 0; flap < 3; flap++) {
      ours.port("down");
      await hasRole(ours, "fault");
      ours.port("up");
      await hasRole(ours, "backup");
      assert.deepEqual(await answering(lan), [macOf(theirs)]);
    }
    await peer.end();
    await ours.holds();
    assert.deepEqual(await answering(lan), [macOf(ours)]);
  });
});

/** Who answers for the address: the hardware addresses in the replies to some broadcast requests. */
async function answering(lan: VrrpLan): Promise<readonly string[]> {
  const child = lan.lab.spawn(["arping", "-b", "-I", "br0", "-c", "2", VIRTUAL_ADDRESS]);
  let said = "";
  child.stdout?.on("data", (chunk: Buffer) => {
    said += chunk.toString();
  });
  await once(child, "close");
  const replies = [...said.matchAll(/reply from \S+ \[(\S+)\]/g)].map(([, mac = ""]) => mac.toLowerCase());
  assert.ok(replies.length > 0, said);
  return [...new Set(replies)];
}
