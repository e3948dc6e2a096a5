/** The disk of a node runs full: what it cannot keep it refuses and says so, what it serves it serves on, and it recovers by itself. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Lab } from "../../controller/lab/lab.ts";
import { attemptIn, runIn } from "../../controller/lab/machine.ts";
import { startProber } from "../../controller/lab/prober.ts";
import { startAgent } from "../../controller/lab/services.ts";
import { report, waitFor, withLab } from "../support/lab.ts";
import { killAgent } from "../support/lab-agent.ts";
import { watchHolders } from "../support/lab-holders.ts";
import { A, B, BACKENDS, CLIENT_ADDRESS, proxyPool, SINGLE_MASTER, VIP_A } from "../support/lab-manifests.ts";
import { type Home, settled } from "../support/lab-states.ts";
import { processes, remove, write } from "../support/lab-world.ts";

const HOME: Home = { virtualIP: "web", address: VIP_A, node: A, priority: 100 };
const STATE = "/var/lib/holdfast";
const FILLER = `${STATE}/filler`;
const POOL = "/etc/holdfast/manifests/pool.yaml";
const THIRD = "<h1> Web RS3 </h1>";
const POOL_OF_THREE = proxyPool("[web]", BACKENDS.replace("]", ", {address: 172.16.253.195}]"));
/** A pass that failed is tried again after at most a minute; this one has failed only for a few seconds. */
const RECOVERED_MS = 40_000;

describe("a node whose disk is full", () => {
  it("refuses new manifests, serves and answers on, survives a restart, and takes them once there is room", async (t) => {
    const later = { "pool.yaml": POOL_OF_THREE };
    const options = { manifests: SINGLE_MASTER, later, client: CLIENT_ADDRESS, agents: false };
    await withLab(options, async (lab) => {
      await runIn(lab.at(A), ["mount", "-t", "tmpfs", "-o", "size=4m,mode=700", "tmpfs", STATE]);
      for (const node of [A, B]) startAgent(lab.at(node), "info");
      await settled(lab, HOME);
      const prober = await startProber(lab, [`${VIP_A}:80`]);
      const watch = await watchHolders(lab);
      const since = Date.now();
      const nginx = await processes(lab, A, "nginx");
      const speaker = (await report(lab, A))?.speaker.pid;

      await attemptIn(lab.at(A), ["dd", "if=/dev/zero", `of=${FILLER}`, "bs=4k"]);
      // Larger than the pages that the store may use again.
      const note = `{name: websrvs, annotations: {note: ${"x".repeat(200_000)}}}`;
      write(lab, A, POOL, POOL_OF_THREE.replace("{name: websrvs}", note));
      await waitFor(lab, "it says that the store takes nothing", () => isRefused(lab), 10_000);
      const complaint = (await report(lab, A))?.sources.map(({ message }) => message).join();
      assert.match(complaint ?? "", /^store-refused: .*full/);
      assert.ok(!prober.answers.some(({ body }) => body === THIRD), "what is not kept is not in force");

      await killAgent(lab, A, "KILL");
      startAgent(lab.at(A), "info");
      await waitFor(lab, "the next agent says so too", () => isRefused(lab), 20_000);
      await settled(lab, HOME);

      remove(lab, A, FILLER);
      const recovery = await waitFor(
        lab,
        "the manifest is in force",
        () => prober.answers.some(({ body }) => body === THIRD),
        RECOVERED_MS,
      );
      assert.ok(!(await isRefused(lab)));
      await settled(lab, HOME);
      assert.equal((await report(lab, A))?.speaker.pid, speaker, "the speaker is the same process");
      assert.equal((await processes(lab, A, "nginx"))[0], nginx[0], "nginx is the same process");
      assert.deepEqual(
        watch.spans(VIP_A, since).map(({ holders }) => holders),
        [[A]],
      );
      await prober.stop();
      await watch.stop();
      t.diagnostic(
        `${prober.answers.length} requests, in force ${recovery.toFixed(0)} ms after there was room`,
      );
      assert.deepEqual(
        prober.answers.filter(({ status }) => status !== 200),
        [],
      );
    });
  });
});

async function isRefused(lab: Lab): Promise<boolean> {
  return (await report(lab, A))?.sources.some(({ message }) => message.startsWith("store-refused")) === true;
}
