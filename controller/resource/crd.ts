/** The CustomResourceDefinition of each kind, for clusters whose API server keeps the resources. */
import { CHOICES, CLUSTER_RULES, choiceRule, LIST_TYPES } from "./cluster-rules.ts";
import {
  isObject,
  type JsonObject,
  type JsonSchema,
  jsonSchemaOf,
  manifestSchema,
  specSchema,
} from "./json-schema.ts";
import { API_VERSION, type Kind } from "./meta.ts";
import { resourceStatus, STATUS_LIST_TYPES } from "./status-schema.ts";
import { structuralSchema } from "./structural-schema.ts";

interface Naming {
  readonly plural: string;
  readonly singular: string;
  readonly shortName: string;
}

export const NAMING: { readonly [K in Kind]: Naming } = {
  HealthCheck: { plural: "healthchecks", singular: "healthcheck", shortName: "hc" },
  VirtualIP: { plural: "virtualips", singular: "virtualip", shortName: "vip" },
  ProxyPool: { plural: "proxypools", singular: "proxypool", shortName: "pp" },
};

/** `all`: `kubectl get all` lists them. */
export const CATEGORIES = ["all", "holdfast"] as const;

interface Column extends JsonObject {
  readonly name: string;
  readonly type: "string" | "integer" | "date";
  readonly jsonPath: string;
}

const column = (name: string, jsonPath: string, type: Column["type"] = "string"): Column => ({
  name,
  type,
  jsonPath,
});
/** Only `kubectl get -o wide` shows it. */
const wide = (shown: Column): Column => ({ ...shown, priority: 1 });

const READY = column("Ready", '.status.conditions[?(@.type=="Ready")].status');
const WHY = wide(column("Why", '.status.conditions[?(@.type=="Ready")].message'));
const AGE = column("Age", ".metadata.creationTimestamp", "date");

const COLUMNS: { readonly [K in Kind]: readonly Column[] } = {
  HealthCheck: [
    column("Interval", ".spec.interval"),
    column("Fall", ".spec.fall", "integer"),
    column("Rise", ".spec.rise", "integer"),
    READY,
    wide(column("Nodes", ".status.nodes[*].node")),
    wide(column("States", ".status.nodes[*].state")),
    WHY,
    AGE,
  ],
  VirtualIP: [
    column("Addresses", ".spec.addresses[*]"),
    column("Holder", '.status.nodes[?(@.state=="Master")].node'),
    READY,
    wide(column("Interface", ".spec.interface")),
    wide(column("VRID", ".spec.vrrp.virtualRouterID", "integer")),
    wide(column("Members", ".spec.members[*].node")),
    wide(column("Priorities", ".spec.members[*].priority")),
    WHY,
    AGE,
  ],
  ProxyPool: [
    column("VirtualIPs", ".spec.virtualIPs[*]"),
    column("Ports", ".spec.listeners[*].port"),
    column("Health", ".spec.healthCheck"),
    READY,
    wide(column("Backends", ".spec.backends[*].address")),
    wide(column("Algorithm", ".spec.algorithm")),
    WHY,
    AGE,
  ],
};

export const crdName = (kind: Kind): string => `${NAMING[kind].plural}.${groupOf()}`;

const groupOf = (): string => API_VERSION.slice(0, API_VERSION.indexOf("/"));
const versionOf = (): string => API_VERSION.slice(API_VERSION.indexOf("/") + 1);

export function crdOf(kind: Kind): JsonObject {
  const { plural, singular, shortName } = NAMING[kind];
  return {
    apiVersion: "apiextensions.k8s.io/v1",
    kind: "CustomResourceDefinition",
    metadata: {
      name: crdName(kind),
      // `kubectl apply --applyset` takes an object of the kind for the parent of a set.
      labels: { "app.kubernetes.io/name": "holdfast", "applyset.kubernetes.io/is-parent-type": "true" },
    },
    spec: {
      group: groupOf(),
      scope: "Namespaced",
      names: {
        kind,
        listKind: `${kind}List`,
        plural,
        singular,
        shortNames: [shortName],
        categories: CATEGORIES,
      },
      versions: [
        {
          name: versionOf(),
          served: true,
          storage: true,
          subresources: { status: {} },
          additionalPrinterColumns: COLUMNS[kind],
          schema: { openAPIV3Schema: objectSchema(kind) },
        },
      ],
    },
  };
}

/** Of the whole object, as an API server knows it. */
export function objectSchema(kind: Kind): JsonSchema {
  const rules = [...CHOICES[kind].map(choiceRule), ...CLUSTER_RULES[kind]];
  const spec = structuralSchema("spec", specSchema(kind), { rules, listTypes: LIST_TYPES[kind] });
  const status = structuralSchema("status", jsonSchemaOf(resourceStatus), {
    rules: [],
    listTypes: STATUS_LIST_TYPES,
  });
  const { description = "" } = spec;
  return {
    type: "object",
    description,
    required: ["spec"],
    properties: {
      apiVersion: { type: "string" },
      kind: { type: "string" },
      // The only field of the metadata that a definition may narrow.
      metadata: { type: "object", properties: { name: nameSchema(kind) } },
      spec,
      status,
    },
  };
}

function nameSchema(kind: Kind): JsonSchema {
  const { name } = objectAt(objectAt(manifestSchema(kind), "properties"), "metadata", "properties");
  return isObject(name) ? structuralSchema("metadata.name", name, { rules: [], listTypes: {} }) : {};
}

function objectAt(schema: JsonObject, ...path: readonly string[]): JsonObject {
  return path.reduce<JsonObject>((outer, step) => {
    const inner = outer[step];
    return isObject(inner) ? inner : {};
  }, schema);
}
