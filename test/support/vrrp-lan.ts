/** A LAN for tests of the protocol: speakers or their peers on nodes, the wire captured, every address's holder recorded. */
import assert from "node:assert/strict";
import type { TestContext } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { parseIpPrefix } from "../../controller/net/ip.ts";
import { millis } from "../../controller/net/time.ts";
import { masterDownInterval } from "../../controller/vrrp/timing.ts";
import type { VirtualRouter } from "../../controller/vrrp/virtual-router.ts";
import { type ClientPings, pingFromSwitch } from "./client-pings.ts";
import { deadline } from "./deadline.ts";
import { type HolderWatch, watchHosts } from "./lab-holders.ts";
import { end } from "./speaker-keepalived.ts";
import { type LabNode, labRouter, SpeakerLab, VIRTUAL_ADDRESS } from "./speaker-lab.ts";
import { type SeenAdvert, type WireWatch, watchWire } from "./wire-watch.ts";

/** What looking, and a busy machine of two cores, may add to a bound of the protocol. */
export const SLACK_MS = 150;
/** Two holders while all are connected, from the new one's first word until the old one has let go. */
export const EXCHANGE_MS = 250;
/** Of routerOf(). */
export const INTERVAL_MS = 100;
/** Of the node that is to be backup, where the other one has what routerOf() says. */
export const LOWER = { basePriority: 100, rivalPriority: 200 } as const;

export class VrrpLan implements AsyncDisposable {
  readonly lab: SpeakerLab;
  readonly wire: WireWatch;
  readonly watch: HolderWatch;

  constructor(lab: SpeakerLab, wire: WireWatch, watch: HolderWatch) {
    this.lab = lab;
    this.wire = wire;
    this.watch = watch;
  }

  /** In the order of their addresses: 10.9.0.1, 10.9.0.2, ... */
  node(index: number): LabNode {
    return this.lab.nodes[index] ?? assert.fail(`there is no node ${index}`);
  }

  ping(address = VIRTUAL_ADDRESS): Promise<ClientPings> {
    return pingFromSwitch(this.lab, address);
  }

  /** Those of one sender, as far as the wire has told. */
  async advertsOf(source: string, since = 0, virtualRouterID = 51): Promise<readonly SeenAdvert[]> {
    await this.wire.told();
    return this.wire.adverts(since, virtualRouterID).filter((advert) => advert.source === source);
  }

  /** Nobody sends but `source` while so much time passes, and only `holder` has the address. */
  async isSole(source: string, holder: string, forMs: number): Promise<void> {
    await this.watch.told();
    const since = Date.now();
    await sleep(forMs);
    await this.wire.told();
    await this.watch.told();
    const senders = new Set(this.wire.adverts(since).map((advert) => advert.source));
    assert.deepEqual([...senders], [source]);
    const holders = this.watch.spans(VIRTUAL_ADDRESS, since).map((span) => span.holders);
    assert.deepEqual(holders, [[holder]], this.watch.story(VIRTUAL_ADDRESS, since));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.watch.stop();
    await this.lab[Symbol.asyncDispose]();
  }
}

/** Until the test ends. */
export async function openVrrpLan(t: TestContext, ...names: readonly string[]): Promise<VrrpLan> {
  const lab = new SpeakerLab();
  const nodes = await lab.build(...names);
  const wire = await watchWire(lab);
  const watch = await watchHosts(
    nodes.map((node) => ({
      name: node.name,
      spawn: (command) => node.spawn(command),
      end: (child) => end(child, "SIGKILL"),
      run: async (command) => node.run(command.join(" ")),
      addresses: async () => addressesOn(node),
    })),
  );
  const lan = new VrrpLan(lab, wire, watch);
  t.after(() => lan[Symbol.asyncDispose]());
  return lan;
}

export interface HighAndLow {
  readonly lan: VrrpLan;
  /** 10.9.0.1, which is to be master. */
  readonly high: LabNode;
  /** 10.9.0.2. */
  readonly low: LabNode;
}

export async function openHighAndLow(t: TestContext): Promise<HighAndLow> {
  const lan = await openVrrpLan(t, "high", "low");
  return { lan, high: lan.node(0), low: lan.node(1) };
}

function addressesOn(node: LabNode): readonly string[] {
  const links = JSON.parse(node.run("ip -4 -j addr")) as {
    readonly addr_info?: readonly { readonly local: string }[];
  }[];
  return links.flatMap(({ addr_info = [] }) => addr_info.map(({ local }) => local));
}

/** Version 3 at 100 ms, 10.9.0.100, priority 200 against 100, unless something else is said. */
export const routerOf = (different: Partial<VirtualRouter> = {}): VirtualRouter =>
  labRouter({ basePriority: 200, rivalPriority: 100, ...different });

export const downMs = (version: 2 | 3, priority: number, intervalMs: number): number =>
  masterDownInterval(version, priority, millis(intervalMs));

/** Of a backup of priority 100, as LOWER makes it. */
export const DOWN_MS = downMs(3, 100, INTERVAL_MS);

/** `count` addresses of length 32 from `10.9.1.0` on. */
export const manyPrefixes = (count: number): VirtualRouter["addresses"] =>
  Array.from(
    { length: count },
    (_, index) =>
      parseIpPrefix(`10.9.${1 + Math.floor(index / 256)}.${index % 256}/32`) ?? assert.fail("a prefix"),
  );

/** With a speaker that takes part in `routers`. */
export function startOurs(node: LabNode, ...routers: readonly VirtualRouter[]): void {
  node.startSpeaker();
  node.converse(routers);
}

export async function hasRole(node: LabNode, role: string, withinMs = 8_000): Promise<void> {
  await deadline(`${node.name} is ${role}`, () => node.role === role, withinMs);
}

/** The membership in force becomes another one. */
export async function useInstead(node: LabNode, ...routers: readonly VirtualRouter[]): Promise<void> {
  await node.hangUp();
  node.converse(routers);
  const revision = JSON.stringify(routers);
  await deadline(`${node.name} runs it`, () => node.link.state().membershipRevision === revision);
}
