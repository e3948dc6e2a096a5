/** From what is seen to what each resource's status says: the same facts as the wire and `ip addr`, in words. Pure. */
import { rfc3339 } from "../net/time.ts";
import { unreachable } from "../net/unreachable.ts";
import { type Condition, type Finding, withCondition } from "../resource/condition.ts";
import { formatKey, keyOf, type NodeStatus, type Resource, type ResourceStatus } from "../resource/meta.ts";
import { formatRejection } from "../resource/rejection.ts";
import { isSame } from "../resource/same.ts";
import type { Findings, Seen } from "./seen.ts";
import { healthFindings } from "./status-health.ts";
import { poolFindings } from "./status-pool.ts";
import { routerFindings } from "./status-router.ts";
import { type Scene, sceneOf } from "./status-scene.ts";

export function statusOf(resource: Resource, all: readonly Resource[], seen: Seen): ResourceStatus {
  const scene = sceneOf(all, seen);
  return statusWith(resource, findingsIn(resource, scene), seen);
}

/** null: the status of the resource says so already. Nothing is made of what stays, which is most of it. */
export function newStatusOf(resource: Resource, scene: Scene): ResourceStatus | null {
  const findings = findingsIn(resource, scene);
  return saysAlready(resource, findings, scene.seen.node) ? null : statusWith(resource, findings, scene.seen);
}

function statusWith(resource: Resource, { conditions, node }: Findings, seen: Seen): ResourceStatus {
  const observedGeneration = resource.metadata.generation;
  const time = rfc3339(seen.now);
  const previous = resource.status?.conditions ?? [];
  return {
    observedGeneration,
    conditions: conditions
      .map((finding): Finding => ({ ...finding, observedGeneration }))
      .map((finding): Condition => only(withCondition(previous, finding, time), finding.type)),
    nodes: mergeNodes(resource.status?.nodes ?? [], seen.node, node),
  };
}

function saysAlready({ metadata, status }: Resource, { conditions, node }: Findings, name: string): boolean {
  if (status === undefined || status.observedGeneration !== metadata.generation) return false;
  if (status.conditions.length !== conditions.length) return false;
  const isSaid = conditions.every((finding, index) => {
    const said = status.conditions[index];
    return (
      said?.type === finding.type &&
      said.status === finding.status &&
      said.reason === finding.reason &&
      said.message === finding.message &&
      said.observedGeneration === metadata.generation
    );
  });
  if (!isSaid) return false;
  if (node === null && status.nodes.length === 0) return true;
  return isSame(status.nodes, mergeNodes(status.nodes, name, node));
}

/** All conditions, Ready first. */
function findingsIn(resource: Resource, scene: Scene): Findings {
  const { conditions: own, node } = ownFindings(resource, scene);
  const conditions = [...common(resource, scene), ...own];
  return { conditions: [...summary(conditions), ...conditions], node };
}

function ownFindings(resource: Resource, scene: Scene): Findings {
  switch (resource.kind) {
    case "VirtualIP":
      return routerFindings(resource, scene);
    case "ProxyPool":
      return poolFindings(resource, scene);
    case "HealthCheck":
      return healthFindings(resource, scene);
    default:
      return unreachable(resource);
  }
}

const VALID: Findings["conditions"][number] = {
  type: "Accepted",
  status: "True",
  reason: "Valid",
  message: "the manifest is valid",
};
const RESOLVED: Findings["conditions"][number] = {
  type: "ReferencesResolved",
  status: "True",
  reason: "Resolved",
  message: "everything it names was found",
};

/** Accepted and ReferencesResolved, which every kind has. */
function common(resource: Resource, scene: Scene): Findings["conditions"] {
  if (scene.rejections.size === 0 && scene.problems.size === 0) return [VALID, RESOLVED];
  const key = formatKey(keyOf(resource));
  const rejection = scene.rejections.get(key);
  const problems = scene.problems.get(key) ?? [];
  return [
    rejection === undefined
      ? VALID
      : {
          type: "Accepted",
          status: "False",
          reason: "ManifestRejected",
          message: `a newer manifest was rejected and the last good one is in force: ${formatRejection(rejection)}`,
        },
    problems.length === 0
      ? RESOLVED
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
  const failing = conditions.find(
    ({ type, status }) => !ADVISORY.has(type) && status === (type === "SplitBrain" ? "True" : "False"),
  );
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

const ADVISORY: ReadonlySet<Condition["type"]> = new Set(["Accepted", "CanFailOver", "PeersAgree"]);

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
