/** From what is seen to what each resource's status says: the same facts as the wire and `ip addr`, in words. Pure. */
import { rfc3339 } from "../net/time.ts";
import { unreachable } from "../net/unreachable.ts";
import { type Condition, type Finding, withCondition } from "../resource/condition.ts";
import { formatKey, keyOf, type NodeStatus, type Resource, type ResourceStatus } from "../resource/meta.ts";
import { formatRejection } from "../resource/rejection.ts";
import { routerName } from "./desired.ts";
import type { Findings, Seen } from "./seen.ts";
import { healthFindings } from "./status-health.ts";
import { poolFindings } from "./status-pool.ts";
import { routerFindings } from "./status-router.ts";

export function statusOf(resource: Resource, all: readonly Resource[], seen: Seen): ResourceStatus {
  const findings = findingsOf(resource, all, seen);
  const observedGeneration = resource.metadata.generation;
  const conditions = [...common(resource, seen), ...findings.conditions];
  const withReady = [...summary(conditions), ...conditions];
  const time = rfc3339(seen.now);
  const previous = resource.status?.conditions ?? [];
  return {
    observedGeneration,
    conditions: withReady
      .map((finding): Finding => ({ ...finding, observedGeneration }))
      .map((finding): Condition => only(withCondition(previous, finding, time), finding.type)),
    nodes: mergeNodes(resource.status?.nodes ?? [], seen.node, findings.node),
  };
}

function findingsOf(resource: Resource, all: readonly Resource[], seen: Seen): Findings {
  switch (resource.kind) {
    case "VirtualIP":
      return routerFindings(
        resource,
        seen.routers.find(({ name }) => name === routerName(resource)) ?? null,
        all,
        seen,
      );
    case "ProxyPool":
      return poolFindings(resource, all, seen);
    case "HealthCheck":
      return healthFindings(resource, seen);
    default:
      return unreachable(resource);
  }
}

/** Accepted and ReferencesResolved, which every kind has. */
function common(resource: Resource, seen: Seen): Findings["conditions"] {
  const key = formatKey(keyOf(resource));
  const rejection = seen.rejections.find((candidate) => candidate.resource === key);
  const problems = seen.problems.filter((problem) => formatKey(problem.key) === key);
  return [
    rejection === undefined
      ? { type: "Accepted", status: "True", reason: "Valid", message: "the manifest is valid" }
      : {
          type: "Accepted",
          status: "False",
          reason: "ManifestRejected",
          message: `a newer manifest was rejected and the last good one is in force: ${formatRejection(rejection)}`,
        },
    problems.length === 0
      ? {
          type: "ReferencesResolved",
          status: "True",
          reason: "Resolved",
          message: "everything it names was found",
        }
      : {
          type: "ReferencesResolved",
          status: "False",
          reason: problems[0]?.reason ?? "NotFound",
          message: problems.map(({ message }) => message).join("; "),
        },
  ];
}

/**
 * Ready is the worst of the others, and Reconciling and Stalled say which kind of not ready it is (kstatus). A rejected
 * newer manifest does not make the resource unready: what is in force works on. Nor does advice.
 */
function summary(conditions: Findings["conditions"]): Findings["conditions"] {
  const failing = conditions.find(({ type, status }) => !ADVISORY.has(type) && status === "False");
  const unknown = conditions.find(({ status }) => status === "Unknown");
  const worst = failing ?? unknown;
  if (worst === undefined) {
    return [{ type: "Ready", status: "True", reason: "Ready", message: "all is as the manifest says" }];
  }
  return [
    {
      type: "Ready",
      status: worst.status === "Unknown" ? "Unknown" : "False",
      reason: worst.reason,
      message: worst.message,
    },
  ];
}

const ADVISORY: ReadonlySet<Condition["type"]> = new Set(["Accepted", "CanFailOver"]);

function only(conditions: readonly Condition[], type: Condition["type"]): Condition {
  const found = conditions.find((condition) => condition.type === type);
  if (found === undefined) throw new Error(`condition ${type} was not put in`);
  return found;
}

/** Each node writes its own entry alone; the entries of others stay as they are. */
function mergeNodes(previous: readonly NodeStatus[], node: string, entry: NodeStatus | null): NodeStatus[] {
  const others = previous.filter((candidate) => candidate.node !== node);
  return (entry === null ? others : [...others, entry]).sort((a, b) => (a.node < b.node ? -1 : 1));
}

/** Whether two statuses say the same, so that nothing is written when nothing changed. */
export function sameStatus(a: ResourceStatus | undefined, b: ResourceStatus): boolean {
  return a !== undefined && JSON.stringify(a) === JSON.stringify(b);
}
