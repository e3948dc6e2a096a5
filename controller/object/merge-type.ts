/** How the parts of an object merge, from the schema that also the CustomResourceDefinitions are made of. */
import { isList, isObject, type Json, type JsonSchema } from "../resource/json-schema.ts";
import { METADATA_SCHEMA } from "./metadata-schema.ts";
import { fieldOf, mappingAt } from "./tree.ts";

export type MergeType =
  | { readonly type: "scalar"; readonly form: ScalarForm }
  | {
      readonly type: "map";
      readonly fields: ReadonlyMap<string, MergeType>;
      /** Of fields that have no name in the schema; null: there are none. */
      readonly others: MergeType | null;
      readonly isAtomic: boolean;
    }
  | { readonly type: "list"; readonly items: MergeType; readonly identity: ListIdentity };

export type MapType = Extract<MergeType, { type: "map" }>;
export type ListType = Extract<MergeType, { type: "list" }>;

export type ScalarForm = "string" | "numeric" | "boolean" | "any";

/** What makes an item the same one. An atomic list has one owner, and is replaced as a whole. */
export type ListIdentity = "atomic" | "set" | readonly ListKey[];

export interface ListKey {
  readonly name: string;
  /** Taken for a key that an item leaves out. */
  readonly fallback: Json | undefined;
}

export const ANYTHING: MergeType = { type: "scalar", form: "any" };

export function mergeTypeOf(schema: JsonSchema): MergeType {
  switch (schema["type"]) {
    case "object":
      return mapType(schema);
    case "array":
      return listType(schema);
    case "string":
      return { type: "scalar", form: "string" };
    case "integer":
    case "number":
      return { type: "scalar", form: "numeric" };
    case "boolean":
      return { type: "scalar", form: "boolean" };
    default:
      return ANYTHING;
  }
}

function mapType(schema: JsonSchema): MergeType {
  const others = schema["additionalProperties"];
  return {
    type: "map",
    fields: new Map(
      Object.entries(mappingAt(schema, "properties")).map(([name, field]) => [name, typeOfSchema(field)]),
    ),
    others: isObject(others) ? mergeTypeOf(others) : null,
    isAtomic: schema["x-kubernetes-map-type"] === "atomic",
  };
}

const typeOfSchema = (schema: Json | undefined): MergeType =>
  isObject(schema) ? mergeTypeOf(schema) : ANYTHING;

function listType(schema: JsonSchema): MergeType {
  const items = typeOfSchema(schema["items"]);
  switch (schema["x-kubernetes-list-type"]) {
    case "set":
      return { type: "list", items, identity: "set" };
    case "map":
      return { type: "list", items, identity: listKeys(schema) };
    default:
      return { type: "list", items, identity: "atomic" };
  }
}

function listKeys(schema: JsonSchema): readonly ListKey[] {
  const names = schema["x-kubernetes-list-map-keys"];
  const properties = mappingAt(schema, "items", "properties");
  return (isList(names) ? names : []).map((name) => ({
    name: String(name),
    fallback: fieldOf(fieldOf(properties, String(name)), "default"),
  }));
}

/** Of a whole object, given the schema of the kind. What that says of `metadata` is not how it merges: that is the same for all. */
export const objectMergeType = (schema: JsonSchema): MergeType =>
  mergeTypeOf({
    ...schema,
    properties: { ...mappingAt(schema, "properties"), metadata: METADATA_SCHEMA },
  });
