/** The seed's first experiment: one virtual address, and everything that its author did to it, and then some. */
import assert from "node:assert/strict";
import { after, afterEach, before, beforeEach, describe, it, type TestContext } from "node:test";
import type { Lab } from "../../controller/lab/lab.ts";
import { attemptIn, runIn } from "../../controller/lab/machine.ts";
import { type Prober, startProber } from "../../controller/lab/prober.ts";
import { startAgent } from "../../controller/lab/services.ts";
import { closeLab, openTestLab, report, router, waitFor } from "../support/lab.ts";
import { type HolderWatch, watchHolders } from "../support/lab-holders.ts";
import { A, B, CLIENT_ADDRESS, shippedSingleMaster, VIP_A } from "../support/lab-manifests.ts";
import {
  ADVERTISEMENT_INTERVAL_MS,
  EXCHANGE_MS,
  type Home,
  masterDownMs,
  PLANNED_OUTAGE_MS,
  SLACK_MS,
  settled,
  skewMs,
} from "../support/lab-states.ts";
import { get, holders, processes, remove, write } from "../support/lab-world.ts";

const HOME: Home = { virtualIP: "web", address: VIP_A, node: A, priority: 100 };
const TARGET = `${VIP_A}:80`;
const RS1 = "<h1> Web RS1 </h1>";
const RS2 = "<h1> Web RS2 </h1>";
/** in-service: asked each second, two failures in a row. */
const IN_SERVICE_FALLS_MS = 2_000;
const IN_SERVICE_RISES_MS = 1_000;
/** web-up: each second, two in a row, either way. */
const WEB_UP_TURNS_MS = 2_000;
/** The next advertisement tells the lower priority, and the other one's skew passes. */
const HANDED_OVER_MS = ADVERTISEMENT_INTERVAL_MS + skewMs(2, 95);

describe("single-master", () => {
  let lab: Lab;
  let prober: Prober;
  let watch: HolderWatch;

  before(async () => {
    lab = await openTestLab({ manifests: shippedSingleMaster(), client: CLIENT_ADDRESS });
    watch = await watchHolders(lab);
  });
  after(async () => {
    await watch?.stop();
    await closeLab(lab);
  });
  beforeEach(async () => {
    await settled(lab, HOME);
    prober = await startProber(lab, [TARGET]);
  });
  afterEach(async () => {
    await prober.stop();
  });

  const isOn = (node: string) => async (): Promise<boolean> => {
    const held = await holders(lab, VIP_A);
    return held.length === 1 && held[0] === node;
  };
  const tell = (t: TestContext, since: number): void => {
    t.diagnostic(`addresses: ${watch.story(VIP_A, since)}`);
    const outages = prober.outages(since).map(({ durationMs }) => durationMs);
    t.diagnostic(`client: ${prober.answers.length} answers, outages of [${outages.join(", ")}] ms`);
  };

  it("holds the address on the node of higher priority alone, and takes the web servers in turn", async () => {
    assert.deepEqual(await holders(lab, VIP_A), [A]);
    assert.equal((await router(lab, B))?.role, "backup");
    await prober.stop();
    const replies = await get(lab, 10, TARGET);
    assert.deepEqual(
      replies.map(({ status }) => status),
      Array(10).fill(200),
    );
    const first = replies[0]?.body;
    const turn = first === RS1 ? [RS1, RS2] : [RS2, RS1];
    assert.deepEqual(
      replies.map(({ body }) => body),
      replies.map((_, index) => turn[index % 2]),
    );
  });

  it("has nginx back at once when its master process is killed, and loses no request", async (t) => {
    const since = Date.now();
    const { nginx } = (await report(lab, A)) ?? {};
    await runIn(lab.at(A), ["kill", "-KILL", String(nginx?.masterPid)]);
    const backMs = await waitFor(
      lab,
      "another master of nginx",
      async () => {
        const now = (await report(lab, A))?.nginx;
        return now?.programmed === true && now.masterPid !== null && now.masterPid !== nginx?.masterPid;
      },
      2_000,
    );
    t.diagnostic(`back after ${backMs.toFixed(0)} ms`);
    tell(t, since);
    assert.ok(backMs < 500, `it took ${backMs} ms`);
    assert.equal(prober.answers.filter(({ asked, status }) => asked > since && status !== 200).length, 0);
    assert.deepEqual(await holders(lab, VIP_A), [A]);
  });

  it("has nginx back within 500 ms when all of it is killed, and loses what was in flight alone", async (t) => {
    const since = Date.now();
    await runIn(lab.at(A), ["pkill", "-KILL", "-x", "nginx"]);
    await waitFor(
      lab,
      "nginx serves again",
      async () => (await report(lab, A))?.nginx?.programmed === true,
      2_000,
    );
    await waitFor(lab, "the client is served", () => prober.answers.at(-1)?.status === 200, 2_000);
    tell(t, since);
    const outageMs = prober.longestOutage(since);
    assert.ok(outageMs < 500, `the outage was ${outageMs} ms`);
    assert.deepEqual(await holders(lab, VIP_A), [A]);
    assert.deepEqual(watch.vacant(VIP_A, since), []);
  });

  it("moves when /etc/holdfast/down appears, and returns when it goes", async (t) => {
    const since = Date.now();
    write(lab, A, "/etc/holdfast/down", "");
    const leftMs = await waitFor(lab, "the address is on B", isOn(B), 10_000);
    assert.equal((await router(lab, A))?.effectivePriority, 90);
    t.diagnostic(`handed over after ${leftMs.toFixed(0)} ms`);
    assert.ok(leftMs < IN_SERVICE_FALLS_MS + HANDED_OVER_MS + SLACK_MS, `it took ${leftMs} ms`);
    remove(lab, A, "/etc/holdfast/down");
    const returnedMs = await waitFor(lab, "the address is on A", isOn(A), 10_000);
    t.diagnostic(`returned after ${returnedMs.toFixed(0)} ms`);
    assert.ok(returnedMs < IN_SERVICE_RISES_MS + masterDownMs(2, 100) + SLACK_MS, `it took ${returnedMs} ms`);
    tell(t, since);
    const outageMs = prober.longestOutage(since);
    assert.ok(outageMs <= PLANNED_OUTAGE_MS, `a planned hand-over cost the client ${outageMs} ms`);
  });

  it("F1: survives a cut cable within the protocol's bound, and has one master after the mending", async (t) => {
    const since = Date.now();
    await lab.fail(A, "link");
    await waitFor(lab, "the address is on B", isOn(B), 10_000);
    await waitFor(lab, "the client is served", () => prober.answers.at(-1)?.status === 200, 2_000);
    tell(t, since);
    const outageMs = prober.longestOutage(since);
    const boundMs = masterDownMs(2, 95);
    t.diagnostic(`bound: ${boundMs - ADVERTISEMENT_INTERVAL_MS} to ${boundMs} ms; measured: ${outageMs} ms`);
    assert.ok(outageMs >= boundMs - ADVERTISEMENT_INTERVAL_MS - 50, `${outageMs} ms is too short to be true`);
    assert.ok(outageMs <= boundMs + 50, `the outage was ${outageMs} ms`);

    const healed = Date.now();
    await lab.heal(A);
    await waitFor(lab, "the address is home", isOn(A), 10_000);
    await settled(lab, HOME);
    tell(t, healed);
    const stable = healed + ADVERTISEMENT_INTERVAL_MS;
    assert.deepEqual(
      watch.doubled(VIP_A, stable).filter(({ durationMs }) => durationMs > EXCHANGE_MS),
      [],
    );
    assert.deepEqual(watch.vacant(VIP_A, healed), []);
    assert.ok(
      prober.longestOutage(healed) <= PLANNED_OUTAGE_MS,
      `the return cost ${prober.longestOutage(healed)} ms`,
    );
  });

  it("apologises by the node's name while no web server is left, and serves when one is back", async (t) => {
    const sorry = `<h1> sorry from ${A} </h1>`;
    t.after(async () => {
      for (const name of ["rs1", "rs2"]) if (lab.failureOf(name) !== null) await lab.heal(name);
    });
    for (const name of ["rs1", "rs2"]) await lab.fail(name, "process");
    const sorryMs = await waitFor(lab, "the sorry page", () => prober.answers.at(-1)?.body === sorry, 10_000);
    const sorryAt = Date.now();
    t.diagnostic(`sorry page after ${sorryMs.toFixed(0)} ms`);
    assert.ok(sorryMs < WEB_UP_TURNS_MS + 300, `it took ${sorryMs} ms`);
    await waitFor(
      lab,
      "both are known to be down",
      async () => {
        const checks = (await report(lab, A))?.checks ?? [];
        return checks.filter(({ verdict }) => verdict === "unhealthy").length === 2;
      },
      5_000,
    );
    const others = prober.answers.filter(({ asked, body }) => asked > sorryAt && body !== sorry);
    assert.deepEqual(others, []);
    await lab.heal("rs2");
    const backMs = await waitFor(lab, "the page of RS2", () => prober.answers.at(-1)?.body === RS2, 10_000);
    t.diagnostic(`the page of RS2 after ${backMs.toFixed(0)} ms`);
    assert.ok(backMs < WEB_UP_TURNS_MS + 300, `it took ${backMs} ms`);
    assert.deepEqual(await holders(lab, VIP_A), [A]);
  });

  it("F3: hands over without an outage when the agent of the master is told to stop", async (t) => {
    const since = Date.now();
    await runIn(lab.at(A), ["pkill", "-TERM", "-f", "holdfast.cjs agent"]);
    await waitFor(lab, "the address is on B", isOn(B), 5_000);
    await waitFor(
      lab,
      "agent and speaker have ended",
      async () => {
        const { stdout } = await attemptIn(lab.at(A), ["pgrep", "-f", "holdfast.cjs (agent|speaker)"]);
        return stdout === "";
      },
      10_000,
    );
    assert.notDeepEqual(await processes(lab, A, "nginx"), [], "nginx serves on");
    tell(t, since);
    assert.ok(
      prober.longestOutage(since) <= PLANNED_OUTAGE_MS,
      `the hand-over cost ${prober.longestOutage(since)} ms`,
    );
    const back = Date.now();
    startAgent(lab.at(A), "info");
    await settled(lab, HOME);
    tell(t, back);
    assert.ok(
      prober.longestOutage(back) <= PLANNED_OUTAGE_MS,
      `the return cost ${prober.longestOutage(back)} ms`,
    );
  });

  it("X1: puts the address back within 50 ms when somebody removes it, without an election", async (t) => {
    const before = await router(lab, A);
    const since = Date.now();
    const started = since;
    await runIn(lab.at(A), ["ip", "addr", "del", `${VIP_A}/32`, "dev", "ens33"]);
    await waitFor(
      lab,
      "the repair is told",
      async () => {
        const counters = (await router(lab, A))?.counters;
        return counters?.addressesRepaired === (before?.counters.addressesRepaired ?? 0) + 1;
      },
      2_000,
    );
    tell(t, started);
    const [gap, ...more] = watch.vacant(VIP_A, since);
    assert.ok(gap !== undefined && gap.durationMs < 50, `it was gone for ${gap?.durationMs} ms`);
    assert.deepEqual(more, []);
    const now = await router(lab, A);
    assert.deepEqual([now?.role, now?.since], ["master", before?.since]);
    assert.equal((await router(lab, B))?.role, "backup");
  });
});
