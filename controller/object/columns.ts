/** What `kubectl get` shows of the kinds of ours. */
import type { WallTime } from "../net/time.ts";
import { isList, isObject, type Json, type JsonObject } from "../resource/json-schema.ts";
import type { Kind } from "../resource/meta.ts";
import { ageOf } from "./age.ts";
import { metadataOf } from "./metadata.ts";
import { at, fieldOf } from "./tree.ts";

export interface Column {
  readonly name: string;
  readonly type: "string" | "integer" | "date";
  /** `name` for the one that is the object's name. */
  readonly format: "name" | "";
  readonly description: string;
  /** 1: only with `-o wide`. */
  readonly priority: 0 | 1;
  /** null where there is nothing to show: kubectl prints `<none>`. */
  readonly cell: (object: JsonObject, now: WallTime) => Json;
}

export const column = (
  name: string,
  description: string,
  cell: Column["cell"],
  type: Column["type"] = "string",
): Column => ({ name, type, format: "", description, priority: 0, cell });

/** Only with `-o wide`. */
export const wide = (shown: Column): Column => ({ ...shown, priority: 1 });

export const NAME: Column = {
  ...column("Name", "Name of the resource.", (object) => metadataOf(object).name),
  format: "name",
};

/** Of type string: it is rendered here. */
export const AGE = column("Age", "Time since the resource was created.", (object, now) =>
  ageOf(metadataOf(object).creationTimestamp, now),
);

export const orNone = (value: Json | undefined): Json => (value === undefined || value === "" ? null : value);

/** Items of a list, or what `field` of each is, with commas between. */
export function listed(
  list: Json | undefined,
  field: (item: Json) => Json | undefined = (item) => item,
): Json {
  const items = isList(list) ? list.map(field).filter((item) => item !== undefined && item !== null) : [];
  return orNone(items.map(String).join());
}

const inSpec =
  (...names: readonly string[]): Column["cell"] =>
  (object) =>
    orNone(at(object, "spec", ...names));

const nodes = (object: JsonObject): readonly Json[] => {
  const entries = at(object, "status", "nodes");
  return isList(entries) ? entries : [];
};

export const conditionOf = (object: JsonObject, type: string, field: string): Json => {
  const conditions = at(object, "status", "conditions");
  const found = (isList(conditions) ? conditions : []).find((each) => fieldOf(each, "type") === type);
  return orNone(fieldOf(found, field));
};

const READY = column("Ready", "Whether all is as the resource asks.", (object) =>
  conditionOf(object, "Ready", "status"),
);
const WHY = wide(
  column("Why", "Why it is ready or not.", (object) => conditionOf(object, "Ready", "message")),
);

const members = (object: JsonObject): Json | undefined => at(object, "spec", "members");

/** The one in force where the node has told it, else that of the manifest. */
function priorityOf(object: JsonObject, member: Json): Json | undefined {
  const name = fieldOf(member, "node");
  const told = nodes(object).find((entry) => fieldOf(entry, "node") === name);
  return fieldOf(told, "priority") ?? fieldOf(member, "priority");
}

const PROBES = ["process", "file", "exec", "tcp", "http"];

const probeOf = (object: JsonObject): Json =>
  orNone(PROBES.find((probe) => isObject(at(object, "spec", probe))));

const states = (object: JsonObject): Json =>
  listed(nodes(object), (entry) => `${String(fieldOf(entry, "node"))}=${String(fieldOf(entry, "state"))}`);

export const COLUMNS: { readonly [K in Kind]: readonly Column[] } = {
  VirtualIP: [
    NAME,
    column("Addresses", "Addresses that exactly one node answers for.", (object) =>
      listed(at(object, "spec", "addresses")),
    ),
    column("Holder", "The node that answers for them now, as the nodes tell.", (object) =>
      listed([...new Set(nodes(object).flatMap((entry) => fieldOf(entry, "holder") ?? []))]),
    ),
    READY,
    AGE,
    wide(column("VRID", "Virtual router on its link.", inSpec("vrrp", "virtualRouterID"), "integer")),
    wide(
      column("Priorities", "Effective priorities, in the order of the nodes.", (object) =>
        listed(members(object), (member) => priorityOf(object, member)),
      ),
    ),
    wide(
      column("Nodes", "The nodes that may hold the addresses.", (object) =>
        listed(members(object), (member) => fieldOf(member, "node")),
      ),
    ),
    WHY,
  ],
  HealthCheck: [
    NAME,
    column("Probe", "What is asked.", probeOf),
    column("Interval", "Time from one probe to the next.", inSpec("interval")),
    READY,
    AGE,
    wide(column("Fall", "Failures in a row until it is unhealthy.", inSpec("fall"), "integer")),
    wide(column("Rise", "Successes in a row until it is healthy.", inSpec("rise"), "integer")),
    wide(column("States", "What each node has found.", states)),
    WHY,
  ],
  ProxyPool: [
    NAME,
    column("VirtualIPs", "VirtualIPs that it listens on.", (object) =>
      listed(at(object, "spec", "virtualIPs")),
    ),
    column("Ports", "Ports that clients connect to.", (object) =>
      listed(at(object, "spec", "listeners"), (listener) => fieldOf(listener, "port")),
    ),
    column(
      "Backends",
      "How many servers answer the requests.",
      (object) => {
        const backends = at(object, "spec", "backends");
        return isList(backends) ? backends.length : 0;
      },
      "integer",
    ),
    READY,
    AGE,
    wide(column("Algorithm", "How a backend is chosen.", inSpec("algorithm"))),
    wide(column("Health", "HealthCheck that is asked of each backend.", inSpec("healthCheck"))),
    wide(column("States", "How it stands on each node.", states)),
    WHY,
  ],
};
