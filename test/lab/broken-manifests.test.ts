/** Whatever somebody writes, what serves goes on serving: refused with its place, told by the status, also by the next agent. */
import assert from "node:assert/strict";
import { after, afterEach, before, beforeEach, describe, it } from "node:test";
import type { Lab } from "../../controller/lab/lab.ts";
import { type Prober, startProber } from "../../controller/lab/prober.ts";
import type { Rejection } from "../../controller/resource/rejection.ts";
import { closeLab, openTestLab, report, waitFor } from "../support/lab.ts";
import { killAgent, startAgentAgain } from "../support/lab-agent.ts";
import { type HolderWatch, watchHolders } from "../support/lab-holders.ts";
import { A, CLIENT_ADDRESS, proxyPool, SINGLE_MASTER, VIP_A } from "../support/lab-manifests.ts";
import { type Home, settled } from "../support/lab-states.ts";
import { processes, write } from "../support/lab-world.ts";

const HOME: Home = { virtualIP: "web", address: VIP_A, node: A, priority: 100 };
const MANIFESTS = "/etc/holdfast/manifests";
const NOTICED_MS = 2_000;

const web = SINGLE_MASTER["web.yaml"];
const pool = SINGLE_MASTER["pool.yaml"];
const BROKEN = [
  { what: "has a syntax error", file: "web.yaml", text: web.replace("spec:", "spec: [") },
  {
    what: "has a field that does not exist",
    file: "web.yaml",
    text: web.replace("virtualRouterID: 51", "virtualRouterID: 51\n    advertInterval: 1s"),
    path: /advertInterval/,
  },
  {
    what: "has a value out of range",
    file: "web.yaml",
    text: web.replace("virtualRouterID: 51", "virtualRouterID: 256"),
    path: /spec\.vrrp\.virtualRouterID/,
  },
  {
    what: "tries to break out of nginx's syntax",
    file: "pool.yaml",
    text: proxyPool("[web]", `[{address: "172.16.250.127:80; } server { listen 81; } #"}]`),
    path: /spec\.backends/,
  },
  { what: "ends in the middle", file: "pool.yaml", text: pool.slice(0, 40) },
];

describe("a broken manifest", () => {
  let lab: Lab;
  let prober: Prober;
  let watch: HolderWatch;
  before(async () => {
    lab = await openTestLab({ manifests: SINGLE_MASTER, client: CLIENT_ADDRESS });
    watch = await watchHolders(lab);
  });
  after(async () => {
    await watch?.stop();
    await closeLab(lab);
  });
  beforeEach(async () => {
    await settled(lab, HOME);
    prober = await startProber(lab, [`${VIP_A}:80`]);
  });
  afterEach(async () => {
    await prober.stop();
    for (const [file, text] of Object.entries(SINGLE_MASTER)) write(lab, A, `${MANIFESTS}/${file}`, text);
    await waitFor(lab, "all is accepted again", async () => (await rejections()).length === 0, NOTICED_MS);
  });

  const rejections = async (): Promise<readonly Rejection[]> =>
    (await report(lab, A))?.sources.flatMap((source) => source.rejections) ?? [];

  for (const { what, file, text, path } of BROKEN) {
    it(`R4: that ${what} is refused with its place, and changes nothing, also not at a restart of the agent`, async (t) => {
      const before = await report(lab, A);
      const workers = await processes(lab, A, "nginx");
      const since = Date.now();
      write(lab, A, `${MANIFESTS}/${file}`, text);
      await waitFor(lab, "it is refused", async () => (await rejections()).length > 0, NOTICED_MS);
      await isRefused(t.diagnostic.bind(t), file, path);

      await killAgent(lab, A, "KILL");
      await startAgentAgain(lab, A);
      await waitFor(lab, "it is refused again", async () => (await rejections()).length > 0, NOTICED_MS);
      await isRefused(() => undefined, file, path);

      const now = await report(lab, A);
      assert.deepEqual(specsOf(now), specsOf(before), "the resources are what they were");
      assert.deepEqual(now?.speaker.routers[0]?.since, before?.speaker.routers[0]?.since);
      assert.equal(now?.speaker.pid, before?.speaker.pid);
      assert.equal(now?.nginx?.release, before?.nginx?.release);
      assert.deepEqual(await processes(lab, A, "nginx"), workers, "nginx was not reloaded");
      assert.deepEqual(
        watch.spans(VIP_A, since).map(({ holders }) => holders),
        [[A]],
      );
      assert.deepEqual(
        prober.answers.filter(({ status }) => status !== 200),
        [],
      );
    });
  }

  async function isRefused(
    say: (text: string) => void,
    file: string,
    path: RegExp | undefined,
  ): Promise<void> {
    const found = await rejections();
    for (const each of found) say(`${each.file}:${each.line}:${each.column}: ${each.path}: ${each.message}`);
    const [first] = found;
    assert.ok(first?.file.endsWith(file) === true && first.line > 0 && first.column > 0);
    assert.match(first.path, path ?? /^/);
  }
});

function specsOf(answer: Awaited<ReturnType<typeof report>>): unknown {
  return answer?.resources.map(({ kind, metadata: { name, uid, generation }, spec }) => ({
    kind,
    name,
    uid,
    generation,
    spec,
  }));
}
