/** How long the addresses have no holder, or two, when a master goes: by a crash, and by a planned hand-over. */
import assert from "node:assert/strict";
import { it } from "node:test";
import { millis } from "../../controller/net/time.ts";
import type { RouterConfig } from "../../controller/vrrp/state.ts";
import { masterDownInterval, skewTime } from "../../controller/vrrp/timing.ts";
import { SimulatedLan, type SimulatedRouter } from "./lan.ts";
import { between, pick, type Random, seededRandom } from "./random.ts";

const RUNS = 500;
const NAMES = ["a", "b", "c", "d", "e"];

interface Held {
  nobody: number;
  two: number;
}

it(`after a crash the next in rank takes over within its master-down interval (${RUNS} seeds)`, (t) => {
  let slowest = 0;
  for (let seed = 1; seed <= RUNS; seed++) {
    const { lan, random, master, second, packet } = settled(seed);
    lan.run(random() * master.config.adverInterval);
    lan.crash(master);
    const held = watch(lan, 2 * masterDownInterval(2, 1, second.config.adverInterval));
    const { version, priority, adverInterval } = second.config;
    const bound = masterDownInterval(version, priority, adverInterval) + packet;
    slowest = Math.max(slowest, held.nobody / bound);
    assert.equal(mastersOf(lan), second.name, because(seed, lan));
    assert.ok(held.nobody <= bound, because(seed, lan));
    assert.ok(held.two <= packet, because(seed, lan));
  }
  t.diagnostic(`slowest take-over: ${(slowest * 100).toFixed(2)} % of its bound`);
});

it(`a planned hand-over leaves no moment without a holder, and two for one packet at most (${RUNS} seeds)`, (t) => {
  let longest = 0;
  for (let seed = 1; seed <= RUNS; seed++) {
    const { lan, random, master, second, packet } = settled(seed);
    lan.run(random() * master.config.adverInterval);
    handOver(lan, master, second, random);
    const { version, priority, adverInterval } = second.config;
    const held = watch(lan, skewTime(version, priority, adverInterval) + 2 * packet);
    longest = Math.max(longest, held.two);
    assert.equal(mastersOf(lan), second.name, because(seed, lan));
    assert.equal(held.nobody, 0, because(seed, lan));
    assert.ok(held.two <= packet, because(seed, lan));
  }
  t.diagnostic(`two holders for ${longest.toFixed(3)} ms at most`);
});

function handOver(lan: SimulatedLan, master: SimulatedRouter, second: SimulatedRouter, random: Random): void {
  const ways: [() => void, ...(() => void)[]] = [
    () => lan.feed(master, { type: "shutdown" }),
    () => lan.configure(master, { fitness: "unfit" }),
    () => lan.configure(master, { priority: second.config.priority - 1 }),
  ];
  pick(random, ways)();
}

/** A LAN without loss whose highest router is master, with priorities that differ by more than a packet takes. */
function settled(seed: number) {
  const random = seededRandom(seed);
  const version = pick(random, [2, 3]);
  const adverInterval = millis(version === 2 ? 1000 : pick(random, [10, 100, 1000]));
  const preempt = random() < 0.5;
  const count = between(random, 2, NAMES.length);
  const priorities = Array.from({ length: count }, (_, i) => 40 * (count - i) + between(random, 0, 9));
  const members = priorities.map((priority, i) => ({
    name: NAMES[i] ?? "",
    config: {
      version,
      adverInterval,
      preempt,
      preemptDelay: millis(0),
      heldUntil: null,
      strictRFC: false,
      priority,
      rivalPriority: Math.max(...priorities.filter((_, other) => other !== i)),
      fitness: "fit",
    } satisfies RouterConfig,
  }));
  const weather = {
    latencyMin: 0.01,
    latencyMax: 0.01 * adverInterval,
    timerJitter: 0.01 * adverInterval,
    loss: 0,
    oneWayLoss: new Map<string, number>(),
  };
  const lan = new SimulatedLan(members, weather, random);
  for (const router of lan.routers) lan.feed(router, { type: "startup" });
  lan.run(2 * masterDownInterval(2, 1, adverInterval));
  const [master, second] = lan.routers;
  assert.ok(master !== undefined && second !== undefined);
  assert.equal(mastersOf(lan), master.name, because(seed, lan));
  return { lan, random, master, second, packet: weather.latencyMax + weather.timerJitter };
}

/** For how long in the next `span` nobody, and more than one, held the addresses. */
function watch(lan: SimulatedLan, span: number): Held {
  const held: Held = { nobody: 0, two: 0 };
  let since = lan.now;
  let holders = holdersOf(lan);
  const look = (): void => {
    if (holders === 0) held.nobody += lan.now - since;
    if (holders > 1) held.two += lan.now - since;
    since = lan.now;
    holders = holdersOf(lan);
  };
  lan.watcher = { happened: look, lost: () => assert.fail("this LAN loses nothing") };
  lan.run(span);
  look();
  return held;
}

const holdersOf = (lan: SimulatedLan): number => lan.routers.filter((router) => router.holdsAddresses).length;

function mastersOf(lan: SimulatedLan): string {
  const masters = lan.routers.filter(({ state }) => state.role === "master");
  return masters.map(({ name }) => name).join(" ");
}

const because = (seed: number, lan: SimulatedLan): string => `seed ${seed}\n  ${lan.trace.join("\n  ")}`;
