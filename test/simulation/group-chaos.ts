/** Meddling at random with nodes that have a group on several links: ports, partitions of one link, checks, crashes, pauses, stops. */
import assert from "node:assert/strict";
import { type IpAddress, type IpPrefix, parseIpAddress, parseIpPrefix } from "../../controller/net/ip.ts";
import { millis } from "../../controller/net/time.ts";
import type { RecordingSink } from "../../controller/port/recording-sink.ts";
import { masterDownInterval } from "../../controller/vrrp/timing.ts";
import type { VirtualRouter } from "../../controller/vrrp/virtual-router.ts";
import { GroupInvariant } from "./group-invariant.ts";
import { GroupLan, type NodePlan } from "./group-lan.ts";
import { CHECK, type GroupNode } from "./group-node.ts";
import { between, pick, type Random, seededRandom } from "./random.ts";

const NAMES = ["a", "b", "c", "d"] as const;
const LINKS = ["outside", "inside", "far"] as const;
const ROUNDS = 6;
const MEDDLINGS_PER_ROUND_MAX = 6;
/** Of our own processes: nobody waits for less, and the kernel is asked within it. */
const KERNEL_SHARE = 0.01;

export interface GroupRun {
  readonly lan: GroupLan;
  readonly invariant: GroupInvariant;
  readonly random: Random;
  /** Neither loss nor a link in parts; priorities may be equal, since then all links hear the same. */
  readonly isGentle: boolean;
  readonly masterDown: number;
}

/** Two to four nodes that have just been started, with a group of two or three, as the seed decides. */
export function newGroupRun(seed: number, recording: RecordingSink | null = null): GroupRun {
  const random = seededRandom(seed);
  const version = pick(random, [2, 3]);
  const adverInterval = millis(version === 2 ? 1000 : pick(random, [100, 1000]));
  const isGentle = random() < 0.5;
  const links = LINKS.slice(0, between(random, 2, LINKS.length));
  const count = between(random, 2, NAMES.length);
  const steps = Array.from({ length: count }, () => between(random, 1, 80));
  // Distinct unless the run is gentle: where links hear different rivals, no order of addresses is one for all.
  const priorities = steps.map((step, index) => (isGentle && random() < 0.3 ? 100 : 80 * index + step / 2));
  const terms = {
    version,
    adverInterval,
    preempt: random() < 0.7,
    strictRFC: random() < 0.2,
  } as const;
  const plans = priorities.map((priority, index): NodePlan => {
    const name = NAMES[index] ?? "";
    const base = clamped(priority);
    const rivals = priorities.filter((_, other) => other !== index).map(clamped);
    const routers = links.map((link, place) => ({
      ...routerOn(link, place),
      ...terms,
      // Names one decision of one node in a recording.
      fate: name,
      basePriority: base,
      rivalPriority: Math.max(...rivals),
    }));
    return { name, addresses: addressesOf(index, count, links), routers };
  });
  const weather = {
    latencyMin: adverInterval / 10_000,
    latencyMax: adverInterval * pick(random, [0.002, 0.05]),
    timerJitter: adverInterval * pick(random, [0, 0.002, 0.05]),
    kernelMax: adverInterval * KERNEL_SHARE,
    loss: 0,
  };
  const lan = new GroupLan(plans, links, weather, random, recording);
  const masterDown = masterDownInterval(version, 1, adverInterval);
  const invariant = new GroupInvariant(lan, { masterDown, ...terms });
  lan.watcher = invariant;
  for (const node of lan.nodes) node.start();
  return { lan, invariant, random, isGentle, masterDown };
}

/** Rounds of meddling, each followed by a rest in which all nodes that hear each other must settle. */
export function runGroupChaos(run: GroupRun): void {
  const { lan, random, masterDown } = run;
  for (let round = 0; round < ROUNDS; round++) {
    lan.weather.loss = run.isGentle ? 0 : pick(random, [0, 0.02, 0.3]);
    for (let left = between(random, 1, MEDDLINGS_PER_ROUND_MAX); left > 0; left--) {
      lan.run(random() * masterDown * pick(random, [0.1, 0.5, 1.5]));
      meddle(run, pick(random, [...lan.nodes] as [GroupNode, ...GroupNode[]]));
    }
    lan.weather.loss = 0;
    lan.run(3.5 * masterDown);
    run.invariant.happened();
  }
}

function meddle(run: GroupRun, node: GroupNode): void {
  const { lan, invariant } = run;
  // Once before and once after: both those who have heard the node and those who now do must settle.
  invariant.disturbed(node);
  if (node.condition === "crashed" || node.condition === "stopped") {
    lan.note(`${node.name} starts`);
    node.restart();
  } else if (node.condition === "paused") {
    lan.note(`${node.name} is resumed`);
    node.resume();
  } else meddleWithRunning(run, node);
  invariant.disturbed(node);
}

function meddleWithRunning({ lan, invariant, random, isGentle }: GroupRun, node: GroupNode): void {
  const link = pick(random, [...lan.links] as [string, ...string[]]);
  const setLink = (): void => {
    const isUp = !node.isUp(link);
    lan.note(`${node.name}: ${link} is ${isUp ? "up" : "down"}`);
    node.setLink(link, isUp);
  };
  const actions: [() => void, ...(() => void)[]] = [
    setLink,
    setLink,
    () => {
      lan.note(`${node.name} crashes`);
      node.crash();
    },
    () => {
      lan.note(`${node.name} is paused`);
      node.pause();
    },
    () => {
      lan.note(`${node.name} is to stop`);
      node.stop();
    },
    () => {
      lan.note(`${node.name} is ${node.isHealthy ? "unhealthy" : "healthy"}`);
      node.setHealth(!node.isHealthy);
    },
    () => {
      const priority = unusedPriority(lan, random);
      lan.note(`${node.name} now has priority ${priority}`);
      setPriority(lan, node, priority);
    },
  ];
  const breaking = [
    () => {
      for (const each of lan.nodes) each.setSegment(link, between(random, 0, 1));
      lan.note(
        `${link} in parts: ${lan.nodes.map((each) => `${each.name}:${each.segmentOf(link)}`).join(" ")}`,
      );
      for (const each of lan.nodes) invariant.disturbed(each);
    },
    () => {
      for (const each of lan.nodes) each.setSegment(link, 0);
      lan.note(`${link} is whole`);
      for (const each of lan.nodes) invariant.disturbed(each);
    },
  ];
  if (!isGentle) actions.push(...breaking);
  pick(random, actions)();
}

const unusedPriority = (lan: GroupLan, random: Random): number => {
  const used = new Set(lan.nodes.map(({ priority }) => priority));
  for (;;) {
    const priority = between(random, 1, 254);
    if (!used.has(priority)) return priority;
  }
};

/** The manifest reaches all nodes at once. */
function setPriority(lan: GroupLan, node: GroupNode, priority: number): void {
  const priorities = new Map(lan.nodes.map((each) => [each, each === node ? priority : each.priority]));
  for (const each of lan.nodes) {
    const rivals = [...priorities].filter(([other]) => other !== each).map(([, rival]) => rival);
    each.setPriority(priorities.get(each) ?? priority, Math.max(...rivals));
  }
}

const clamped = (priority: number): number => Math.min(254, Math.max(1, Math.round(priority)));

/** On every second link the order of the addresses is the other way round: no link alone may decide a tie. */
function addressesOf(index: number, count: number, links: readonly string[]): Map<string, IpAddress> {
  return new Map(
    links.map((link, place) => {
      const host = place % 2 === 0 ? index + 1 : count - index;
      return [link, parseIpAddress(`10.${place}.0.${host}`) ?? assert.fail(link)];
    }),
  );
}

function routerOn(link: string, place: number): VirtualRouter {
  return {
    name: `default/${link}`,
    fate: "",
    interface: link,
    version: 3,
    virtualRouterID: 51 + place,
    adverInterval: millis(1000),
    family: "ipv4",
    transport: { type: "multicast", group: parseIpAddress("224.0.0.18") ?? assert.fail() },
    checksumForm: "pseudo-header",
    password: null,
    sourceAddress: null,
    basePriority: 100,
    rivalPriority: null,
    preempt: true,
    preemptDelay: millis(0),
    startupDelay: millis(0),
    strictRFC: false,
    deadMan: false,
    virtualMAC: false,
    addresses: [virtualOn(place)],
    tracks: [{ check: CHECK, weight: null }],
  };
}

const virtualOn = (place: number): IpPrefix => parseIpPrefix(`10.${place}.0.100/32`) ?? assert.fail();
