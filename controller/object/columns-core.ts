/** What `kubectl get` shows of events, nodes and namespaces: the columns that its users know from Kubernetes. */
import { isList, type JsonObject } from "../resource/json-schema.ts";
import { ageOf } from "./age.ts";
import { AGE, type Column, column, conditionOf, NAME, orNone, wide } from "./columns.ts";
import { at, fieldOf } from "./tree.ts";

const text = (object: JsonObject, ...names: readonly string[]): string => {
  const value = at(object, ...names);
  return typeof value === "string" ? value : "";
};

const object = (event: JsonObject): string =>
  `${text(event, "involvedObject", "kind").toLowerCase()}/${text(event, "involvedObject", "name")}`;

export const EVENT_COLUMNS: readonly Column[] = [
  column("Last Seen", "When it happened last.", (event, now) =>
    ageOf(text(event, "lastTimestamp") || text(event, "eventTime") || text(event, "firstTimestamp"), now),
  ),
  column("Type", "Normal or Warning.", (event) => orNone(at(event, "type"))),
  column("Reason", "One CamelCase word for programs.", (event) => orNone(at(event, "reason"))),
  column("Object", "What it is about.", object),
  wide(
    column("Source", "Who tells it.", (event) =>
      orNone([text(event, "source", "component"), text(event, "source", "host")].filter(Boolean).join(", ")),
    ),
  ),
  column("Message", "What happened.", (event) => text(event, "message").trim()),
  wide(
    column("First Seen", "When it happened first.", (event, now) =>
      ageOf(text(event, "firstTimestamp"), now),
    ),
  ),
  wide(column("Count", "How often it happened.", (event) => at(event, "count") ?? 1, "integer")),
  wide({ ...NAME, description: "Name of the event." }),
];

function nodeStatus(node: JsonObject): string {
  const ready = conditionOf(node, "Ready", "status");
  const state = ready === "True" ? "Ready" : ready === null ? "Unknown" : "NotReady";
  return at(node, "spec", "unschedulable") === true ? `${state},SchedulingDisabled` : state;
}

function internalAddress(node: JsonObject): string {
  const addresses = at(node, "status", "addresses");
  const found = (isList(addresses) ? addresses : []).find((each) => fieldOf(each, "type") === "InternalIP");
  return String(fieldOf(found, "address") ?? "<none>");
}

export const NODE_COLUMNS: readonly Column[] = [
  NAME,
  column("Status", "Whether the agent is there; SchedulingDisabled: it holds no addresses.", nodeStatus),
  column("Roles", "Always agent.", () => "agent"),
  AGE,
  column("Version", "Version of the agent.", (node) =>
    orNone(at(node, "status", "nodeInfo", "kubeletVersion")),
  ),
  wide(column("Internal-IP", "Address of the node.", internalAddress)),
  wide(column("OS-Image", "Operating system.", (node) => orNone(at(node, "status", "nodeInfo", "osImage")))),
  wide(
    column("Kernel-Version", "Kernel.", (node) => orNone(at(node, "status", "nodeInfo", "kernelVersion"))),
  ),
];

export const NAMESPACE_COLUMNS: readonly Column[] = [
  NAME,
  column("Status", "Active.", (namespace) => orNone(at(namespace, "status", "phase"))),
  AGE,
];
