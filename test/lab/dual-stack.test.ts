/** A VirtualIP of both families from the manifest to the client: agents, nginx and web servers as in the field. */
import assert from "node:assert/strict";
import { after, before, describe, it, type TestContext } from "node:test";
import type { Lab } from "../../controller/lab/lab.ts";
import { runIn } from "../../controller/lab/machine.ts";
import { holdersOf } from "../../controller/lab/observe.ts";
import { type Prober, startProber } from "../../controller/lab/prober.ts";
import { startAgent } from "../../controller/lab/services.ts";
import { closeLab, openTestLab, report, router, waitFor } from "../support/lab.ts";
import { A, ADDRESS_OF, B, CHECKS, CLIENT_ADDRESS, proxyPool, VIP_A } from "../support/lab-manifests.ts";
import { masterDownMs, PLANNED_OUTAGE_MS, SLACK_MS } from "../support/lab-states.ts";
import { notifications } from "../support/lab-world.ts";

const VIP6 = "2001:db8:253::150";
const BACKEND6 = "2001:db8:253::193";
const BACKENDS = `[{address: 172.16.250.127}, {address: "${BACKEND6}"}]`;
const ADDRESSES = [VIP_A, "fe80::150", VIP6];
const [RS1, RS2] = ["<h1> Web RS1 </h1>", "<h1> Web RS2 </h1>"];
const TARGETS = [`${VIP_A}:80`, `[${VIP6}]:80`];

const WEB = `apiVersion: holdfast.dev/v1alpha1
kind: VirtualIP
metadata: {name: web}
spec:
  addresses: [${VIP_A}/32, "fe80::150/128", "${VIP6}/128"]
  interface: ens33
  vrrp: {virtualRouterID: 51, advertisementInterval: 1s}
  members:
    - {node: ${A}, priority: 100, address: ${ADDRESS_OF[A]}}
    - {node: ${B}, priority: 95, address: ${ADDRESS_OF[B]}}
  track:
    - {healthCheck: nginx-alive, weight: -10}
    - {gateway: "${BACKEND6}", weight: -2}
  notify:
    - exec: {command: [/etc/holdfast/notify.sh]}
`;

describe("a VirtualIP of both families", () => {
  let lab: Lab;
  let prober: Prober;

  before(async () => {
    const manifests = { "checks.yaml": CHECKS, "web.yaml": WEB, "pool.yaml": proxyPool("[web]", BACKENDS) };
    lab = await openTestLab({ manifests, client: CLIENT_ADDRESS });
    await isHome();
    prober = await startProber(lab, TARGETS);
  });
  after(async () => {
    await prober?.stop();
    await closeLab(lab);
  });

  const holding = (): string => ADDRESSES.map((address) => holdersOf(lab, address).join("+")).join(" ");
  const areOn = (node: string): Promise<number> =>
    waitFor(lab, `all are on ${node}`, () => holding() === `${node} ${node} ${node}`, 20_000);
  const isHome = async (): Promise<void> => {
    await areOn(A);
    await waitFor(
      lab,
      "all is well",
      async () => {
        const reports = await Promise.all([A, B].map((node) => report(lab, node)));
        return reports.every(
          (each) =>
            each?.nginx?.programmed === true && each.checks.every(({ verdict }) => verdict === "healthy"),
        );
      },
      20_000,
    );
  };
  /** By target; no outage is 0. */
  const outages = (since: number): number[] => {
    const found = prober.outages(since);
    return TARGETS.map((target) =>
      Math.max(0, ...found.filter((each) => each.target === target).map(({ durationMs }) => durationMs)),
    );
  };
  const isServed = (since: number): Promise<number> =>
    waitFor(
      lab,
      "the client is served over both",
      () =>
        TARGETS.every((target) =>
          prober.answers.some(
            ({ target: asked, asked: at, status }) => asked === target && at > since && status === 200,
          ),
        ),
      5_000,
    );
  const tell = (t: TestContext, what: string, since: number): readonly number[] => {
    const found = outages(since);
    t.diagnostic(`${what}: IPv4 ${found[0]} ms, IPv6 ${found[1]} ms`);
    return found;
  };

  it("serves pages at its addresses of both, and is one entry in what is told", async () => {
    await isServed(Date.now());
    const master = (await router(lab, A)) ?? assert.fail();
    assert.deepEqual(master.heldAddresses, [`${VIP_A}/32`, "fe80::150/128", `${VIP6}/128`]);
    assert.equal((await report(lab, A))?.speaker.routers.length, 1);
    const why = await runIn(lab.at(B), [process.execPath, cli(), "why", "vip/web"]);
    assert.match(
      why,
      /keepalive-b is Backup for 172\.16\.253\.150\/32, fe80::150\/128, 2001:db8:253::150\/128/,
    );
    const status = await runIn(lab.at(A), [process.execPath, cli(), "status"]);
    assert.match(status, /2001:db8:253::150/);
  });

  it("moves as one when the agent of the master is told to stop, and back", async (t) => {
    const toldBefore = notifications(lab, B).length;
    const since = Date.now();
    await runIn(lab.at(A), ["pkill", "-TERM", "-f", "holdfast.cjs agent"]);
    await areOn(B);
    await isServed(Date.now());
    const gone = tell(t, "SIGTERM", since);
    const back = Date.now();
    startAgent(lab.at(A), "info");
    await isHome();
    await isServed(Date.now());
    const returned = tell(t, "return", back);
    assert.ok(
      [...gone, ...returned].every((each) => each <= PLANNED_OUTAGE_MS),
      [...gone, ...returned].join(", "),
    );
    await waitFor(lab, "B has told", () => notifications(lab, B).length >= toldBefore + 2, 5_000);
    assert.deepEqual(notifications(lab, B).slice(toldBefore), [
      "INSTANCE web MASTER 95",
      "INSTANCE web BACKUP 95",
    ]);
  });

  it("moves as one when the master loses its power", async (t) => {
    const since = Date.now();
    await lab.fail(A, "power");
    await areOn(B);
    await isServed(Date.now());
    const bound = masterDownMs(3, 95) + SLACK_MS;
    const gone = tell(t, `power, bound ${bound.toFixed(0)} ms`, since);
    assert.ok(
      gone.every((each) => each <= bound),
      gone.join(", "),
    );
    await lab.heal(A);
    await isHome();
  });

  it("is served by a backend of IPv6, and tracks a gateway of IPv6, until they are gone and when they are back", async () => {
    const pages = async (): Promise<readonly string[]> => {
      const all: string[] = [];
      for (let request = 0; request < 6; request++)
        all.push(await runIn(lab.at("client"), ["curl", "-s", "-m", "2", `http://[${VIP6}]/`]));
      return [...new Set(all.map((page) => page.trim()))].sort();
    };
    const priority = async (): Promise<number | undefined> => (await router(lab, A))?.effectivePriority;
    const programmed = async (verdict: string): Promise<boolean> => {
      const told = await report(lab, A);
      const checks = told?.checks.filter(({ check }) => check.includes(BACKEND6)) ?? [];
      return (
        told?.nginx?.programmed === true &&
        checks.length === 2 &&
        checks.every((each) => each.verdict === verdict)
      );
    };
    // In turn, but the prober takes turns as well: six requests may all fall to the same one.
    const bothServe = (): Promise<number> =>
      waitFor(lab, "both serve", async () => (await pages()).join() === `${RS1},${RS2}`, 5_000);
    assert.equal(await priority(), 100);
    await bothServe();
    await runIn(lab.at("rs2"), ["ip", "addr", "del", `${BACKEND6}/64`, "dev", "ens33"]);
    await waitFor(lab, "both are missed", () => programmed("unhealthy"), 15_000);
    await waitFor(lab, "the priority is less", async () => (await priority()) === 98, 5_000);
    await waitFor(lab, "only the other one serves", async () => (await pages()).join() === RS1, 5_000);
    const why = await runIn(lab.at(A), [process.execPath, cli(), "why", "vip/web"]);
    assert.match(why, /nobody answers neighbour discovery for 2001:db8:253::193 within 1s/);
    await runIn(lab.at("rs2"), ["ip", "addr", "add", `${BACKEND6}/64`, "dev", "ens33", "nodad"]);
    await waitFor(lab, "both are back", () => programmed("healthy"), 15_000);
    await bothServe();
    assert.equal(await priority(), 100);
  });
});

/** As the lab's machines run it. */
const cli = (): string => new URL("../../controller/cli/main.js", import.meta.url).pathname;
