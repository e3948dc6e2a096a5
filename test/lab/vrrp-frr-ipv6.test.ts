/** FRR's vrrpd as the other node over IPv6, winning and losing; its wire told by tshark, the addresses by `ip`. */
import assert from "node:assert/strict";
import { describe, it, type TestContext } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { deadline } from "../support/deadline.ts";
import { type DissectedAdvert, type Dissection, dissectSwitch } from "../support/speaker-dissector.ts";
import { FRR, FRR_SOURCE, type FrrPeer, startFrr } from "../support/speaker-frr.ts";
import type { LabNode } from "../support/speaker-lab.ts";
import {
  DOWN_MS,
  EXCHANGE_MS,
  hasRole,
  INTERVAL_MS,
  LOWER,
  SLACK_MS,
  startOurs,
  type VrrpLan,
} from "../support/vrrp-lan.ts";
import { openIpv6Lan, overIpv6, VIRTUAL } from "../support/vrrp-lan-ipv6.ts";

const { addresses, macvlan, mac: VIRTUAL_MAC } = FRR.ipv6;
/** Each look runs a command on each node. */
const LOOK_MS = 20;

interface Beside {
  readonly lan: VrrpLan;
  readonly ours: LabNode;
  readonly theirs: LabNode;
  readonly told: () => Promise<Dissection>;
}

interface SeenLink {
  readonly ifname: string;
  readonly address: string;
  readonly flags: readonly string[];
  readonly addr_info: readonly { readonly local: string; readonly scope: string }[];
}

async function beside(t: TestContext): Promise<Beside> {
  const { lan } = await openIpv6Lan(t, "ours", "theirs");
  return { lan, ours: lan.node(0), theirs: lan.node(1), told: await dissectSwitch(lan.lab) };
}

const linksOf = (node: LabNode): readonly SeenLink[] => JSON.parse(node.run("ip -j -6 addr"));

/** All of them, where they can answer: FRR's backup has them on a macvlan without carrier. */
function holds(node: LabNode): boolean {
  const alive = linksOf(node).filter(({ flags }) => flags.includes("LOWER_UP"));
  const there = new Set(alive.flatMap(({ addr_info }) => addr_info.map(({ local }) => local)));
  return addresses.every((address) => there.has(address));
}

const holders = ({ lan }: Beside): string =>
  lan.lab.nodes
    .filter(holds)
    .map(({ name }) => name)
    .join();

const isSole = (pair: Beside, name: string): Promise<void> =>
  deadline(`${name} alone holds them`, () => holders(pair) === name, 8_000, LOOK_MS);

/** A time in which `name` alone is seen to hold them, at every look. */
async function staysSole(
  pair: Beside,
  name: string,
): Promise<{ readonly from: number; readonly to: number }> {
  const from = Date.now();
  while (Date.now() < from + 3 * DOWN_MS) {
    assert.equal(holders(pair), name);
    await sleep(LOOK_MS);
  }
  return { from, to: Date.now() };
}

/** To whom the client sends. */
const clientSendsTo = ({ lan }: Beside): string | undefined =>
  /lladdr (\S+)/.exec(lan.lab.run(`ip -6 neigh show ${VIRTUAL} dev br0`))?.[1];

const macOf = (node: LabNode): string => linkOf(node, "eth0").address;
const linkOf = (node: LabNode, name: string): SeenLink =>
  JSON.parse(node.run(`ip -j addr show dev ${name}`))[0] ?? assert.fail(name);

/** From which ours advertises. */
const sourceOf = (node: LabNode): string =>
  linkOf(node, "eth0").addr_info.find(({ local, scope }) => scope === "link" && !addresses.includes(local))
    ?.local ?? assert.fail(`${node.name} has no link-local address`);

const startTheirs = (node: LabNode, priority: number): FrrPeer =>
  startFrr(node, { version: 3, family: "ipv6", interval: INTERVAL_MS, priority });

/** Whoever spoke in a time, and every word was as it must be. */
function speakersIn({ adverts }: Dissection, { from, to }: { from: number; to: number }): readonly string[] {
  return [...new Set(adverts.filter(({ at }) => at >= from && at <= to).map(({ source }) => source))];
}

function isSound({ adverts, complaints }: Dissection, priorities: Readonly<Record<string, number>>): void {
  assert.deepEqual(complaints, []);
  for (const { at: _, source, priority, ...terms } of adverts) {
    assert.ok(priority === 0 || priority === priorities[source], `${source} says ${priority}`);
    assert.deepEqual(terms, {
      destination: "ff02::12",
      hopLimit: 255,
      version: 3,
      virtualRouterID: 51,
      interval: INTERVAL_MS / 10,
      addresses,
    });
  }
}

/** Between the last word of one and the first one of the other after it, around a moment. */
function silenceBetween({ adverts }: Dissection, before: string, after: string, moment: number): number {
  const said = (source: string, isPast: boolean): readonly DissectedAdvert[] =>
    adverts.filter((each) => each.source === source && each.at <= moment === isPast);
  const last = said(before, true).at(-1) ?? assert.fail(`${before} has said nothing`);
  const first = said(after, false).at(0) ?? assert.fail(`${after} has said nothing`);
  return first.at - last.at;
}

describe("FRR's vrrpd over IPv6", () => {
  it("E2, E7: of lower priority follows us, takes over when we stop or are killed, and gives way when we return", async (t) => {
    const pair = await beside(t);
    const { lan, ours, theirs, told } = pair;
    startOurs(ours, overIpv6());
    await isSole(pair, "ours");
    const peer = startTheirs(theirs, 100);
    await deadline("it listens", () => peer.isBackup);
    const following = await staysSole(pair, "ours");

    const pings = await lan.ping(VIRTUAL);
    assert.equal(clientSendsTo(pair), macOf(ours));
    const stopped = Date.now();
    await ours.endSpeaker("SIGTERM");
    await deadline("it is master", () => peer.isMaster);
    await isSole(pair, "theirs");
    await pings.replied();
    assert.equal(clientSendsTo(pair), VIRTUAL_MAC);
    startOurs(ours, overIpv6());
    await hasRole(ours, "master");
    await deadline("it gives way", () => peer.isBackup);
    await isSole(pair, "ours");
    await pings.replied();
    const back = await staysSole(pair, "ours");
    await pings.stop();
    assert.equal(clientSendsTo(pair), macOf(ours));
    t.diagnostic(`SIGTERM and return: outage ${pings.outage(stopped).toFixed(1)} ms, ${pings.lost} lost`);

    const killed = Date.now();
    await ours.endSpeaker("SIGKILL");
    await deadline("it is master again", () => peer.isMaster);
    const ourSource = sourceOf(ours);
    // Its first advertisement may be lost (see below): the second is waited for.
    await sleep(2 * INTERVAL_MS + SLACK_MS);
    const wire = await told();
    isSound(wire, { [ourSource]: 200, [FRR_SOURCE]: 100 });
    assert.deepEqual(speakersIn(wire, following), [ourSource]);
    assert.deepEqual(speakersIn(wire, back), [ourSource]);
    const silence = silenceBetween(wire, ourSource, FRR_SOURCE, killed);
    t.diagnostic(
      `SIGKILL: ${silence.toFixed(0)} ms after our last word, its master-down interval is ${DOWN_MS} ms`,
    );
    // It counts in hundredths of a second: its timers may be shorter by one for each term. And its first advertisement is lost
    // where its interface has only just come up.
    const bound = DOWN_MS + INTERVAL_MS + SLACK_MS;
    assert.ok(silence > DOWN_MS - 20 && silence < bound, `it waited ${silence} ms`);
    assert.ok(pings.outage(stopped) <= 100, `the outage was ${pings.outage(stopped)} ms`);
  });

  it("E5, E7: of higher priority is master before us, we are silent, and take over in our time when it is gone", async (t) => {
    const pair = await beside(t);
    const { lan, ours, theirs, told } = pair;
    const peer = startTheirs(theirs, 200);
    await deadline("it is master", () => peer.isMaster);
    await isSole(pair, "theirs");
    startOurs(ours, overIpv6(LOWER));
    await hasRole(ours, "backup");
    await ours.follows(200);
    const following = await staysSole(pair, "theirs");
    const ourSource = sourceOf(ours);
    assert.ok(ours.because.includes(`${FRR_SOURCE} advertises priority 200`), ours.because);
    const [router] = ours.link.state().routers;
    assert.deepEqual([router?.counters.advertisementsDropped, router?.conflicts], [{}, []]);

    const pings = await lan.ping(VIRTUAL);
    assert.equal(clientSendsTo(pair), VIRTUAL_MAC);
    const killed = Date.now();
    await peer.end("SIGKILL");
    await deadline("ours holds them", () => holds(ours), 8_000, LOOK_MS);
    // Its macvlan answers for the addresses still: the kernel's, not vrrpd's.
    theirs.run(`ip link del ${macvlan}`);
    await isSole(pair, "ours");
    await pings.replied();
    assert.equal(clientSendsTo(pair), macOf(ours));

    const returned = startTheirs(theirs, 200);
    await deadline("it is master again", () => returned.isMaster);
    const since = Date.now();
    await hasRole(ours, "backup");
    await isSole(pair, "theirs");
    const exchange = Date.now() - since;
    const back = await staysSole(pair, "theirs");
    await pings.replied();
    await pings.stop();
    assert.equal(clientSendsTo(pair), VIRTUAL_MAC);
    await returned.end();
    await hasRole(ours, "master");
    await sleep(INTERVAL_MS);
    const wire = await told();
    isSound(wire, { [ourSource]: 100, [FRR_SOURCE]: 200 });
    assert.deepEqual(speakersIn(wire, following), [FRR_SOURCE]);
    assert.deepEqual(speakersIn(wire, back), [FRR_SOURCE]);
    const silence = silenceBetween(wire, FRR_SOURCE, ourSource, killed);
    t.diagnostic(
      `SIGKILL: we spoke ${silence.toFixed(0)} ms after its last word, our interval is ${DOWN_MS} ms`,
    );
    t.diagnostic(
      `client: ${pings.lost} of ${pings.count} lost; two holders for ${exchange} ms at its return`,
    );
    assert.ok(silence > DOWN_MS - 5 && silence < DOWN_MS + SLACK_MS, `we waited ${silence} ms`);
    assert.ok(exchange < EXCHANGE_MS + 500, `two held them for ${exchange} ms`);
  });
});
