/** The agent is not in the way of the traffic: it dies, the address and nginx stay, and the next agent finds them in order. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { runIn } from "../../controller/lab/machine.ts";
import { startProber } from "../../controller/lab/prober.ts";
import { SPEAKER_NODE_FLAGS } from "../../controller/wiring/start-speaker.ts";
import { report, waitFor, withLab } from "../support/lab.ts";
import { killAgent, startAgentAgain } from "../support/lab-agent.ts";
import { watchHolders } from "../support/lab-holders.ts";
import { A, CLIENT_ADDRESS, SINGLE_MASTER, VIP_A } from "../support/lab-manifests.ts";
import { ADVERTISEMENT_INTERVAL_MS, type Home, settled } from "../support/lab-states.ts";
import { processes } from "../support/lab-world.ts";

const HOME: Home = { virtualIP: "web", address: VIP_A, node: A, priority: 100 };
/** Longer than any backup would wait for a master that is gone. */
const WITHOUT_AGENT_MS = 5 * ADVERTISEMENT_INTERVAL_MS;

describe("the agent", () => {
  it("is killed and started again: no request is lost, speaker and nginx are adopted", async (t) => {
    await withLab({ manifests: SINGLE_MASTER, client: CLIENT_ADDRESS }, async (lab) => {
      await settled(lab, HOME);
      const prober = await startProber(lab, [`${VIP_A}:80`]);
      const watch = await watchHolders(lab);
      const before = await report(lab, A);
      const nginx = await processes(lab, A, "nginx");
      const commandLine = await runIn(lab.at(A), ["cat", `/proc/${before?.speaker.pid}/cmdline`]);
      assert.deepEqual(commandLine.split("\0").slice(1, 1 + SPEAKER_NODE_FLAGS.length), [
        ...SPEAKER_NODE_FLAGS,
      ]);
      const since = Date.now();

      await killAgent(lab, A, "KILL");
      await waitFor(lab, "time passes without an agent", () => Date.now() - since > WITHOUT_AGENT_MS, 10_000);
      assert.equal(await report(lab, A), null);
      await startAgentAgain(lab, A);
      await settled(lab, HOME);

      const now = await report(lab, A);
      assert.equal(now?.speaker.pid, before?.speaker.pid, "the speaker is the same process");
      assert.equal(now?.speaker.routers[0]?.since, before?.speaker.routers[0]?.since);
      assert.deepEqual(await processes(lab, A, "nginx"), nginx, "nginx runs on, not reloaded");
      assert.deepEqual(
        watch.spans(VIP_A, since).map(({ holders }) => holders),
        [[A]],
      );
      await prober.stop();
      await watch.stop();
      t.diagnostic(
        `${prober.answers.length} requests, ${prober.answers.filter(({ status }) => status !== 200).length} lost`,
      );
      assert.deepEqual(
        prober.answers.filter(({ status }) => status !== 200),
        [],
      );
    });
  });
});
