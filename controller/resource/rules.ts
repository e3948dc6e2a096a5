/** The rules of a kind that cross its fields. */

import { unreachable } from "../net/unreachable.ts";
import type { Complaint } from "./complaint.ts";
import type { HealthCheckSpec } from "./health-check.ts";
import type { Loose } from "./loose.ts";
import type { Kind } from "./meta.ts";
import type { ProxyPoolSpec } from "./proxy-pool.ts";
import { healthCheckRules } from "./rules-health-check.ts";
import { proxyPoolRules } from "./rules-proxy-pool.ts";
import { virtualIPRules } from "./rules-virtual-ip.ts";
import type { VirtualIPSpec } from "./virtual-ip.ts";

/** `spec` is what is written, without what the kind's schema refuses. */
export function ruleComplaints(kind: Kind, spec: object): readonly Complaint[] {
  switch (kind) {
    case "HealthCheck":
      return healthCheckRules(spec as Loose<HealthCheckSpec>);
    case "VirtualIP":
      return virtualIPRules(spec as Loose<VirtualIPSpec>);
    case "ProxyPool":
      return proxyPoolRules(spec as Loose<ProxyPoolSpec>);
    default:
      return unreachable(kind);
  }
}
