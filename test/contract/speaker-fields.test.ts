/** Real speakers in namespaces: the owner of the addresses, preemptDelay, and by the letter of RFC 9568. */
import assert from "node:assert/strict";
import { afterEach, beforeEach, describe, it } from "node:test";
import { millis } from "../../controller/net/time.ts";
import type { VirtualRouter } from "../../controller/vrrp/virtual-router.ts";
import { deadline } from "../support/deadline.ts";
import {
  type LabNode,
  labOfTwo,
  labRouter,
  type SpeakerLab,
  VIRTUAL_ADDRESS,
} from "../support/speaker-lab.ts";
import { LOWER } from "../support/speaker-pair.ts";

const second = (different: Partial<VirtualRouter> = {}): VirtualRouter =>
  labRouter({ ...LOWER, ...different });

describe("two speakers of which", () => {
  let lab: SpeakerLab;
  let a: LabNode;
  let b: LabNode;

  beforeEach(async () => {
    ({ lab, a, b } = await labOfTwo());
    for (const node of [a, b]) node.startSpeaker();
  });
  afterEach(async () => {
    await lab[Symbol.asyncDispose]();
  });

  it("one owns the addresses: it is master, and they stay as its own, whatever becomes of it", async () => {
    a.run(`ip addr add ${VIRTUAL_ADDRESS}/24 dev eth0`);
    const own = a.run("ip -4 addr show dev eth0");
    b.converse([second({ rivalPriority: 255 })]);
    await b.holds();
    a.converse([labRouter({ basePriority: 255, rivalPriority: 90 })]);
    await deadline("a is master", () => a.role === "master");
    await b.isRid();
    assert.equal(a.run("ip -4 addr show dev eth0"), own);
    await a.endSpeaker("SIGTERM");
    await b.holds();
    assert.equal(a.run("ip -4 addr show dev eth0"), own);
    a.startSpeaker();
    await deadline("a is master again", () => a.role === "master");
    await b.isRid();
    assert.equal(a.run("ip -4 addr show dev eth0"), own);
  });

  it("the better one has a preemptDelay: it replaces a working master after it, and a dead one at once", async () => {
    b.converse([second()]);
    await b.holds();
    const from = performance.now();
    a.converse([labRouter({ preemptDelay: millis(2000) })]);
    await a.holds();
    assert.ok(performance.now() - from > 2000, "not before the delay");
    await b.isRid();
    await a.endSpeaker("SIGTERM");
    await b.holds();
    a.startSpeaker();
    await deadline("a hears b", () => a.because.includes("is let be for 2 s"));
    const killedAt = performance.now();
    await b.endSpeaker("SIGKILL");
    await a.holds();
    assert.ok(performance.now() - killedAt < 1000, "without the delay");
  });

  it("both go by the letter of the RFC: a master that stops is gone before the other is there", async () => {
    // The skew of priority 1 is a second: longer than a process takes to end on a busy machine.
    const slow = { strictRFC: true, adverInterval: millis(1000) };
    a.converse([labRouter(slow)]);
    await a.holds();
    b.converse([second({ ...slow, basePriority: 1 })]);
    await deadline("b hears a", () => b.because.includes("advertises priority 100"));
    await a.endSpeaker("SIGTERM");
    assert.deepEqual(lab.holders, []);
    await b.holds();
  });
});
