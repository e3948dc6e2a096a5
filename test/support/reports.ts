/** A report of a healthy node, for tests that change one thing of it. */
import type { Millis, WallTime } from "../../controller/net/time.ts";
import type { AgentReport } from "../../controller/plan/report.ts";
import type { RouterStatus } from "../../controller/vrrp/virtual-router.ts";
import { aHealthCheck, aProxyPool, aVirtualIP } from "./resources.ts";

export const aRouterStatus = (fields: Partial<RouterStatus> = {}): RouterStatus => ({
  name: "default/web",
  role: "master",
  since: 1000 as WallTime,
  because: "nobody else advertises",
  basePriority: 100,
  effectivePriority: 90,
  adjustments: [{ check: "default/nginx-alive", weight: -10, because: "no process named nginx" }],
  master: null,
  heldAddresses: ["172.16.253.150/32"],
  problems: [],
  conflicts: [],
  counters: {
    advertisementsSent: 12,
    advertisementsReceived: 3,
    checksumForms: {},
    advertisementsDropped: { "password-mismatch": 2 },
    becameMaster: 1,
    addressesRepaired: 0,
    conflicts: {},
    pauses: 0,
    longestPause: 0 as Millis,
  },
  ...fields,
});

export const aReport = (fields: Partial<AgentReport> = {}): AgentReport => ({
  node: "keepalive-a",
  namespace: "default",
  version: "0.1.0",
  startedAt: "2026-01-01T00:00:00.000Z",
  now: "2026-01-01T00:01:00.000Z",
  drain: null,
  speaker: { pid: 7, membershipInForce: true, routers: [aRouterStatus()] },
  nginx: {
    version: "1.22.1",
    masterPid: 8,
    workers: 2,
    release: "0123456789ab",
    programmed: true,
    reason: "Converged",
    message: "2 workers serve release 0123456789ab",
  },
  sources: [
    {
      source: "directory:/etc/holdfast/manifests",
      available: true,
      message: "",
      files: 1,
      resources: 3,
      rejections: [],
      notices: [],
    },
  ],
  checks: [
    {
      check: "default/nginx-alive",
      verdict: "unhealthy",
      because: "no process named nginx",
      since: 900 as WallTime,
    },
    {
      check: "default/web-up@172.16.250.127:80",
      verdict: "healthy",
      because: "HTTP 200",
      since: 900 as WallTime,
    },
  ],
  resources: [aVirtualIP(), aHealthCheck(), aProxyPool("websrvs", { healthCheck: "web-up" })],
  ...fields,
});
