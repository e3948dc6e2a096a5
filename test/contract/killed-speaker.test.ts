/** Two real speakers, of which the master's process alone is killed and started again, as its agent or systemd would. */
import assert from "node:assert/strict";
import type { ChildProcess } from "node:child_process";
import { describe, it, type TestContext } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { millis } from "../../controller/net/time.ts";
import { deadline } from "../support/deadline.ts";
import { type LabNode, VIRTUAL_ADDRESS } from "../support/speaker-lab.ts";
import { downMs, hasRole, openVrrpLan, routerOf, startOurs, type VrrpLan } from "../support/vrrp-lan.ts";

const MASTER = "10.9.0.1";
/** A machine may be so busy that a process is too late now and then; that it is each time is a failure. */
const ATTEMPTS_MAX = 4;
const RESUMED = /its speaker was killed and started again before the others have missed it/;

interface Restart {
  /** Between the last advertisement of the one process and the first of the next. */
  readonly silenceMs: number;
  /** Whether the next process says that it has gone on as master. */
  readonly isResumed: boolean;
  /** Changes of the other one's role. */
  readonly moves: number;
  readonly holders: readonly (readonly string[])[];
  /** Whatever happened to the master's interfaces: up, down, made, removed. */
  readonly links: string;
}

/** Changes of a node's interfaces, but for its loopback, by whose changes it is seen that all before has been told. */
class LinkMonitor {
  readonly #child: ChildProcess;
  readonly #node: LabNode;
  #mtu = 60_000;
  #text = "";

  constructor(node: LabNode) {
    this.#node = node;
    this.#child = node.spawn(["ip", "-o", "monitor", "link"]);
    this.#child.stdout?.on("data", (chunk) => {
      this.#text += String(chunk);
    });
  }

  async told(): Promise<string> {
    const hasTold = (): boolean => {
      // Again each time, since a monitor that does not listen yet misses it.
      this.#node.run(`ip link set lo mtu ${++this.#mtu}`);
      return /^\d+: lo:/m.test(this.#text);
    };
    this.#text = this.#text.replaceAll(/^\d+: lo:.*\n/gm, "");
    await deadline("the monitor has told", hasTold, 5_000, 20);
    return this.#text.replaceAll(/^\d+: lo:.*\n?/gm, "");
  }

  end(): void {
    this.#child.kill("SIGKILL");
  }
}

async function restarted(lan: VrrpLan, a: LabNode, b: LabNode, intervalMs: number): Promise<Restart> {
  // To load the code takes longer than others wait at 100 ms, so that the next process is ready before.
  const start = await a.prepareSpeaker();
  await lan.watch.told();
  const links = new LinkMonitor(a);
  await links.told();
  const told = b.transitions.length;
  const toldOfA = a.transitions.length;
  const since = Date.now();
  await a.endSpeaker("SIGKILL");
  const killedAt = Date.now();
  start();
  while ((await lan.advertsOf(MASTER, killedAt)).length === 0) await sleep(10);
  await sleep(5 * intervalMs);
  await hasRole(a, "master", 12_000);
  await lan.watch.told();
  const adverts = (await lan.advertsOf(MASTER, since - 2 * intervalMs)).map(({ at }) => at);
  const last = Math.max(...adverts.filter((at) => at <= killedAt));
  const first = Math.min(...adverts.filter((at) => at > killedAt));
  const changes = await links.told();
  links.end();
  return {
    silenceMs: first - last,
    isResumed: a.transitions.slice(toldOfA).some(({ because }) => RESUMED.test(because)),
    moves: b.transitions.length - told,
    holders: lan.watch.spans(VIRTUAL_ADDRESS, since).map(({ holders }) => holders),
    links: changes,
  };
}

async function goesOn(t: TestContext, different: Parameters<typeof routerOf>[0], intervalMs: number) {
  const lan = await openVrrpLan(t, "a", "b");
  const [a, b] = [lan.node(0), lan.node(1)];
  const adverInterval = millis(intervalMs);
  startOurs(a, routerOf({ adverInterval, ...different }));
  await hasRole(a, "master", 12_000);
  startOurs(b, routerOf({ adverInterval, basePriority: 100, rivalPriority: 200, ...different }));
  await hasRole(b, "backup", 12_000);
  const patience = downMs(3, 100, intervalMs);
  let hasGoneOn = false;
  for (let attempt = 0; attempt < ATTEMPTS_MAX && !hasGoneOn; attempt++) {
    await sleep(3 * intervalMs);
    const { silenceMs, isResumed, moves, holders, links } = await restarted(lan, a, b, intervalMs);
    t.diagnostic(
      `silent for ${silenceMs.toFixed(0)} ms, the other one waits ${patience}; resumed: ${isResumed}; its moves: ${moves}`,
    );
    // Whoever is too late is another matter, and must not be taken for this one.
    assert.ok(isResumed || silenceMs >= patience, "it has been in time, and has not gone on");
    hasGoneOn = isResumed && silenceMs < patience;
    if (!hasGoneOn) continue;
    assert.equal(moves, 0);
    assert.deepEqual(holders, [["a"]]);
    assert.equal(links, "");
  }
  assert.ok(hasGoneOn, `not once in ${ATTEMPTS_MAX} times was it back in time`);
}

describe("the speaker of a master is killed and started again before the other one has waited long enough", () => {
  for (const intervalMs of [1000, 100]) {
    it(`at ${intervalMs} ms: it goes on, and nobody notices`, async (t) => goesOn(t, {}, intervalMs));
  }

  it("with a virtual MAC: it goes on under the same interface, which stays up, and nobody notices", async (t) =>
    goesOn(t, { virtualMAC: true }, 100));
});
