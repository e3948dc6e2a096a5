/** The seed's complaint: another server takes nginx's port, and nginx never comes back. Here it does, and all who asked are told. */
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { freePort, takePort } from "../../controller/lab/demo-deeds.ts";
import type { Lab } from "../../controller/lab/lab.ts";
import { closeLab, openTestLab, report, router, waitFor } from "../support/lab.ts";
import { A, B, CLIENT_ADDRESS, shippedSingleMaster, VIP_A } from "../support/lab-manifests.ts";
import { ADVERTISEMENT_INTERVAL_MS, type Home, SLACK_MS, settled, skewMs } from "../support/lab-states.ts";
import { transitionsOf } from "../support/lab-transitions.ts";
import { holders, mails, notifications, processes } from "../support/lab-world.ts";

const HOME: Home = { virtualIP: "web", address: VIP_A, node: A, priority: 100 };
/** nginx-alive: every 2 s, two failures in a row. */
const NGINX_ALIVE_FALLS_MS = 4_000;

describe("single-master with nginx's port taken by another server", () => {
  let lab: Lab;
  before(async () => {
    lab = await openTestLab({ manifests: shippedSingleMaster(), client: CLIENT_ADDRESS });
    await settled(lab, HOME);
  });
  after(() => closeLab(lab));

  it("moves the address, names the culprit, and is home again by itself once the port is free", async (t) => {
    await takePort(lab, A);
    await waitFor(lab, "the port is taken", async () => (await processes(lab, A, "httpd")).length > 0, 5_000);
    const [pid] = await processes(lab, A, "httpd");

    const movedMs = await waitFor(
      lab,
      "the address is on B",
      async () => (await holders(lab, VIP_A)).join() === B,
      15_000,
    );
    t.diagnostic(`the address moved after ${movedMs.toFixed(0)} ms`);
    const boundMs = NGINX_ALIVE_FALLS_MS + ADVERTISEMENT_INTERVAL_MS + skewMs(2, 95) + SLACK_MS;
    assert.ok(movedMs < boundMs, `detection and skew are ${boundMs} ms, it took ${movedMs} ms`);
    assert.equal((await router(lab, A))?.effectivePriority, 90);

    const pool = (await report(lab, A))?.resources.find(({ kind }) => kind === "ProxyPool");
    const programmed = pool?.status?.conditions.find(({ type }) => type === "Programmed");
    t.diagnostic(`condition: ${programmed?.reason}: ${programmed?.message}`);
    assert.deepEqual([programmed?.status, programmed?.reason], ["False", "PortInUse"]);
    assert.match(programmed?.message ?? "", /httpd/);
    assert.match(programmed?.message ?? "", new RegExp(`\\b${pid}\\b`));

    await freePort(lab, A);
    const servesMs = await waitFor(
      lab,
      "nginx runs again",
      async () => (await report(lab, A))?.nginx?.programmed === true,
      10_000,
    );
    t.diagnostic(`nginx runs ${servesMs.toFixed(0)} ms after the port was freed`);
    assert.ok(servesMs < 2_000, `it took ${servesMs} ms`);
    assert.notDeepEqual(await processes(lab, A, "nginx"), []);
    await settled(lab, HOME);
  });

  it("has told every transition by mail and to the script: in order, once each, none missing", async (t) => {
    for (const node of [A, B]) {
      const transitions = transitionsOf(lab, node);
      t.diagnostic(`${node}: ${transitions.map(({ to, priority }) => `${to} ${priority}`).join(", ")}`);
      assert.ok(transitions.length >= 3, `${node} had ${transitions.length} transitions`);
      await waitFor(
        lab,
        `${node} has told all`,
        () => {
          const told = Math.min(mails(lab, node).length, notifications(lab, node).length);
          return told >= transitions.length;
        },
        5_000,
      );
      assert.deepEqual(
        notifications(lab, node),
        transitions.map(({ to, priority }) => `INSTANCE web ${to} ${priority}`),
      );
      const subjects = mails(lab, node).map(({ subject }) => subject);
      assert.deepEqual(
        subjects.map((subject) => subject.replace(/ \(.*/, "")),
        transitions.map(({ to }) => `[holdfast] web: ${node} is ${to}`),
      );
    }
  });
});
