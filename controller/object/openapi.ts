/**
 * OpenAPI v3 documents, one for each group and version. kubectl reads three things in them: that the server checks fields itself
 * (`fieldValidation` at a PATCH), which patches a kind takes, and what `explain` prints.
 */
import type { Json, JsonObject } from "../resource/json-schema.ts";
import { type ApiResource, hasStatus, type Verb } from "./api-resource.ts";
import { API_RESOURCES } from "./api-resources.ts";
import {
  groupVersionKind,
  listSchemaName,
  META_SCHEMAS,
  schemaName,
  schemaRef,
  schemasOf,
} from "./openapi-schemas.ts";

/** `apis/holdfast.dev/v1alpha1`, `api/v1`: as the index names a document. */
export const openApiPaths = (): readonly string[] => [...new Set(API_RESOURCES.map(documentPath))];

const documentPath = ({ group, version }: ApiResource): string =>
  group === "" ? `api/${version}` : `apis/${group}/${version}`;

/** `hashOf` gives the hash of a document's text by its path: whoever has seen a hash need not fetch that document again. */
export const openApiIndex = (hashOf: (path: string) => string): JsonObject => ({
  paths: Object.fromEntries(
    openApiPaths().map((path) => [
      path,
      { serverRelativeURL: `/openapi/v3/${path}?hash=${encodeURIComponent(hashOf(path))}` },
    ]),
  ),
});

/** null where there is no such document. `version`: of the program. */
export function openApiDocument(path: string, version: string): JsonObject | null {
  const resources = API_RESOURCES.filter((resource) => documentPath(resource) === path);
  if (resources.length === 0) return null;
  return {
    openapi: "3.0.0",
    info: { title: "Holdfast", version },
    paths: Object.fromEntries(resources.flatMap(pathsOfResource)),
    components: { schemas: schemasOf(resources) },
  };
}

function pathsOfResource(resource: ApiResource): readonly (readonly [string, JsonObject])[] {
  const root = `/${documentPath(resource)}`;
  const { plural, isNamespaced } = resource;
  const collection = isNamespaced ? `${root}/namespaces/{namespace}/${plural}` : `${root}/${plural}`;
  const inNamespace = isNamespaced ? [pathParameter("namespace")] : [];
  const withName = [...inNamespace, pathParameter("name")];
  const all: readonly (readonly [string, JsonObject])[] = [
    [`${root}/${plural}`, operations(resource, ["list"], [])],
    [collection, operations(resource, ["list", "create", "deletecollection"], inNamespace)],
    [`${collection}/{name}`, operations(resource, ["get", "update", "patch", "delete"], withName)],
  ];
  const status = `${collection}/{name}/status`;
  const statusOperations = operations(
    { ...resource, verbs: resource.statusVerbs },
    resource.statusVerbs,
    withName,
  );
  return [...all, ...(hasStatus(resource) ? [[status, statusOperations] as const] : [])].filter(
    ([, item]) => Object.keys(item).length > 1,
  );
}

const METHODS: { readonly [V in Verb]?: string } = {
  list: "get",
  get: "get",
  create: "post",
  update: "put",
  patch: "patch",
  delete: "delete",
  deletecollection: "delete",
};

/** Kubernetes' words for the verbs. */
const ACTIONS: { readonly [V in Verb]?: string } = { create: "post", update: "put" };

function operations(
  resource: ApiResource,
  verbs: readonly Verb[],
  parameters: readonly JsonObject[],
): JsonObject {
  const served = verbs.filter((verb) => resource.verbs.includes(verb));
  const methods = served.map((verb) => [METHODS[verb] ?? "get", operation(resource, verb)] as const);
  return { ...Object.fromEntries(methods), parameters };
}

function operation(resource: ApiResource, verb: Verb): JsonObject {
  const body = requestBody(resource, verb);
  return {
    description: `${verb} ${resource.kind}`,
    parameters: parametersOf(verb),
    ...(body === null ? {} : { requestBody: { required: verb !== "delete", content: body } }),
    responses: {
      200: { description: "OK", content: json(schemaRef(answerOf(resource, verb))) },
      401: { description: "Unauthorized" },
    },
    "x-kubernetes-action": ACTIONS[verb] ?? verb,
    "x-kubernetes-group-version-kind": groupVersionKind(resource),
  };
}

const json = (schema: JsonObject): JsonObject => ({ "application/json": { schema } });

function answerOf(resource: ApiResource, verb: Verb): string {
  if (verb === "list") return listSchemaName(resource);
  return verb.startsWith("delete") ? META_SCHEMAS.status : schemaName(resource);
}

/** A kind with strategic merge patch among these would have it computed by kubectl. */
export const PATCH_MEDIA_TYPES = [
  "application/json-patch+json",
  "application/merge-patch+json",
  "application/apply-patch+yaml",
] as const;

function requestBody(resource: ApiResource, verb: Verb): JsonObject | null {
  switch (verb) {
    case "create":
    case "update":
      return json(schemaRef(schemaName(resource)));
    case "patch":
      return Object.fromEntries(PATCH_MEDIA_TYPES.map((type) => [type, { schema: { type: "object" } }]));
    case "delete":
      return json(schemaRef(META_SCHEMAS.deleteOptions));
    default:
      return null;
  }
}

const parameter = (
  place: "path" | "query",
  name: string,
  description: string,
  type = "string",
): JsonObject => ({
  name,
  in: place,
  description,
  ...(place === "path" ? { required: true } : {}),
  schema: { type, uniqueItems: true },
});

const pathParameter = (name: string): JsonObject => parameter("path", name, `The ${name} of the resource.`);

const DRY_RUN = parameter("query", "dryRun", "All: nothing is kept; the answer says what would be.");
const OF_WRITE: readonly JsonObject[] = [
  DRY_RUN,
  parameter("query", "fieldManager", "As whom the client wants to own what it writes."),
  parameter(
    "query",
    "fieldValidation",
    "What is done about unknown and duplicate fields: Strict, Warn or Ignore.",
  ),
];
const FORCE = parameter(
  "query",
  "force",
  "Takes fields from others who own them; only for an apply.",
  "boolean",
);
const OF_LIST: readonly JsonObject[] = [
  parameter("query", "labelSelector", "Only resources with such labels."),
  parameter("query", "fieldSelector", "Only resources with such fields."),
  parameter("query", "watch", "Not a list but what changes, as it changes.", "boolean"),
  parameter("query", "resourceVersion", "From which version on."),
  parameter("query", "allowWatchBookmarks", "Tell from time to time how far the watch is.", "boolean"),
  parameter("query", "sendInitialEvents", "Begin the watch with all that there is.", "boolean"),
  parameter("query", "timeoutSeconds", "How long a watch lasts.", "integer"),
];

function parametersOf(verb: Verb): Json {
  switch (verb) {
    case "create":
    case "update":
      return OF_WRITE;
    case "patch":
      return [...OF_WRITE, FORCE];
    case "delete":
      return [DRY_RUN];
    case "list":
    case "deletecollection":
      return OF_LIST;
    default:
      return [];
  }
}
