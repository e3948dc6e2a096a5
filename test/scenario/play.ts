/**
 * Plays a scenario: a text that a network engineer can read, over the real state machine on a LAN without chance.
 *
 *     routers a=100 b=95 version=2 interval=1s preempt=on delay=0ms strict=off latency=0ms
 *                                                 names in order of address, the last one the highest
 *     start a b                                   also: stop, crash, pause, resume NAMES
 *     advance 5s
 *     priority a 85                               the effective one, as checks would make it
 *     hold a 30s                                  it takes over from nobody for so long, as after its start
 *     fitness a unfit                             fit, unfit or link-down
 *     partition a | b                             and: heal
 *     forge a priority=0 times=50 every=10ms from=b   what a hears in the name of b, or of a stranger, each after the span
 *     masters                                     writes down who is master
 */
import assert from "node:assert/strict";
import { type Instant, type Millis, millis } from "../../controller/net/time.ts";
import type { RouterConfig } from "../../controller/vrrp/state.ts";
import { addressOf, SimulatedLan, type SimulatedRouter } from "../simulation/lan.ts";
import { seededRandom } from "../simulation/random.ts";

/** Nobody on the LAN. */
const STRANGER = { address: 99 };

/** What happened, a line each. Throws when a line of the script is not understood. */
export function play(script: string): string[] {
  const lines = script.split("\n").filter((line) => line.trim() !== "" && !line.startsWith("#"));
  const [first = "", ...rest] = lines;
  const lan = layOut(first);
  for (const line of rest) {
    const [command = "", ...words] = line.trim().split(/\s+/);
    const act = COMMANDS[command] ?? assert.fail(`not understood: ${line}`);
    act(lan, words);
    for (const router of lan.routers) {
      assert.equal(router.holdsAddresses, router.state.role === "master", `${router.name} after ${line}`);
    }
  }
  return lan.trace;
}

const COMMANDS: Readonly<Record<string, (lan: SimulatedLan, words: readonly string[]) => void>> = {
  advance: (lan, [span = ""]) => lan.run(parseSpan(span)),
  start: (lan, names) => {
    for (const router of named(lan, names)) {
      if (router.condition === "crashed") lan.recover(router);
      else lan.feed(router, { type: "startup" });
    }
  },
  stop: (lan, names) => {
    for (const router of named(lan, names)) lan.feed(router, { type: "shutdown" });
  },
  crash: (lan, names) => {
    for (const router of named(lan, names)) lan.crash(router);
  },
  pause: (lan, names) => {
    for (const router of named(lan, names)) lan.pause(router);
  },
  resume: (lan, names) => {
    for (const router of named(lan, names)) lan.resume(router, "timers-first");
  },
  priority: (lan, [name = "", priority = ""]) => configure(lan, name, { priority: Number(priority) }),
  hold: (lan, [name = "", span = ""]) => {
    configure(lan, name, { heldUntil: (lan.now + parseSpan(span)) as Instant });
  },
  fitness: (lan, [name = "", fitness = ""]) => {
    assert.ok(fitness === "fit" || fitness === "unfit" || fitness === "link-down", fitness);
    configure(lan, name, { fitness });
  },
  partition: (lan, words) => {
    for (const [segment, names] of words.join(" ").split("|").entries()) {
      for (const router of named(lan, names.trim().split(" "))) router.segment = segment;
    }
    lan.note(`partition ${words.join(" ")}`);
  },
  heal: (lan) => {
    for (const router of lan.routers) router.segment = 0;
    lan.note("heal");
  },
  forge,
  masters: (lan) => {
    const masters = lan.routers.filter(({ state }) => state.role === "master").map(({ name }) => name);
    lan.note(`masters: ${masters.join(" ") || "none"}`);
  },
};

function layOut(line: string): SimulatedLan {
  const [command, ...words] = line.trim().split(/\s+/);
  assert.equal(command, "routers", "a scenario begins with its routers");
  const {
    version = "2",
    interval = "1s",
    preempt = "on",
    delay = "0ms",
    strict = "off",
    latency = "0ms",
    ...routers
  } = parseSettings(words);
  const base = Object.values(routers).map(Number);
  const members = Object.keys(routers).map((name, i) => ({
    name,
    config: {
      version: version === "2" ? 2 : 3,
      adverInterval: parseSpan(interval),
      preempt: preempt === "on",
      preemptDelay: parseSpan(delay),
      heldUntil: null,
      strictRFC: strict === "on",
      priority: base[i] ?? assert.fail(name),
      rivalPriority: base.length > 1 ? Math.max(...base.filter((_, other) => other !== i)) : null,
      fitness: "fit",
    } satisfies RouterConfig,
  }));
  const packet = parseSpan(latency);
  const weather = {
    latencyMin: packet,
    latencyMax: packet,
    timerJitter: 0,
    loss: 0,
    oneWayLoss: new Map<string, number>(),
  };
  return new SimulatedLan(members, weather, seededRandom(0));
}

function configure(lan: SimulatedLan, name: string, change: Partial<RouterConfig>): void {
  for (const router of named(lan, [name])) {
    lan.note(`${name} now has ${Object.entries(change).flat().join(" ")}`);
    lan.configure(router, change);
  }
}

function forge(lan: SimulatedLan, [name = "", ...words]: readonly string[]): void {
  const { priority = "0", times = "1", every = "0ms", tie = "lost", from } = parseSettings(words);
  const who = from === undefined ? "" : ` in the name of ${from}`;
  lan.note(`forged: ${name} hears priority ${priority}${who}, times ${times}, every ${every}`);
  const [owner] = from === undefined ? [STRANGER] : named(lan, [from]);
  const sender = addressOf(owner ?? STRANGER);
  for (const router of named(lan, [name])) {
    for (let i = 0; i < Number(times); i++) {
      lan.run(parseSpan(every));
      lan.feed(router, {
        type: "advertisement",
        sender,
        priority: Number(priority),
        adverInterval: router.config.adverInterval,
        senderWinsTie: tie === "won",
      });
    }
  }
}

function named(lan: SimulatedLan, names: readonly string[]): SimulatedRouter[] {
  return names.map(
    (name) => lan.routers.find((router) => router.name === name) ?? assert.fail(`no router ${name}`),
  );
}

function parseSettings(words: readonly string[]): Record<string, string> {
  return Object.fromEntries(words.map((word) => word.split("=") as [string, string]));
}

function parseSpan(text: string): Millis {
  const [, amount = "", unit = ""] = /^([\d.]+)(ms|s)$/.exec(text) ?? assert.fail(`not a span: ${text}`);
  return millis(Number(amount) * (unit === "s" ? 1000 : 1));
}
