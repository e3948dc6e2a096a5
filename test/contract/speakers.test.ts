/** Real speaker processes in namespaces on a bridge: what the kernel and the wire show. */
import assert from "node:assert/strict";
import { afterEach, beforeEach, describe, it } from "node:test";
import { deadline } from "../support/deadline.ts";
import {
  type LabNode,
  labOfTwo,
  labRouter,
  type SpeakerLab,
  VIRTUAL_ADDRESS,
} from "../support/speaker-lab.ts";
import { LOWER } from "../support/speaker-pair.ts";

const second = labRouter(LOWER);
/** Of priority 90 at 100 ms: 364.8 ms. */
const MASTER_DOWN_MS = 365;
/** What a busy machine of two cores may add. */
const SLACK_MS = 150;

describe("two speakers on one LAN", () => {
  let lab: SpeakerLab;
  let a: LabNode;
  let b: LabNode;

  beforeEach(async () => {
    ({ lab, a, b } = await labOfTwo());
    for (const node of [a, b]) node.startSpeaker();
    a.converse([labRouter()]);
    b.converse([second]);
    await a.holds();
    await deadline("a is known to be master", () => a.role === "master");
    await b.follows(100);
    // b may have been the first to listen long enough, and keeps the address for a moment after it was preempted.
    await b.isRid();
  });
  afterEach(async () => {
    await lab[Symbol.asyncDispose]();
  });

  it("elect the one with the higher priority", async () => {
    assert.deepEqual(lab.holders, ["a"]);
    assert.deepEqual([a.role, b.role], ["master", "backup"]);
    assert.match(
      b.link.state().routers[0]?.because ?? "",
      /10\.9\.0\.1 advertises priority 100, above our 90/,
    );
  });

  it("survive the killing of one: the other takes over, and the return of the first leaves one master", async () => {
    const killedAt = performance.now();
    await a.endSpeaker("SIGKILL");
    await b.holds();
    assert.ok(performance.now() - killedAt < MASTER_DOWN_MS + SLACK_MS);
    a.startSpeaker();
    await a.isRid();
    await a.holds();
    await b.isRid();
    assert.deepEqual(lab.holders, ["a"]);
  });

  it("hand over at SIGTERM, exit with 0 and leave nothing behind", async () => {
    const { speaker } = a;
    await a.endSpeaker("SIGTERM");
    assert.equal(speaker?.exitCode, 0);
    assert.deepEqual(lab.holders, ["b"]);
  });

  it("X1: put an address that is removed by hand back within 50 ms, without an election", async () => {
    const sent = a.transitions.length;
    // The same kernel stamps both events.
    const monitor = a.spawn(["ip", "-ts", "-4", "monitor", "address"]);
    let seen = "";
    monitor.stdout?.on("data", (chunk: Buffer) => {
      seen += chunk.toString();
    });
    await deadline("the monitor is ready", () => {
      a.run("ip addr replace 10.9.0.55/32 dev eth0");
      return seen.includes("10.9.0.55");
    });
    a.run(`ip addr del ${VIRTUAL_ADDRESS}/32 dev eth0`);
    const events = () => [...seen.matchAll(/\[\S+T\d\d:(\d\d):([\d.]+)\] (Deleted )?[^\n]*10\.9\.0\.100\//g)];
    await deadline("it is back", () => events().length >= 2);
    const [deleted, added] = events().map(([, minutes, seconds]) => Number(minutes) * 60 + Number(seconds));
    const tookMs = ((added ?? 0) - (deleted ?? 0)) * 1000;
    assert.ok(tookMs >= 0 && tookMs < 50, `it took ${tookMs} ms`);
    assert.equal(a.transitions.length, sent);
  });

  it("X2: take an address away that somebody adds on the backup", async () => {
    b.run(`ip addr add ${VIRTUAL_ADDRESS}/32 dev eth0`);
    await b.isRid(500);
    assert.deepEqual(lab.holders, ["a"]);
  });

  it("let go when the link is down, and take part again when it is back", async () => {
    a.run("ip link set eth0 down");
    await a.isRid();
    await b.holds();
    a.run("ip link set eth0 up");
    await a.holds();
    await b.isRid();
  });

  it("are adopted by another agent, which is told what it has missed, once", async () => {
    await a.hangUp();
    assert.equal(a.isHolding, true);
    a.transitions.length = 0;
    a.run("ip link set eth0 down");
    await b.holds();
    a.run("ip link set eth0 up");
    await a.holds();
    a.converse([labRouter()]);
    await deadline("all three are told", () => a.transitions.length >= 3);
    assert.deepEqual(
      a.transitions.map(({ from, to }) => `${from} -> ${to}`),
      ["master -> fault", "fault -> backup", "backup -> master"],
    );
    const sequences = a.transitions.map(({ sequence }) => sequence);
    assert.deepEqual(sequences, [...new Set(sequences)]);
    await a.hangUp();
    a.transitions.length = 0;
    a.converse([labRouter()]);
    await deadline("the next agent is connected", () => a.role === "master");
    assert.deepEqual(a.transitions, []);
  });

  it("that are restarted without an agent go on with what the last one said", async () => {
    await a.hangUp();
    await a.endSpeaker("SIGKILL");
    await b.holds();
    a.startSpeaker();
    await a.holds();
    await b.isRid();
  });

  it("do not run twice in one directory", async () => {
    const { speaker } = a;
    a.startSpeaker();
    const intruder = a.speaker;
    a.speaker = speaker;
    let said = "";
    intruder?.stderr?.on("data", (chunk: Buffer) => {
      said += chunk.toString();
    });
    await deadline("the second one gives up", () => intruder?.exitCode !== null);
    assert.equal(intruder?.exitCode, 1);
    assert.match(said, /another speaker \(pid \d+\) already runs/);
    assert.equal(a.isHolding, true);
  });
});
