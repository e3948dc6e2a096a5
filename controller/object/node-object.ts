/** A node as an object of the core group, so that `kubectl get nodes`, `cordon` and `uncordon` do what their names say. */
import { rfc3339Seconds, type WallTime } from "../net/time.ts";
import { isObject, type Json, type JsonObject } from "../resource/json-schema.ts";
import { isSame } from "../resource/same.ts";
import { NODES } from "./api-resources.ts";
import { invalid } from "./cause.ts";
import { invalidObject, type Refusal } from "./refusal.ts";
import { at, without } from "./tree.ts";

export interface NodeFacts {
  readonly node: string;
  /** Of the agent. */
  readonly version: string;
  /** Since when the agent runs. */
  readonly startedAt: WallTime;
  readonly host: { readonly osImage: string; readonly kernelVersion: string; readonly architecture: string };
  /** null: all is well with speaker and agent. */
  readonly trouble: string | null;
  readonly phase: "InService" | "Draining" | "Drained";
  /** Why it is not in service; empty: it is. */
  readonly because: string;
}

export function nodeObject(facts: NodeFacts): JsonObject {
  const { node, version, startedAt, host, trouble, phase, because } = facts;
  const creationTimestamp = rfc3339Seconds(startedAt);
  const condition = (type: string, isSo: boolean, reason: string, message: string): JsonObject => ({
    type,
    status: isSo ? "True" : "False",
    reason,
    message,
    lastTransitionTime: null,
  });
  return {
    apiVersion: "v1",
    kind: "Node",
    // A node is what it is called, as long as it is called so: its events find it by that.
    metadata: { name: node, uid: node, creationTimestamp, labels: { "kubernetes.io/hostname": node } },
    spec: phase === "InService" ? {} : { unschedulable: true },
    status: {
      conditions: [
        condition(
          "Ready",
          trouble === null,
          trouble === null ? "AgentReady" : "SpeakerMissing",
          trouble ?? "agent and speaker run",
        ),
        condition("Drained", phase === "Drained", phase, because === "" ? "in service" : because),
      ],
      nodeInfo: {
        kubeletVersion: `v${version}`,
        osImage: host.osImage,
        kernelVersion: host.kernelVersion,
        architecture: host.architecture,
        operatingSystem: "linux",
      },
    },
  };
}

/** Whether the node is to hold addresses, from what a client made of it; nothing else of a node is anybody's to change. */
export function wantedService(live: JsonObject, asked: Json): boolean | Refusal {
  const rest = (object: Json | undefined): Json => (isObject(object) ? without(object, "unschedulable") : {});
  const wanted = at(asked, "spec", "unschedulable") ?? false;
  if (typeof wanted !== "boolean") return refused("spec.unschedulable", wanted, "must be true or false");
  if (!isSame(rest(at(live, "spec")), rest(at(asked, "spec"))))
    return refused("spec", at(asked, "spec") ?? null, "only unschedulable can be changed");
  const labels = (object: Json): Json => at(object, "metadata", "labels") ?? {};
  const notes = (object: Json): Json => at(object, "metadata", "annotations") ?? {};
  if (!isSame(labels(live), labels(asked)) || !isSame(notes(live), notes(asked)))
    return refused("metadata", "...", "only spec.unschedulable can be changed");
  return !wanted;
}

const refused = (field: string, value: Json, why: string): Refusal =>
  invalidObject(NODES, "", [invalid(field, value, why)]);
