/** What the demo reads from two reports of a node, one after the other. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { nodeEntries } from "../../../controller/lab/demo-events.ts";
import type { LabMachine, Topology } from "../../../controller/lab/topology.ts";
import type { Ipv4 } from "../../../controller/net/ipv4.ts";
import type { WallTime } from "../../../controller/net/time.ts";
import type { AgentReport, NginxReport } from "../../../controller/plan/report.ts";
import type { RouterStatus } from "../../../controller/vrrp/virtual-router.ts";
import { aRouterStatus } from "../../support/reports.ts";

const NOW = Date.parse("2026-11-24T10:00:00.000Z");
const VIP = "172.16.253.150" as Ipv4;
const CHECK = "default/nginx-alive";

const machine = (name: string, address: string): LabMachine => ({
  name,
  role: "member",
  interface: "ens33",
  address: address as Ipv4,
  ipv6: [],
  pages: [],
});

const TOPOLOGY: Topology = {
  prefixLength: 22,
  machines: [
    machine("keepalive-a", "172.16.253.108"),
    machine("keepalive-b", "172.16.253.105"),
    machine("rs1", "172.16.250.127"),
  ],
  virtualIPs: [{ name: "web", addresses: [VIP], ports: [80], members: ["keepalive-a", "keepalive-b"] }],
  hostNames: [],
  mailPorts: [25],
  passwordFiles: [],
};

const MASTER = aRouterStatus({
  since: (NOW - 5000) as WallTime,
  because: "master: nobody else advertises; our priority is 100",
  effectivePriority: 100,
  adjustments: [],
  heldAddresses: [`${VIP}/32`],
});

const NGINX: NginxReport = {
  version: "1.22.1",
  masterPid: 34,
  workers: 2,
  release: "abc",
  programmed: true,
  reason: "Converged",
  message: "2 workers serve release abc",
};

function report(changes: Partial<AgentReport>, router: Partial<RouterStatus> = {}): AgentReport {
  return {
    node: "keepalive-a",
    namespace: "default",
    version: "0.1.0",
    startedAt: new Date(NOW - 60_000).toISOString(),
    now: new Date(NOW).toISOString(),
    drain: null,
    speaker: { pid: 21, membershipInForce: true, routers: [{ ...MASTER, ...router }] },
    nginx: NGINX,
    sources: [],
    checks: [],
    resources: [],
    ...changes,
  };
}

const said = (before: AgentReport | null, after: AgentReport | null): readonly string[] =>
  nodeEntries(before, after, TOPOLOGY).map(({ text }) => text);

describe("a node's story", () => {
  it("is silent while nothing changes", () => {
    assert.deepEqual(said(report({}), report({})), []);
  });

  it("is silent about a node that does not answer", () => {
    assert.deepEqual(said(report({}), null), []);
  });

  it("tells who takes the address and why, with names instead of addresses", () => {
    const before = report({}, { role: "backup" });
    const since = (NOW - 20) as WallTime;
    const because = "master: 172.16.253.108 has fallen silent; our priority is 95";
    const [entry] = nodeEntries(before, report({}, { since, because }), TOPOLOGY);
    assert.equal(entry?.text, "takes 172.16.253.150: keepalive-a is not heard any more");
    assert.equal(entry?.at, since);
  });

  it("tells who lets go of it", () => {
    const because = "backup: 172.16.253.105 advertises priority 95, above our 90 = 100 - 10 (x: y)";
    assert.deepEqual(said(report({}), report({}, { role: "backup", because })), [
      "lets go of 172.16.253.150: keepalive-b has priority 95, above its own 90 = 100 - 10 (x: y)",
    ]);
  });

  it("tells when a check lowers the priority, at the time of its verdict", () => {
    const adjustments = [{ check: CHECK, weight: -10, because: "no process named nginx" }];
    const standing = {
      check: CHECK,
      verdict: "unhealthy" as const,
      because: "2 failures in a row: no process named nginx",
      since: (NOW - 30) as WallTime,
    };
    const after = report({ checks: [standing] }, { effectivePriority: 90, adjustments });
    const [entry] = nodeEntries(report({}), after, TOPOLOGY);
    assert.equal(
      entry?.text,
      "priority 100 -> 90: check nginx-alive says 2 failures in a row: no process named nginx",
    );
    assert.equal(entry?.at, NOW - 30);
  });

  it("names the culprit that holds nginx's port, once", () => {
    const stuck: NginxReport = {
      ...NGINX,
      masterPid: null,
      workers: 0,
      programmed: false,
      reason: "PortInUse",
      message: "port 80 is held by httpd (pid 47)",
    };
    const sentence = "cannot start nginx: port 80 is held by httpd (pid 47)";
    assert.deepEqual(said(report({}), report({ nginx: stuck })), [sentence]);
    assert.deepEqual(said(report({ nginx: stuck }), report({ nginx: stuck })), []);
    assert.deepEqual(said(report({ nginx: stuck }), report({})), ["nginx runs (pid 34)"]);
  });

  it("tells of a restart that was over between two looks", () => {
    const after = report({ nginx: { ...NGINX, masterPid: 42 } });
    assert.deepEqual(said(report({}), after), ["nginx runs (pid 42)"]);
  });

  it("tells of a web server that leaves the rotation, on the node that serves", () => {
    const check = "default/web-up@172.16.250.127:80";
    const because = "no answer from 172.16.250.127:80 within 500ms";
    const since = NOW as WallTime;
    const unwell = report({ checks: [{ check, verdict: "unhealthy", because, since }] });
    assert.deepEqual(said(report({}), unwell), [
      "sends no more requests to rs1: no answer from rs1:80 within 500ms",
    ]);
    const reserve = { ...unwell, speaker: { ...unwell.speaker, routers: [] } };
    assert.deepEqual(said(reserve, reserve), []);
  });
});
