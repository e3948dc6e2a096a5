/** IPv6 beside keepalived 2.2.7, and a VirtualIP of both families between speakers of ours: on the wire and by a client. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { formatIpPrefix } from "../../controller/net/ip.ts";
import { deadline } from "../support/deadline.ts";
import { startKeepalived } from "../support/speaker-keepalived.ts";
import type { LabNode, SpeakerLab } from "../support/speaker-lab.ts";
import {
  DOWN_MS,
  hasRole,
  INTERVAL_MS,
  LOWER,
  routerOf,
  SLACK_MS,
  startOurs,
  type VrrpLan,
} from "../support/vrrp-lan.ts";
import { ADDRESSES, hexOf, openIpv6Lan, overIpv6, VIRTUAL } from "../support/vrrp-lan-ipv6.ts";
import {
  ipv6Adverts,
  type SeenIpv6Advert,
  solicitedAdverts,
  unsolicitedAdverts,
} from "../support/wire-ipv6.ts";
import type { WireWatch } from "../support/wire-watch.ts";

const GROUP = "ff020000000000000000000000000012";
/** Three seconds, which the kernel counts in whole ones and looks at once a second. */
const LIFETIME_MAX_MS = 5_000;
/** Interval 10 cs, two addresses; the checksum depends on the sender. */
const MESSAGE_OF_200 = /^3133c802000a....fe80000000000000000000000000010020010db8000000000000000000000100$/;

const holdsIpv6 = (node: LabNode): boolean => {
  const shown = node.run("ip -6 -o addr show dev eth0");
  return ADDRESSES.every((each) => shown.includes(` ${formatIpPrefix(each)} `));
};
const holders = (lab: SpeakerLab): string =>
  lab.nodes
    .filter(holdsIpv6)
    .map(({ name }) => name)
    .join();

async function isSole(lan: VrrpLan, name: string): Promise<void> {
  await deadline(`${name} alone holds them`, () => holders(lan.lab) === name, 8_000, 15);
}

async function seen(wire: WireWatch, source: string, since = 0): Promise<readonly SeenIpv6Advert[]> {
  await wire.told();
  return ipv6Adverts(wire, since).filter((advert) => advert.source === source);
}

/** 12 hexadecimal digits. */
const macOf = (node: LabNode): string | undefined =>
  /ether (\S+)/.exec(node.run("ip link show dev eth0"))?.[1]?.replaceAll(":", "");

describe("over IPv6", () => {
  it("E7: keepalived follows us: from link-local, to ff02::12, hop limit 255, link-local address first", async (t) => {
    const { lan, wire, sources } = await openIpv6Lan(t, "ours", "theirs");
    const [ours, theirs] = [lan.node(0), lan.node(1)];
    const [ourSource, theirSource] = sources;
    startOurs(ours, overIpv6());
    await hasRole(ours, "master");
    const peer = startKeepalived(theirs, {
      version: 3,
      interval: INTERVAL_MS,
      priority: 100,
      addresses: ADDRESSES.map(formatIpPrefix),
    });
    await peer.listens();
    await sleep(3 * DOWN_MS);
    assert.deepEqual(await seen(wire, theirSource), []);
    await isSole(lan, "ours");

    const adverts = await seen(wire, ourSource);
    assert.ok(adverts.length > 5, `${adverts.length} advertisements`);
    for (const { destination, hopLimit, message } of adverts) {
      assert.deepEqual([destination, hopLimit], [GROUP, 255]);
      assert.match(message, MESSAGE_OF_200);
    }
    const announced = unsolicitedAdverts(wire).filter(({ target }) => target.endsWith("0100"));
    const mac = /ether (\S+)/.exec(ours.run("ip link show dev eth0"))?.[1]?.replaceAll(":", "");
    assert.deepEqual(
      new Set(announced.map(({ target }) => target)),
      new Set(ADDRESSES.map(({ address }) => hexOf(address))),
    );
    for (const each of announced)
      assert.deepEqual([each.flags, each.hopLimit, each.mac, each.sender], [0x20, 255, mac, mac]);

    const pings = await lan.ping(VIRTUAL);
    const since = Date.now();
    await ours.endSpeaker("SIGTERM");
    await isSole(lan, "theirs");
    await pings.replied();
    startOurs(ours, overIpv6());
    await isSole(lan, "ours");
    await pings.replied();
    await pings.stop();
    t.diagnostic(
      `SIGTERM and return: outage ${pings.outage(since).toFixed(1)} ms, ${pings.lost} of ${pings.count} lost`,
    );
    assert.ok(pings.outage(since) <= 100, `the outage was ${pings.outage(since)} ms`);
  });

  it("E7: keepalived of higher priority is followed, we are silent, and take over in our time when it is gone", async (t) => {
    const { lan, wire, sources } = await openIpv6Lan(t, "ours", "theirs");
    const [ours, theirs] = [lan.node(0), lan.node(1)];
    const [ourSource, theirSource] = sources;
    const terms = {
      version: 3 as const,
      interval: INTERVAL_MS,
      priority: 200,
      addresses: ADDRESSES.map(formatIpPrefix),
    };
    const peer = startKeepalived(theirs, terms);
    await isSole(lan, "theirs");
    startOurs(ours, overIpv6(LOWER));
    await hasRole(ours, "backup");
    await ours.follows(200);
    await sleep(3 * DOWN_MS);
    assert.deepEqual(await seen(wire, ourSource), []);
    assert.deepEqual(ours.link.state().routers[0]?.counters.advertisementsDropped, {});
    assert.deepEqual(ours.link.state().routers[0]?.conflicts, []);
    // Without a word, unlike SIGTERM.
    theirs.port("nomaster");
    await deadline("ours holds them", () => holdsIpv6(ours));
    await peer.end();
    const last = (await seen(wire, theirSource)).at(-1);
    const first = (await seen(wire, ourSource, last?.at)).at(0);
    const silence = (first?.at ?? 0) - (last?.at ?? 0);
    t.diagnostic(`${silence.toFixed(0)} ms after its last word; our master-down interval is ${DOWN_MS} ms`);
    assert.ok(silence < DOWN_MS + SLACK_MS, `we waited ${silence} ms`);
  });

  it("G2: a backup does not answer for the addresses, also after its link flapped", async (t) => {
    const { lan, wire } = await openIpv6Lan(t, "high", "low");
    const [high, low] = [lan.node(0), lan.node(1)];
    startOurs(high, overIpv6());
    await hasRole(high, "master");
    startOurs(low, overIpv6(LOWER));
    await hasRole(low, "backup");
    for (let flap = 0; flap < 3; flap++) {
      const since = Date.now();
      lan.lab.run("ip -6 neigh flush dev br0");
      // The client must ask who has the address before it can send.
      lan.lab.run(`ping -6 -c 1 -W 2 ${VIRTUAL}`);
      await wire.told();
      const answers = solicitedAdverts(wire, since).filter(({ target }) => target === hexOf(VIRTUAL));
      assert.deepEqual([...new Set(answers.map(({ sender }) => sender))], [macOf(high)]);
      low.port("down");
      await hasRole(low, "fault");
      low.port("up");
      await hasRole(low, "backup");
    }
  });

  it("somebody else says that an address is theirs: the holder announces it again, and tells of it until it has ended", async (t) => {
    const { lan, wire } = await openIpv6Lan(t, "ours", "other");
    const [ours, other] = [lan.node(0), lan.node(1)];
    startOurs(ours, overIpv6());
    await deadline("ours holds them", () => holdsIpv6(ours));
    // What it announces by itself ends five seconds after the election.
    const announced = () => unsolicitedAdverts(wire).filter(({ target }) => target === hexOf(VIRTUAL));
    const lastAt = (): number => announced().at(-1)?.at ?? Date.now();
    await deadline("it is quiet", () => Date.now() - lastAt() > 5_500, 15_000);
    const { length } = announced();
    other.run("sysctl -q -w net.ipv6.conf.eth0.ndisc_notify=1");
    other.run(`ip addr add ${VIRTUAL}/64 dev eth0 nodad`);
    // The kernel tells all nodes of the new hardware address, for every address that it has.
    const rival = "02:00:00:00:00:77";
    other.run(`ip link set dev eth0 address ${rival}`);
    const conflicts = () => ours.link.state().routers[0]?.conflicts ?? [];
    await deadline("it is told", () => conflicts().length > 0);
    assert.deepEqual(conflicts(), [
      { code: "duplicate-address", message: `${rival} answers for ${VIRTUAL}, which this node holds` },
    ]);
    await deadline("it was announced again", () =>
      announced()
        .slice(length)
        .some(({ mac }) => mac === macOf(ours)),
    );
    other.run(`ip addr del ${VIRTUAL}/64 dev eth0`);
    await deadline("it has ended", () => conflicts().length === 0, 15_000);
    const counted = ours.link.state().routers[0]?.counters.conflicts["duplicate-address"] ?? 0;
    assert.ok(counted > 0, `${counted} counted`);
  });

  it("F5: the addresses of a speaker that is killed are taken away by the kernel", async (t) => {
    const { lan } = await openIpv6Lan(t, "ours", "other");
    const ours = lan.node(0);
    startOurs(ours, overIpv6({ deadMan: true }));
    await deadline("ours holds them", () => holdsIpv6(ours));
    const since = Date.now();
    await ours.endSpeaker("SIGKILL");
    const shown = (): string => ours.run("ip -6 -o addr show dev eth0");
    const isRid = (): boolean => ADDRESSES.every((each) => !shown().includes(` ${formatIpPrefix(each)} `));
    await deadline("the kernel has taken them", isRid, 10_000, 15);
    t.diagnostic(`gone ${Date.now() - since} ms after SIGKILL`);
    assert.ok(Date.now() - since <= LIFETIME_MAX_MS, `${Date.now() - since} ms`);
  });

  it("a VirtualIP of both families moves as one, by SIGTERM and by the cable", async (t) => {
    const { lan } = await openIpv6Lan(t, "high", "low");
    const [high, low] = [lan.node(0), lan.node(1)];
    startOurs(high, routerOf(), overIpv6());
    await hasRole(high, "master");
    startOurs(low, routerOf(LOWER), overIpv6(LOWER));
    await hasRole(low, "backup");
    const both = (): string => `${lan.lab.holders.join()} ${holders(lan.lab)}`;
    await deadline("one holds both", () => both() === "high high");

    const four = await lan.ping();
    const six = await lan.ping(VIRTUAL);
    const stopped = Date.now();
    await high.endSpeaker("SIGTERM");
    await deadline("the other holds both", () => both() === "low low");
    await six.replied();
    const outages = [four.outage(stopped), six.outage(stopped)];
    startOurs(high, routerOf(), overIpv6());
    await deadline("it is back", () => both() === "high high");
    await six.replied();

    const cut = Date.now();
    high.port("nomaster");
    await deadline("the other has both", () => low.role === "master" && holdsIpv6(low) && low.isHolding);
    await six.replied();
    await four.replied();
    await Promise.all([four.stop(), six.stop()]);
    const cutOutages = [four.outage(cut), six.outage(cut)];
    t.diagnostic(
      `SIGTERM: ${outages.map((each) => each.toFixed(0)).join(" and ")} ms; cable: ${cutOutages.map((each) => each.toFixed(0)).join(" and ")} ms`,
    );
    assert.ok(
      outages.every((each) => each <= 100),
      `SIGTERM: ${outages.join(" and ")} ms`,
    );
    assert.ok(
      cutOutages.every((each) => each <= DOWN_MS + SLACK_MS),
      `cable: ${cutOutages.join(" and ")} ms`,
    );
    assert.deepEqual(
      low.transitions.map(({ router, to }) => `${router} ${to}`),
      ["default/web backup", "default/web master", "default/web backup", "default/web master"],
    );
  });
});
