/** The ways in which a master can fail beside a cut cable: one address, at most one holder of it, and one again in the end. */
import assert from "node:assert/strict";
import { after, afterEach, before, beforeEach, describe, it, type TestContext } from "node:test";
import type { Lab } from "../../controller/lab/lab.ts";
import { runIn } from "../../controller/lab/machine.ts";
import { type Prober, startProber } from "../../controller/lab/prober.ts";
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
} from "../support/lab-states.ts";
import { holders } from "../support/lab-world.ts";

const HOME: Home = { virtualIP: "web", address: VIP_A, node: A, priority: 100 };
const TAKEOVER_MS = masterDownMs(2, 95);
/** At an interval of one second; the kernel takes a little longer than it is told. */
const DEAD_MAN_MS = 4_000;
const KERNEL_SLACK_MS = 500;
const PAUSE_MS = 6_000;

describe("the master's machine", () => {
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
    prober = await startProber(lab, [`${VIP_A}:80`]);
  });
  afterEach(async () => {
    await prober.stop();
    if (lab.failureOf(A) !== null) await lab.heal(A);
    if (lab.failureOf(B) === null) return;
    await lab.heal(B);
    await watch.follow(B);
  });

  const tell = (t: TestContext, since: number): void => {
    t.diagnostic(`addresses: ${watch.story(VIP_A, since)}`);
    t.diagnostic(
      `client: outages of [${prober
        .outages(since)
        .map(({ durationMs }) => durationMs)
        .join(", ")}] ms`,
    );
  };
  const isServedAgain = () => prober.answers.at(-1)?.status === 200;
  /** From `since` on nobody shares the address for longer than an exchange of packets takes. */
  const isSole = (since: number): void => {
    const doubled = watch.doubled(VIP_A, since).filter(({ durationMs }) => durationMs > EXCHANGE_MS);
    assert.deepEqual(doubled, []);
  };

  const isToldOfPause = async (t: TestContext): Promise<void> => {
    const problems = (await router(lab, A, "web"))?.problems ?? [];
    const told = problems.find(({ code }) => code === "held-up")?.message ?? "nothing";
    t.diagnostic(told);
    const [, seconds = "0"] = /held up for ([\d.]+) s/.exec(told) ?? [];
    assert.ok(Number(seconds) > 4 && Number(seconds) < 7);
  };

  it("loses its power: the other takes over in the protocol's time, and gives back without an outage", async (t) => {
    const since = Date.now();
    await lab.fail(A, "power");
    await waitFor(lab, "B holds the address", async () => (await holders(lab, VIP_A)).join() === B, 10_000);
    await waitFor(lab, "the client is served", isServedAgain, 2_000);
    tell(t, since);
    assert.ok(
      prober.longestOutage(since) <= TAKEOVER_MS + 50,
      `the outage was ${prober.longestOutage(since)} ms`,
    );
    const healed = Date.now();
    await lab.heal(A);
    await watch.follow(A);
    await settled(lab, HOME);
    tell(t, healed);
    isSole(healed);
    assert.ok(
      prober.longestOutage(healed) <= PLANNED_OUTAGE_MS,
      `the return cost ${prober.longestOutage(healed)} ms`,
    );
  });

  it("is cut off from everybody by the switch: after the mending one master is left within one interval", async (t) => {
    const since = Date.now();
    await lab.fail(A, "partition");
    await waitFor(
      lab,
      "B holds the address too",
      async () => (await holders(lab, VIP_A)).includes(B),
      10_000,
    );
    await waitFor(lab, "the client is served", isServedAgain, 2_000);
    tell(t, since);
    assert.ok(
      prober.longestOutage(since) <= TAKEOVER_MS + 50,
      `the outage was ${prober.longestOutage(since)} ms`,
    );
    const healed = Date.now();
    await lab.heal(A);
    await settled(lab, HOME);
    tell(t, healed);
    isSole(healed + ADVERTISEMENT_INTERVAL_MS + SLACK_MS);
    assert.deepEqual(watch.vacant(VIP_A, healed), []);
  });

  it("F6: stands still for six seconds: the kernel takes the address, and it is back alone within one interval", async (t) => {
    const since = Date.now();
    await lab.fail(A, "pause");
    await waitFor(lab, "B alone has it", async () => (await holders(lab, VIP_A)).join() === B, 10_000);
    await waitFor(lab, "the client is served", isServedAgain, 5_000);
    await waitFor(lab, "six seconds are over", async () => Date.now() - since >= PAUSE_MS, 10_000);
    tell(t, since);
    assert.ok(
      prober.longestOutage(since) <= TAKEOVER_MS + 50,
      `the outage was ${prober.longestOutage(since)} ms`,
    );
    const healed = Date.now();
    await lab.heal(A);
    await settled(lab, HOME);
    tell(t, healed);
    isSole(healed + ADVERTISEMENT_INTERVAL_MS + SLACK_MS);
    assert.deepEqual(watch.vacant(VIP_A, healed), []);
    await isToldOfPause(t);
  });

  it("F6: stands still for six seconds and nobody takes its place: it listens for an interval and is back", async (t) => {
    await lab.fail(B, "power");
    const before = (await router(lab, A, "web"))?.counters.pauses ?? 0;
    const since = Date.now();
    await lab.fail(A, "pause");
    await waitFor(
      lab,
      "the kernel has taken it",
      async () => (await holders(lab, VIP_A)).length === 0,
      10_000,
    );
    await waitFor(lab, "six seconds are over", async () => Date.now() - since >= PAUSE_MS, 10_000);
    const healed = Date.now();
    await lab.heal(A);
    await waitFor(lab, "A has it again", async () => (await holders(lab, VIP_A)).join() === A, 5_000);
    const back = watch.spans(VIP_A, healed).findLast(({ holders: who }) => who.join() === A);
    const tookMs = (back?.from ?? Number.POSITIVE_INFINITY) - healed;
    tell(t, since);
    t.diagnostic(`back after ${tookMs.toFixed(0)} ms`);
    assert.ok(tookMs >= ADVERTISEMENT_INTERVAL_MS - SLACK_MS, "it listened first");
    assert.ok(tookMs <= ADVERTISEMENT_INTERVAL_MS + 3 * SLACK_MS);
    await isToldOfPause(t);
    assert.equal((await router(lab, A, "web"))?.counters.pauses, before + 1);
  });

  it("F5: agent and speaker are killed: the kernel takes the address away, and clients have lost nothing", async (t) => {
    const since = Date.now();
    await lab.fail(A, "process");
    await waitFor(lab, "B alone has it", async () => (await holders(lab, VIP_A)).join() === B, 10_000);
    tell(t, since);
    // The last advertisement was sent before the killing.
    const goneAfter = watch.spans(VIP_A, since).findLast(({ holders: who }) => who.join() === B);
    assert.ok((goneAfter?.from ?? Number.POSITIVE_INFINITY) - since <= DEAD_MAN_MS + KERNEL_SLACK_MS);
    const doubled = watch.doubled(VIP_A, since).map(({ durationMs }) => durationMs);
    assert.ok(
      Math.max(...doubled) <= DEAD_MAN_MS - TAKEOVER_MS + ADVERTISEMENT_INTERVAL_MS + KERNEL_SLACK_MS,
    );
    assert.ok(prober.longestOutage(since) <= PLANNED_OUTAGE_MS, "nginx and the kernel serve on without us");
    await lab.heal(A);
    const isAtWork = async () => (await report(lab, A))?.speaker.membershipInForce === true;
    await waitFor(lab, "the next agent is at work", isAtWork, 20_000);
    const atWork = Date.now();
    await settled(lab, HOME);
    tell(t, since);
    isSole(atWork + ADVERTISEMENT_INTERVAL_MS);
  });

  it("loses its speaker alone: the agent starts another, which goes on as master, and no client notices", async (t) => {
    const before = await report(lab, A);
    const since = Date.now();
    await runIn(lab.at(A), ["kill", "-KILL", String(before?.speaker.pid)]);
    await waitFor(
      lab,
      "another speaker runs",
      async () => {
        const pid = (await report(lab, A))?.speaker.pid ?? null;
        return pid !== null && pid !== before?.speaker.pid;
      },
      5_000,
    );
    await settled(lab, HOME);
    tell(t, since);
    assert.ok(
      prober.longestOutage(since) <= PLANNED_OUTAGE_MS,
      `the outage was ${prober.longestOutage(since)} ms`,
    );
    assert.deepEqual(
      watch.spans(VIP_A, since).map(({ holders }) => holders),
      [[A]],
    );
    isSole(since);
  });
});
