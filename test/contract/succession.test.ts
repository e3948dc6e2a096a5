/** A real speaker that is replaced by another process: what a client, the other node and the wire notice of it. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { connect } from "node:net";
import { join } from "node:path";
import { afterEach, beforeEach, describe, it, type TestContext } from "node:test";
import { millis } from "../../controller/net/time.ts";
import { LEGACY_FORMAT } from "../../controller/speaker/legacy.ts";
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

for (const intervalMs of [1_000, 100]) {
  describe(`a speaker that is replaced, at an interval of ${intervalMs} ms`, () => {
    const router = (different: Partial<VirtualRouter> = {}): VirtualRouter =>
      labRouter({ adverInterval: millis(intervalMs), ...different });
    let lab: SpeakerLab;
    let a: LabNode;
    let b: LabNode;

    beforeEach(async () => {
      ({ lab, a, b } = await labOfTwo());
      for (const node of [a, b]) node.startSpeaker();
      a.converse([router()]);
      b.converse([router(LOWER)]);
      await deadline("a is master", () => a.role === "master", 15_000);
      await deadline("b is backup", () => b.role === "backup", 15_000);
      await b.follows(100);
      await b.isRid();
    });
    afterEach(async () => {
      await lab[Symbol.asyncDispose]();
    });

    async function replace(): Promise<void> {
      const before = a.speakerPid;
      assert.ok(before !== null);
      process.kill(before, "SIGHUP");
      await deadline("another process has the place", () => (a.speakerPid ?? before) !== before, 15_000);
      await deadline("the agent is connected to it", () => a.link.state().pid === a.speakerPid, 15_000);
    }

    it("nobody notices: no resignation, no late advertisement, no lost request, no change of role", async (t: TestContext) => {
      const wire = b.spawn(["tcpdump", "-l", "-n", "-tt", "-i", "eth0", "proto", "112", "or", "arp"]);
      let captured = "";
      wire.stdout?.on("data", (chunk: Buffer) => {
        captured += chunk.toString();
      });
      const pinging = b.spawn(["ping", "-n", "-i", "0.01", VIRTUAL_ADDRESS]);
      let pinged = "";
      pinging.stdout?.on("data", (chunk: Buffer) => {
        pinged += chunk.toString();
      });
      const adverts = () => [...captured.matchAll(/^([\d.]+) IP .*VRRPv3.*prio (\d+)/gm)];
      await deadline("the wire is watched", () => adverts().length >= 2 && pinged.length > 0, 15_000);
      const moves = [a.transitions.length, b.transitions.length];
      for (let round = 0; round < 3; round++) await replace();
      const seen = adverts().length;
      await deadline("it advertises on", () => adverts().length >= seen + 2, 15_000);
      pinging.kill("SIGINT");
      await deadline("the client has counted", () => pinged.includes("packet loss"));

      assert.deepEqual([...new Set(adverts().map(([, , priority]) => priority))], ["100"]);
      const times = adverts().map(([, time]) => Number(time) * 1000);
      const gaps = times.slice(1).map((time, i) => time - (times[i] ?? 0));
      t.diagnostic(`longest time between two advertisements: ${Math.max(...gaps).toFixed(1)} ms`);
      t.diagnostic(/^.*packet loss.*$/m.exec(pinged)?.[0] ?? "");
      assert.match(pinged, / 0% packet loss/);
      // Others take over after three intervals and their skew.
      assert.ok(Math.max(...gaps) < intervalMs * 2.5);
      assert.deepEqual([a.transitions.length, b.transitions.length], moves);
      assert.deepEqual(lab.holders, ["a"]);
      assert.equal(a.link.state().routers[0]?.counters.becameMaster, 1);
    });

    it("by one that dies before it can take over, goes on", async () => {
      const moves = b.transitions.length;
      const holder = a.speakerPid;
      const heir = connect(join(a.directory, "speaker.sock"));
      await once(heir, "connect");
      heir.write(`{"type":"succeed","format":${LEGACY_FORMAT}}\n`);
      let answer = "";
      heir.on("data", (chunk: Buffer) => {
        answer += chunk.toString();
      });
      await deadline("it stands still", () => answer.includes('"type":"legacy"'));
      heir.destroy();
      const sent = () => a.link.state().routers[0]?.counters.advertisementsSent ?? 0;
      const before = sent();
      await deadline("it advertises on", () => sent() > before, 15_000);
      assert.equal(a.speakerPid, holder);
      assert.deepEqual(lab.holders, ["a"]);
      assert.equal(b.transitions.length, moves);
    });
  });
}
