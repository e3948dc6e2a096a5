/** The agent's local API over a real socket: what a client is told, and what it is told when nobody answers. */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { agentSocket, askReport, askWhy, NoAnswer } from "../../controller/api/client.ts";
import { renderMetrics } from "../../controller/api/metrics.ts";
import { serveLocalApi } from "../../controller/api/server.ts";
import type { WallTime } from "../../controller/net/time.ts";
import type { Transition } from "../../controller/vrrp/virtual-router.ts";
import { deadline } from "../support/deadline.ts";
import { aReport } from "../support/reports.ts";
import { ScriptedDrain } from "../support/scripted-drain.ts";

const aTransition: Transition = {
  sequence: 1,
  speaker: "s",
  router: "default/web",
  from: "backup",
  to: "master",
  effectivePriority: 90,
  at: 0 as WallTime,
  because: "master: nobody else advertises",
};

describe("the local API", () => {
  const directory = mkdtempSync(join(tmpdir(), "hfapi-"));
  const stop = new AbortController();
  let serving: Promise<void> = Promise.resolve();
  let wakes = 0;

  before(async () => {
    const socketPath = agentSocket(directory);
    // What a killed agent leaves behind: a name that nobody listens at.
    writeFileSync(socketPath, "");
    const wake = (): void => {
      wakes += 1;
    };
    const transitions = async (router: string) => (router === "default/web" ? [aTransition] : []);
    const report = async () => aReport();
    const drain = new ScriptedDrain();
    const mount = async (): Promise<void> => undefined;
    const backup = async () => [];
    serving = serveLocalApi({ socketPath, report, transitions, drain, backup, wake, mount }, stop.signal);
    await deadline("the API answers", () => answersIn(directory));
  });

  after(async () => {
    stop.abort();
    await serving;
    rmSync(directory, { recursive: true });
  });

  it("answers with the report, whole", async () => {
    assert.deepEqual(await askReport(directory), JSON.parse(JSON.stringify(aReport())));
  });

  it("explains a resource, and knows none that is not there", async () => {
    assert.match((await askWhy(directory, "vip", "web"))?.[0] ?? "", /keepalive-a is Master/);
    assert.equal(await askWhy(directory, "vip", "nope"), null);
    assert.equal(await askWhy(directory, "pod", "web"), null);
  });

  it("tells of the last changes of role when it is asked to", async () => {
    const lines = (await askWhy(directory, "vip", "web", 5)) ?? [];
    assert.match(lines.at(-1) ?? "", /Backup -> Master, priority 90: master: nobody else advertises$/);
    assert.doesNotMatch((await askWhy(directory, "vip", "web", 0))?.join() ?? "", /changes of role/);
  });

  it("is for root alone", () => {
    assert.equal(statSync(agentSocket(directory)).mode & 0o777, 0o600);
    assert.equal(wakes, 0);
  });
});

async function answersIn(directory: string): Promise<boolean> {
  try {
    return (await askReport(directory)).node === "keepalive-a";
  } catch (error) {
    if (error instanceof NoAnswer) return false;
    throw error;
  }
}

it("says what to do when no agent runs", async () => {
  await assert.rejects(
    askReport("/nonexistent"),
    /no agent runs here \(nothing answers at \/nonexistent\/agent\.sock\)/,
  );
});

it("tells the same in metrics as in the report", async () => {
  const text = await renderMetrics(aReport());
  for (const line of [
    'holdfast_virtualip_role{virtualip="default/web",role="master"} 1',
    'holdfast_virtualip_role{virtualip="default/web",role="backup"} 0',
    'holdfast_virtualip_priority{virtualip="default/web"} 90',
    'holdfast_vrrp_advertisements_dropped_total{virtualip="default/web",reason="password-mismatch"} 2',
    'holdfast_check_healthy{check="default/nginx-alive"} 0',
    "holdfast_nginx_programmed 1",
    'holdfast_node_drain{phase="InService"} 1',
  ]) {
    assert.ok(text.split("\n").includes(line), `${line} is missing`);
  }
});

it("tells in metrics that the node is drained, and since when", async () => {
  const since = "2026-11-24T12:00:00.000Z";
  const drain = { by: "alice", reason: "", since, isForced: false, phase: "Drained" } as const;
  const text = await renderMetrics(aReport({ drain }));
  assert.match(text, /^holdfast_node_drain\{phase="InService"\} 0$/m);
  assert.match(text, /^holdfast_node_drain\{phase="Drained"\} 1$/m);
  assert.match(text, /^holdfast_node_drain_since_timestamp_seconds 1795521600$/m);
  assert.doesNotMatch(await renderMetrics(aReport()), /drain_since/);
});
