/** Meddling with a LAN at random: crashes, pauses, partitions, failing checks, changed priorities, stops and lost packets. */
import { millis } from "../../controller/net/time.ts";
import type { RecordingSink } from "../../controller/port/recording-sink.ts";
import type { RouterConfig } from "../../controller/vrrp/state.ts";
import { masterDownInterval } from "../../controller/vrrp/timing.ts";
import { Invariant } from "./invariant.ts";
import { addressOf, SimulatedLan, type SimulatedRouter } from "./lan.ts";
import { between, pick, type Random, seededRandom } from "./random.ts";

const NAMES = ["a", "b", "c", "d", "e"] as const;
const ROUNDS = 5;
const MEDDLINGS_PER_ROUND_MAX = 8;

export interface ChaosRun {
  readonly lan: SimulatedLan;
  readonly invariant: Invariant;
  readonly random: Random;
  /** Neither loss nor partition: half of the runs, in which more must hold. */
  readonly isGentle: boolean;
  /** The longest master-down interval of any router in the run. */
  readonly masterDown: number;
}

/** Two to five routers that have just been started, with settings that the seed decides. */
export function newRun(seed: number, recording: RecordingSink | null = null): ChaosRun {
  const random = seededRandom(seed);
  const version = pick(random, [2, 3]);
  const adverInterval = millis(version === 2 ? 1000 : pick(random, [10, 100, 1000]));
  const preempt = random() < 0.7;
  const isStrict = random() < 0.2;
  const base = Array.from({ length: between(random, 2, NAMES.length) }, () => between(random, 1, 254));
  const members = base.map((priority, i) => ({
    name: NAMES[i] ?? "",
    config: {
      version,
      adverInterval,
      preempt,
      preemptDelay: millis(0),
      heldUntil: null,
      strictRFC: isStrict,
      priority,
      rivalPriority: Math.max(...base.filter((_, other) => other !== i)),
      fitness: "fit",
    } satisfies RouterConfig,
  }));
  const weather = {
    latencyMin: adverInterval / 10_000,
    latencyMax: adverInterval * pick(random, [0.002, 0.05]),
    timerJitter: adverInterval * pick(random, [0, 0.002, 0.05]),
    loss: 0,
    oneWayLoss: new Map<string, number>(),
  };
  const lan = new SimulatedLan(members, weather, random, recording);
  const isGentle = random() < 0.5;
  if (random() < 0.5) allKnowEachOther(lan);
  const invariant = new Invariant(lan, { isGentle });
  lan.watcher = invariant;
  for (const router of lan.routers) lan.feed(router, { type: "startup" });
  return { lan, invariant, random, isGentle, masterDown: masterDownInterval(version, 1, adverInterval) };
}

/** Rounds of meddling, each followed by a rest in which every group of routers that hear each other must settle. */
export function runChaos(run: ChaosRun): void {
  const { lan, random, masterDown } = run;
  for (let round = 0; round < ROUNDS; round++) {
    lan.weather.loss = run.isGentle ? 0 : pick(random, [0, 0.02, 0.3]);
    for (let left = between(random, 1, MEDDLINGS_PER_ROUND_MAX); left > 0; left--) {
      lan.run(random() * masterDown * pick(random, [0.1, 0.5, 1.5]));
      meddle(run, pick(random, [...lan.routers] as [SimulatedRouter, ...SimulatedRouter[]]));
      run.invariant.happened();
    }
    lan.weather.loss = 0;
    lan.weather.oneWayLoss.clear();
    lan.run(2.5 * masterDown);
    run.invariant.happened();
  }
}

function meddle(run: ChaosRun, router: SimulatedRouter): void {
  const { lan, invariant, random } = run;
  // Once before and once after: both those who have heard the router and those who now do must settle.
  invariant.disturbed(router);
  // One that has slept looks a second time before it acts: one interval more.
  const extra = router.condition === "paused" ? router.config.adverInterval : 0;
  if (router.condition === "crashed") {
    invariant.started(router);
    lan.recover(router);
  } else if (router.condition === "paused") {
    lan.resume(router, pick(random, ["timers-first", "socket-first"]));
  } else if (router.state.role === "initialize") {
    invariant.started(router);
    lan.feed(router, { type: "startup" });
  } else {
    meddleWithRunning(run, router);
  }
  invariant.disturbed(router, extra);
}

function meddleWithRunning(run: ChaosRun, router: SimulatedRouter): void {
  const { lan, invariant, random } = run;
  const base = router.config.priority;
  const actions: [() => void, ...(() => void)[]] = [
    () => lan.crash(router),
    () => lan.pause(router),
    () => {
      invariant.stopped(router);
      lan.note(`${router.name} is to stop`);
      lan.feed(router, { type: "shutdown" });
    },
    () => {
      const priority = random() < 0.5 ? between(random, 1, 254) : Math.max(1, base - 20);
      lan.note(`${router.name} now has priority ${priority}`);
      lan.configure(router, { priority });
    },
    () => forgeResignations(run, router),
    () => {
      const unable = run.isGentle ? "unfit" : pick(random, ["unfit", "link-down"]);
      const fitness = router.config.fitness === "fit" ? unable : "fit";
      lan.note(`${router.name} is now ${fitness}`);
      lan.configure(router, { fitness });
    },
  ];
  const breaking: (() => void)[] = [
    () => {
      for (const each of lan.routers) each.segment = between(random, 0, 1);
      lan.note(`segments ${lan.routers.map(({ name, segment }) => `${name}:${segment}`).join(" ")}`);
      for (const each of lan.routers) invariant.disturbed(each);
    },
    () => {
      for (const each of lan.routers) each.segment = 0;
      lan.note("all are connected");
      for (const each of lan.routers) invariant.disturbed(each);
    },
    () => {
      const [from, to] = [pick(random, NAMES), pick(random, NAMES)];
      const loss = pick(random, [0.3, 0.9, 1]);
      lan.note(`of what ${from} sends, ${to} loses ${loss}`);
      lan.weather.oneWayLoss.set(`${from}>${to}`, loss);
    },
    () => {
      if (router.peers !== null) forgetSome(run, router);
    },
    () => {
      if (router.peers !== null) allKnowEachOther(lan);
      for (const each of lan.routers) invariant.disturbed(each);
    },
  ];
  if (!run.isGentle) actions.push(...breaking);
  pick(random, actions)();
}

/** In the name of somebody else, or of nobody on the LAN. */
function forgeResignations({ lan, invariant, random }: ChaosRun, router: SimulatedRouter): void {
  const others = lan.routers.filter((each) => each !== router);
  const sender = addressOf(pick<{ address: number }>(random, [{ address: 99 }, ...others]));
  const { adverInterval } = router.config;
  const times = between(random, 1, 30);
  lan.note(`${router.name} hears ${sender} resign ${times} times`);
  for (let i = 0; i < times; i++) {
    lan.feed(router, { type: "advertisement", sender, priority: 0, adverInterval, senderWinsTie: false });
    invariant.disturbed(router);
    lan.run(random() * 0.2 * adverInterval);
  }
}

/** Unicast, with the same manifest on every node. */
function allKnowEachOther(lan: SimulatedLan): void {
  lan.note("unicast: all know each other");
  const names = new Set(lan.routers.map(({ name }) => name));
  for (const router of lan.routers) router.peers = names;
}

/** Unicast, while a changed manifest has reached only some: both sides must be settled anew, before and after. */
function forgetSome({ lan, invariant, random }: ChaosRun, router: SimulatedRouter): void {
  const known = NAMES.filter((name) => name === router.name || random() < 0.5);
  lan.note(`unicast: ${router.name} knows ${known.join(" ")}`);
  router.peers = new Set(known);
  for (const each of lan.routers) invariant.disturbed(each);
}
