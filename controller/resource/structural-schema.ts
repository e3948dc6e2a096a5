/**
 * From JSON Schema to the structural schema that Kubernetes demands of a CustomResourceDefinition: every field has a
 * type, nothing is forbidden beside `properties` (unknown fields are pruned, or refused by kubectl), and patterns are Go's.
 */
import type { ClusterRule, ListType } from "./cluster-rules.ts";
import { isObject, type Json, type JsonObject, type JsonSchema, mapSchemas } from "./json-schema.ts";

export interface ClusterKnowledge {
  readonly rules: readonly ClusterRule[];
  readonly listTypes: { readonly [path: string]: ListType };
}

/** `root` names the field that `schema` describes: `spec` or `status`. */
export function structuralSchema(root: string, schema: JsonSchema, cluster: ClusterKnowledge): JsonSchema {
  return mapSchemas(
    schema,
    (inner, path) => withRules(withListType(structural(inner), path, cluster), path, cluster),
    root,
  );
}

/** What the API server knows; `oneOf` of required fields is left to CEL, whose messages can be read. */
const KEPT = new Set([
  "type",
  "description",
  "properties",
  "items",
  "required",
  "additionalProperties",
  "default",
  "enum",
  "anyOf",
  "minimum",
  "maximum",
  "minLength",
  "maxLength",
  "minItems",
  "maxItems",
  "pattern",
  "format",
  "x-kubernetes-validations",
]);
/** As far as the API server checks them; an unknown format is only noise there. */
const FORMATS = new Set(["ipv4", "date-time"]);

function structural(schema: JsonSchema): JsonSchema {
  const kept = Object.entries(schema).filter(
    ([name, value]) =>
      KEPT.has(name) &&
      !(name === "additionalProperties" && value === false) &&
      // Every JSON number of zod's is bounded so; it says nothing.
      !(name === "maximum" && value === Number.MAX_SAFE_INTEGER) &&
      !(name === "format" && !FORMATS.has(String(value))),
  );
  return Object.fromEntries(
    kept.map(([name, value]) => [name, isText(name, value) ? goPattern(value) : value]),
  );
}

const isText = (name: string, value: Json): value is string =>
  name === "pattern" && typeof value === "string";

/** Go's regular expressions know no `\u`, and need no escape before a slash. */
function goPattern(pattern: string): string {
  return pattern.replaceAll(/\\u([0-9a-fA-F]{4})/g, "\\x{$1}").replaceAll("\\/", "/");
}

function withListType(schema: JsonSchema, path: string, { listTypes }: ClusterKnowledge): JsonSchema {
  if (schema["type"] !== "array") return schema;
  const listType = listTypes[path];
  if (listType === undefined) throw new Error(`nobody says how the list ${path} merges`);
  if (typeof listType === "string") return { ...schema, "x-kubernetes-list-type": listType };
  return { ...schema, "x-kubernetes-list-type": "map", "x-kubernetes-list-map-keys": listType };
}

function withRules(schema: JsonSchema, path: string, { rules }: ClusterKnowledge): JsonSchema {
  const here = rules
    .filter(({ at }) => at === path)
    .map(({ rule, message }): JsonObject => ({ rule, message }));
  const own = schema["x-kubernetes-validations"];
  const all = [...(Array.isArray(own) ? own.filter(isObject) : []), ...here];
  return all.length === 0 ? schema : { ...schema, "x-kubernetes-validations": all };
}
