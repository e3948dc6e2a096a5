/** The schemas of an OpenAPI document: what `kubectl explain` prints. */
import { objectSchema } from "../resource/crd.ts";
import { isObject, type JsonObject, type JsonSchema } from "../resource/json-schema.ts";
import { KINDS } from "../resource/meta.ts";
import type { ApiResource } from "./api-resource.ts";
import { DEFINITIONS, EVENTS, NAMESPACES, NODES } from "./api-resources.ts";
import { MANAGED_FIELDS_SCHEMA, METADATA_SCHEMA } from "./metadata-schema.ts";
import { mappingAt } from "./tree.ts";

const META = "io.k8s.apimachinery.pkg.apis.meta.v1";

export const schemaRef = (name: string): JsonObject => ({ $ref: `#/components/schemas/${name}` });
export const META_SCHEMAS = {
  objectMeta: `${META}.ObjectMeta`,
  listMeta: `${META}.ListMeta`,
  deleteOptions: `${META}.DeleteOptions`,
  status: `${META}.Status`,
} as const;

/** `dev.holdfast.v1alpha1.VirtualIP`: the group's labels the other way round. */
export const schemaName = ({ group, version, kind }: ApiResource): string =>
  [...(group === "" ? ["io", "k8s", "api", "core"] : group.split(".").reverse()), version, kind].join(".");

export const listSchemaName = (resource: ApiResource): string => `${schemaName(resource)}List`;

const API_VERSION = { type: "string", description: "Group and version of the kind." };
const KIND = { type: "string", description: "Kind of the resource." };

export function schemasOf(resources: readonly ApiResource[]): JsonObject {
  return {
    ...Object.fromEntries(resources.flatMap((resource) => schemasOfResource(resource))),
    ...metaSchemas(),
  };
}

function schemasOfResource(resource: ApiResource): readonly (readonly [string, JsonSchema])[] {
  const { description, properties, required, ...rest } = contentSchema(resource);
  // kubectl takes the description of a field that is a reference from beside it.
  const metadata = {
    allOf: [schemaRef(META_SCHEMAS.objectMeta)],
    description: METADATA_SCHEMA["description"] ?? "",
  };
  const whole = {
    ...rest,
    type: "object",
    description: description ?? "",
    ...(required === undefined ? {} : { required }),
    properties: {
      ...(isObject(properties) ? properties : {}),
      apiVersion: API_VERSION,
      kind: KIND,
      metadata,
    },
    "x-kubernetes-group-version-kind": [groupVersionKind(resource)],
  };
  return [
    [schemaName(resource), whole],
    [listSchemaName(resource), listSchema(resource)],
  ];
}

export const groupVersionKind = ({ group, version, kind }: ApiResource): JsonObject => ({
  group,
  version,
  kind,
});

const listSchema = (resource: ApiResource): JsonSchema => ({
  type: "object",
  description: `A list of ${resource.kind}s.`,
  required: ["items"],
  properties: {
    apiVersion: API_VERSION,
    kind: KIND,
    metadata: { allOf: [schemaRef(META_SCHEMAS.listMeta)] },
    items: { type: "array", items: { allOf: [schemaRef(schemaName(resource))] } },
  },
  "x-kubernetes-group-version-kind": [groupVersionKind({ ...resource, kind: `${resource.kind}List` })],
});

/** Of the core group's kinds only what there is here is told; the rest is as in Kubernetes. */
const CORE_DESCRIPTIONS: ReadonlyMap<ApiResource, string> = new Map([
  [EVENTS, "Something that happened to a resource, told by a node."],
  [
    NODES,
    "A machine with an agent. Cordoned (spec.unschedulable), it hands its addresses over and takes none.",
  ],
  [NAMESPACES, "The namespace that the agents serve."],
  [DEFINITIONS, "A kind that is served here; there are no others."],
]);

function contentSchema(resource: ApiResource): JsonSchema {
  const own = KINDS.find((kind) => kind === resource.kind);
  if (own !== undefined) return objectSchema(own);
  const description = CORE_DESCRIPTIONS.get(resource) ?? "A question of a client about itself.";
  return { type: "object", description, "x-kubernetes-preserve-unknown-fields": true };
}

function metaSchemas(): JsonObject {
  const text = { type: "string" };
  const fields = (properties: JsonObject): JsonSchema => ({ type: "object", properties });
  return {
    [META_SCHEMAS.objectMeta]: {
      ...METADATA_SCHEMA,
      properties: { ...mappingAt(METADATA_SCHEMA, "properties"), managedFields: MANAGED_FIELDS_SCHEMA },
    },
    [META_SCHEMAS.listMeta]: fields({ resourceVersion: text, continue: text }),
    [META_SCHEMAS.deleteOptions]: fields({
      apiVersion: text,
      kind: text,
      dryRun: { type: "array", items: text },
      propagationPolicy: text,
      preconditions: fields({ uid: text, resourceVersion: text }),
    }),
    [META_SCHEMAS.status]: fields({
      apiVersion: text,
      kind: text,
      status: text,
      message: text,
      reason: text,
      code: { type: "integer", format: "int32" },
    }),
  };
}
