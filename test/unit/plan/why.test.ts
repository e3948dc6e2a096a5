/** `holdfast why` tells role, arithmetic and cause, in sentences that an operator can act on. */
import assert from "node:assert/strict";
import { it } from "node:test";
import { explainResource, kindOf } from "../../../controller/plan/why.ts";
import { aReport, aRouterStatus } from "../../support/reports.ts";

it("explains a VirtualIP by its role, its arithmetic and what is on the interface", () => {
  assert.deepEqual(explainResource(aReport(), "VirtualIP", "web"), [
    "keepalive-a is Master for 172.16.253.150/32: nobody else advertises.",
    "Priority 90 = 100 - 10.",
    "  -10  default/nginx-alive: no process named nginx",
    "On the interface now: 172.16.253.150/32.",
  ]);
});

it("explains a backup by whom it hears", () => {
  const router = aRouterStatus({
    role: "backup",
    adjustments: [],
    effectivePriority: 95,
    heldAddresses: [],
    master: { address: "172.16.253.108" as never, priority: 100 },
  });
  const report = aReport({ speaker: { pid: 7, membershipInForce: true, routers: [router] } });
  const lines = explainResource(report, "VirtualIP", "web")?.join("\n") ?? "";
  assert.match(lines, /Priority 95, as the manifest says\./);
  assert.match(lines, /None of the addresses is on this node's interface\./);
  assert.match(lines, /Heard from 172\.16\.253\.108, which advertises priority 100\./);
});

it("explains a pool backend by backend", () => {
  const lines = explainResource(aReport(), "ProxyPool", "websrvs")?.join("\n") ?? "";
  assert.match(lines, /172\.16\.250\.127:80 in rotation \(healthy\): HTTP 200/);
  assert.match(lines, /172\.16\.253\.193:80 is not checked and always in rotation/);
});

it("tells of a rejection that concerns the resource", () => {
  const rejection = {
    file: "web.yaml",
    line: 3,
    column: 7,
    path: "spec.interface",
    resource: "VirtualIP/default/web",
    message: "is required",
  };
  const [source] = aReport().sources;
  const report = aReport({ sources: source === undefined ? [] : [{ ...source, rejections: [rejection] }] });
  assert.match(explainResource(report, "VirtualIP", "web")?.join("\n") ?? "", /Rejected: web\.yaml:3:7/);
  assert.doesNotMatch(explainResource(report, "ProxyPool", "websrvs")?.join("\n") ?? "", /Rejected/);
});

it("knows no resource that is not there", () => {
  assert.equal(explainResource(aReport(), "VirtualIP", "nope"), null);
});

it("takes the kind as kubectl does", () => {
  for (const word of ["vip", "virtualip", "VirtualIP", "virtualips"]) assert.equal(kindOf(word), "VirtualIP");
  assert.equal(kindOf("pod"), null);
});
