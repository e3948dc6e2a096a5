/** A node is taken out of service and back, as an operator does it: real agents, a client that never stops, packets on the wire. */
import assert from "node:assert/strict";
import type { ChildProcess } from "node:child_process";
import { after, before, beforeEach, describe, it, type TestContext } from "node:test";
import type { Lab } from "../../controller/lab/lab.ts";
import { attemptIn } from "../../controller/lab/machine.ts";
import { CLIENT } from "../../controller/lab/names.ts";
import { CLI } from "../../controller/lab/services.ts";
import { ClientPings } from "../support/client-pings.ts";
import { closeLab, openTestLab, report, waitFor } from "../support/lab.ts";
import { killAgent, startAgentAgain } from "../support/lab-agent.ts";
import { capture, decode, type Packet } from "../support/lab-capture.ts";
import { type HolderWatch, watchHolders } from "../support/lab-holders.ts";
import { A, ADDRESS_OF, B, CLIENT_ADDRESS, DUAL_MASTER, VIP_A, VIP_B } from "../support/lab-manifests.ts";
import { type Home, masterDownMs, settled } from "../support/lab-states.ts";
import { holders, notifications, signal, spawnIn } from "../support/lab-world.ts";

const HOMES: readonly Home[] = [
  { virtualIP: "web", address: VIP_A, node: A, priority: 100 },
  { virtualIP: "web-b", address: VIP_B, node: B, priority: 100 },
];
const PROBE_MS = 2;
const GAP_MAX_MS = 20;
/** A boot, and two successes of nginx-alive. */
const BACK_MS = 20_000;

describe("drain", () => {
  let lab: Lab;
  let watch: HolderWatch;
  let pinging: ChildProcess;
  let pings: ClientPings;
  let since = 0;

  before(async () => {
    lab = await openTestLab({ manifests: DUAL_MASTER, client: CLIENT_ADDRESS });
    watch = await watchHolders(lab);
    await settled(lab, ...HOMES);
  });
  after(async () => {
    await watch?.stop();
    await closeLab(lab);
  });
  beforeEach(() => {
    since = Date.now();
  });

  const holdfast = (node: string, ...words: readonly string[]) =>
    attemptIn(lab.at(node), [process.execPath, CLI, ...words]);
  const phase = async (node: string) => (await report(lab, node))?.drain?.phase ?? null;
  const drained = (node: string): Promise<number> =>
    waitFor(lab, `${node} is drained`, async () => (await phase(node)) === "Drained", BACK_MS);

  const ping = async (address: string): Promise<void> => {
    pinging = spawnIn(lab, CLIENT, ["ping", "-n", "-D", "-i", `${PROBE_MS / 1000}`, address]);
    pings = new ClientPings(pinging);
    await pings.replied();
  };
  const gap = async (t: TestContext): Promise<number> => {
    await pings.replied();
    await signal(pinging, "SIGINT");
    const outage = pings.outage(since);
    t.diagnostic(
      `client: ${pings.count} answers, ${pings.lost} lost, longest outage ${outage.toFixed(1)} ms`,
    );
    t.diagnostic(`addresses: ${watch.story(VIP_A, since)}`);
    return outage;
  };

  it("F8: drain: the backup owns the address without a gap, after one resignation; the node is Drained", async (t) => {
    const wire = await capture(lab, CLIENT, "proto 112");
    await ping(VIP_A);
    const { stdout, stderr, status } = await holdfast(A, "drain", "--reason", "new kernel");
    const outage = await gap(t);
    await wire.stop();

    assert.equal(status, 0, stderr);
    const lines = stdout.trimEnd().split("\n");
    assert.ok(lines.includes(`vip/web was handed over to ${ADDRESS_OF[B]}`), stdout);
    assert.ok(lines.includes(`vip/web-b is held by ${ADDRESS_OF[B]}`), stdout);
    assert.match(lines.at(-1) ?? "", /^node\/keepalive-a is drained by \S+ at \S+: new kernel\. It stays/);
    assert.ok(outage <= GAP_MAX_MS, `${outage} ms`);
    assert.deepEqual(await holders(lab, VIP_A), [B]);
    assert.deepEqual(await holders(lab, VIP_B), [B]);
    assert.deepEqual(watch.vacant(VIP_A, since), []);

    const packets = decode(wire.file, "vrrp.virt_rtr_id == 51");
    const resigned = packets.findIndex(isOf(A, "0"));
    assert.notEqual(resigned, -1);
    const afterwards = packets.slice(resigned + 1);
    assert.deepEqual(afterwards.filter(isOf(A)), [], "it resigns once and is silent from then on");
    assert.ok(afterwards.some(isOf(B, "95")), "the successor speaks");
  });

  it("F8: drain: status, why and notifications say who, when and why", async () => {
    const { stdout: status } = await holdfast(A, "status");
    assert.match(status, /^Drained by \S+ \d+s ago: new kernel \(holdfast undrain takes it back/m);
    assert.match(status, /^web +172\.16\.253\.150\/32 +Drained /m);
    assert.match(status, /^web-b +172\.16\.253\.140\/32 +Drained /m);
    const { stdout: why } = await holdfast(A, "why", "vip/web");
    assert.match(
      why,
      /^keepalive-a is Drained for .*: fault: drained by \S+ at \S+Z: new kernel; \S+ took over\.$/m,
    );
    assert.match(why, /Elected=False since .* \(Drained\)/);
    await waitFor(
      lab,
      "the script is called",
      () => notifications(lab, A).some((line) => line.startsWith("INSTANCE web FAULT")),
      5_000,
    );
  });

  const restarts: { how: string; restart: () => Promise<void> }[] = [
    {
      how: "the agent",
      restart: async () => {
        await killAgent(lab, A, "KILL");
        await startAgentAgain(lab, A);
      },
    },
    {
      how: "agent and speaker, killed",
      restart: async () => {
        await lab.fail(A, "process");
        await lab.heal(A);
      },
    },
    {
      how: "the machine, without power",
      restart: async () => {
        await lab.fail(A, "power");
        await lab.heal(A);
        await watch.follow(A);
      },
    },
  ];
  for (const { how, restart } of restarts) {
    it(`F8: drain: it lasts over a restart of ${how}`, async (t) => {
      await restart();
      await drained(A);
      // Longer than a router waits that might take over.
      const until = Date.now() + masterDownMs(2, 100);
      await waitFor(lab, "time passes", () => Date.now() > until, 2 * masterDownMs(2, 100));
      assert.equal(await phase(A), "Drained");
      assert.equal((await report(lab, A))?.drain?.reason, "new kernel");
      t.diagnostic(`addresses: ${watch.story(VIP_A, since)}`);
      assert.deepEqual(
        watch.spans(VIP_A, since).map((span) => span.holders),
        [[B]],
      );
    });
  }

  it("F8: drain: the last that is in service is not drained, says why, and nothing has moved", async (t) => {
    await ping(VIP_A);
    const { stderr, status } = await holdfast(B, "drain");
    const outage = await gap(t);
    assert.equal(status, 1);
    assert.match(stderr, /the node was not drained and stays in service:\n {2}vip\/web: nobody took over/);
    assert.equal(outage, 0);
    assert.equal(await phase(B), null);
    for (const address of [VIP_A, VIP_B])
      assert.deepEqual(
        watch.spans(address, since).map((span) => span.holders),
        [[B]],
      );
  });

  it("F8: drain: undrain lets it return by the ordinary rules, without a gap", async (t) => {
    await ping(VIP_A);
    const { stdout, status } = await holdfast(A, "undrain");
    assert.match(stdout, /^node\/keepalive-a is in service again/);
    assert.equal(status, 0);
    await settled(lab, ...HOMES);
    const outage = await gap(t);
    assert.ok(outage <= GAP_MAX_MS, `${outage} ms`);
    assert.equal(await phase(A), null);
  });

  it("F8: drain: the only node that is left is not drained; by force it is, and nobody holds the address", async () => {
    await lab.fail(B, "power");
    await waitFor(lab, "A holds both", async () => (await holders(lab, VIP_B)).join() === A, 10_000);
    since = Date.now();
    const refused = await holdfast(A, "drain");
    assert.equal(refused.status, 1);
    assert.match(refused.stderr, /vip\/web: nobody took over.*\n {2}vip\/web-b: nobody took over/);
    assert.deepEqual(
      watch.spans(VIP_A, since).map((span) => span.holders),
      [[A]],
    );
    const forced = await holdfast(A, "drain", "--force");
    assert.equal(forced.status, 0, forced.stderr);
    assert.match(forced.stdout, /^vip\/web was let go$/m);
    assert.deepEqual(await holders(lab, VIP_A), []);
  });
});

const isOf =
  (node: string, priority: string | null = null) =>
  ({ source, fields }: Packet): boolean =>
    source === ADDRESS_OF[node] && (priority === null || fields["vrrp.prio"] === priority);
