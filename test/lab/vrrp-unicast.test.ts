/** Unicast between speakers of ours and beside keepalived 2.2.7, and both forms of the checksum of version 3. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { formatIpPrefix, type IpAddress, parseIpAddress } from "../../controller/net/ip.ts";
import { millis } from "../../controller/net/time.ts";
import { encodePacket } from "../../controller/vrrp/packet.ts";
import type { VirtualRouter } from "../../controller/vrrp/virtual-router.ts";
import { deadline } from "../support/deadline.ts";
import { prefix } from "../support/speaker-host.ts";
import { startKeepalived } from "../support/speaker-keepalived.ts";
import { type LabNode, VIRTUAL_ADDRESS } from "../support/speaker-lab.ts";
import { frameOf, inject, ip, soundAdvert } from "../support/vrrp-frames.ts";
import {
  DOWN_MS,
  hasRole,
  INTERVAL_MS,
  LOWER,
  openVrrpLan,
  routerOf,
  SLACK_MS,
  startOurs,
  useInstead,
  type VrrpLan,
} from "../support/vrrp-lan.ts";
import { ipv6Adverts } from "../support/wire-ipv6.ts";
import { type SeenAdvert, watchWire } from "../support/wire-watch.ts";

const FIRST = "10.9.0.1";
const SECOND = "10.9.0.2";
/** Counters alone are told only now and then. */
const COUNTED_MS = 15_000;

const anyIp = (text: string): IpAddress => parseIpAddress(text) ?? assert.fail(text);

const byUnicast = (
  own: string,
  peers: readonly string[],
  different: Partial<VirtualRouter> = {},
): VirtualRouter =>
  routerOf({
    transport: { type: "unicast", peers: peers.map(anyIp), ttl: 255 },
    sourceAddress: anyIp(own),
    ...different,
  });

/** `first` is master of `second`, by unicast. */
async function electedPair(lan: VrrpLan): Promise<{ readonly first: LabNode; readonly second: LabNode }> {
  const [first, second] = [lan.node(0), lan.node(1)];
  startOurs(first, byUnicast(FIRST, [SECOND]));
  await hasRole(first, "master");
  startOurs(second, byUnicast(SECOND, [FIRST], LOWER));
  await second.follows(200);
  return { first, second };
}

describe("by unicast", () => {
  it("U1: a pair that has forgotten each other's hardware address has no false master", async (t) => {
    const lan = await openVrrpLan(t, "first", "second");
    const { first, second } = await electedPair(lan);
    const since = Date.now();
    for (let round = 0; round < 15; round++) {
      first.run("ip neigh flush dev eth0");
      second.run("ip neigh flush dev eth0");
      // Gone for good where it cannot be asked for in the meantime.
      await sleep(INTERVAL_MS);
    }
    await sleep(DOWN_MS);
    assert.deepEqual(await lan.advertsOf(SECOND, since), []);
    assert.equal(second.role, "backup");
    assert.deepEqual(
      lan.watch.spans(VIRTUAL_ADDRESS, since).map(({ holders }) => holders),
      [["first"]],
    );
    const adverts = await lan.advertsOf(FIRST, since);
    t.diagnostic(`${adverts.length} advertisements in ${Date.now() - since} ms`);
  });

  it("U2: what is no peer's is dropped and counted, and changes nothing", async (t) => {
    const lan = await openVrrpLan(t, "first", "second", "stranger");
    const { first, second } = await electedPair(lan);
    const forged = encodePacket(soundAdvert(254), ip("10.9.0.3"), ip(FIRST));
    const mac = /ether (\S+)/.exec(first.run("ip link show dev eth0"))?.[1]?.replaceAll(":", "") ?? "";
    const frame = `${mac}${frameOf(forged).slice(12)}`;
    const since = Date.now();
    await inject(lan.node(2), [frame], { perSecond: 20, count: 20 });
    const status = () => first.link.state().routers[0];
    await deadline("it is told", () =>
      /10\.9\.0\.3 is not taken: foreign-sender/.test(status()?.problems[0]?.message ?? ""),
    );
    const dropped = (): number | undefined => status()?.counters.advertisementsDropped["foreign-sender"];
    await deadline("they are counted", () => dropped() === 20, COUNTED_MS);
    assert.deepEqual([first.role, second.role], ["master", "backup"]);
    assert.deepEqual(await lan.advertsOf(SECOND, since), []);
  });

  for (const { what, own, peer, family, addresses, hops } of [
    {
      what: "IPv4",
      own: FIRST,
      peer: SECOND,
      family: "ipv4" as const,
      addresses: ["10.9.0.100/32"],
      hops: 255,
    },
    {
      what: "IPv6, which it sends with hop limit 64",
      own: "2001:db8::1",
      peer: "2001:db8::2",
      family: "ipv6" as const,
      addresses: ["fe80::100/128", "2001:db8::100/128"],
      hops: 64,
    },
  ]) {
    it(`keepalived follows us and is followed over ${what}`, async (t) => {
      const lan = await openVrrpLan(t, "ours", "theirs");
      const [ours, theirs] = [lan.node(0), lan.node(1)];
      for (const [index, node] of lan.lab.nodes.entries())
        node.run(`ip addr add 2001:db8::${index + 1}/64 dev eth0 nodad`);
      const wire = await watchWire(lan.lab, "ip proto 112 or ip6", `p${theirs.name}`);
      const router = byUnicast(own, [peer], { family, addresses: addresses.map(prefix) });
      const holds = (node: LabNode): boolean =>
        addresses.every((each) => node.run("ip -o addr show dev eth0").includes(` ${each} `));
      startOurs(ours, router);
      await hasRole(ours, "master");
      const lines = [`unicast_src_ip ${peer}`, `unicast_peer { ${own} }`];
      const terms = { version: 3 as const, interval: INTERVAL_MS, priority: 100, addresses, lines };
      const keepalived = startKeepalived(theirs, terms);
      await keepalived.listens();
      await sleep(3 * DOWN_MS);
      assert.deepEqual([holds(ours), holds(theirs)], [true, false]);

      await ours.endSpeaker("SIGTERM");
      await deadline("keepalived takes over", () => holds(theirs) && !holds(ours));
      await ours.hangUp();
      startOurs(ours, { ...router, basePriority: 90, rivalPriority: 100 });
      await ours.follows(100);
      await sleep(3 * DOWN_MS);
      assert.deepEqual([holds(ours), holds(theirs)], [false, true]);
      assert.deepEqual(ours.link.state().routers[0]?.counters.advertisementsDropped, {});
      await useInstead(ours, router);
      await deadline("ours is preferred", () => holds(ours) && !holds(theirs));

      await wire.told();
      const theirsSeen =
        family === "ipv6"
          ? ipv6Adverts(wire)
              .filter(({ source }) => source.endsWith("0002"))
              .map(({ hopLimit }) => hopLimit)
          : wire
              .adverts()
              .filter(({ source }) => source === peer)
              .map(({ timeToLive }) => timeToLive);
      assert.deepEqual([...new Set(theirsSeen)], [hops]);
      t.diagnostic(
        `its unicast leaves with ${hops}; addresses: ${router.addresses.map(formatIpPrefix).join(", ")}`,
      );
    });
  }

  it("a master stops make before break, and one that is killed is followed in time", async (t) => {
    const lan = await openVrrpLan(t, "first", "second");
    const { first, second } = await electedPair(lan);
    const pings = await lan.ping();
    const since = Date.now();
    await first.endSpeaker("SIGTERM");
    await second.holds();
    await pings.replied();
    await pings.stop();
    t.diagnostic(
      `SIGTERM: outage ${pings.outage(since).toFixed(1)} ms; ${lan.watch.story(VIRTUAL_ADDRESS, since)}`,
    );
    assert.deepEqual(lan.watch.vacant(VIRTUAL_ADDRESS, since), []);
    startOurs(first, byUnicast(FIRST, [SECOND]));
    await first.holds();
    await second.isRid();
    await first.endSpeaker("SIGKILL");
    await hasRole(second, "master");
    await lan.wire.told();
    const killed = (await lan.advertsOf(FIRST)).at(-1)?.at ?? 0;
    const next = (await lan.advertsOf(SECOND, killed)).at(0)?.at ?? 0;
    t.diagnostic(`SIGKILL: ${(next - killed).toFixed(0)} ms after its last word`);
    assert.ok(next - killed < DOWN_MS + SLACK_MS, `it waited ${next - killed} ms`);
  });
});

describe("the checksum of version 3", () => {
  it("E8: of RFC 9568 is taken and counted, and sent where peers want it, byte for byte", async (t) => {
    const lan = await openVrrpLan(t, "ours", "theirs");
    const [ours, theirs] = [lan.node(0), lan.node(1)];
    const packet = encodePacket(soundAdvert(200), ip(SECOND), ip("224.0.0.18"), {
      checksumForm: "message-only",
      timeToLive: 255,
    });
    const injected = inject(theirs, [frameOf(packet)], { perSecond: 20, count: 100 });
    await deadline("they are on the wire", async () => (await lan.advertsOf(SECOND)).length > 0);
    startOurs(ours, routerOf(LOWER));
    const status = () => ours.link.state().routers[0];
    await deadline("we follow them", () => status()?.master?.priority === 200);
    await injected;
    const counted = (): number => status()?.counters.checksumForms["message-only"] ?? 0;
    await deadline("they are counted", () => counted() >= 20, COUNTED_MS);
    const { counters } = status() ?? assert.fail();
    assert.equal(counters.checksumForms["pseudo-header"], undefined);
    assert.deepEqual(counters.advertisementsDropped, {});
    const last = (await lan.advertsOf(SECOND)).at(-1)?.at ?? 0;
    assert.deepEqual(
      (await lan.advertsOf(FIRST)).filter(({ at }) => at < last),
      [],
    );

    ours.run("ip addr add 192.0.2.251/24 dev eth0");
    await useInstead(
      ours,
      routerOf({
        virtualRouterID: 10,
        adverInterval: millis(1000),
        checksumForm: "message-only",
        addresses: ["192.0.2.1/32", "192.0.2.2/32"].map(prefix),
        sourceAddress: ip("192.0.2.251"),
      }),
    );
    const sent = async (): Promise<readonly SeenAdvert[]> => lan.advertsOf("192.0.2.251", 0, 10);
    await deadline("we speak in the other form", async () => (await sent()).length > 0, 8_000);
    const adverts = await sent();
    assert.deepEqual(
      [...new Set(adverts.map(({ message }) => message.toString("hex")))],
      ["310ac8020064828ac0000201c0000202"],
    );
  });
});
