/** The JSON Schema of a kind, as zod tells it: Kubernetes, editors and the guides get theirs from it. */
import * as z from "zod";
import { MANIFEST_SCHEMAS } from "./manifest-schema.ts";
import type { Kind } from "./meta.ts";

export type Json = string | number | boolean | null | readonly Json[] | JsonObject;
export interface JsonObject {
  readonly [name: string]: Json;
}

/** `properties`, `items` and `additionalProperties` hold schemas; the rest says what is allowed. */
export interface JsonSchema extends JsonObject {}

/** What a writer may put down: fields with a default need not be there. */
export function specSchema(kind: Kind): JsonSchema {
  return jsonSchemaOf(MANIFEST_SCHEMAS[kind].shape.spec);
}

/** `spec` and everything around it. */
export function manifestSchema(kind: Kind): JsonSchema {
  return jsonSchemaOf(MANIFEST_SCHEMAS[kind]);
}

export function jsonSchemaOf(schema: z.ZodType): JsonSchema {
  const { $schema: _dialect, ...rest } = z.toJSONSchema(schema, { target: "draft-7", io: "input" });
  return mapSchemas(asJsonObject(rest), withoutDetours);
}

/** zod's answer is made of JSON values only; going through text proves it and drops what is undefined. */
function asJsonObject(value: object): JsonObject {
  return JSON.parse(JSON.stringify(value));
}

/** Applies `change` to every schema in `schema`, inner ones first. `path` is the field's, with `[]` for items. */
export function mapSchemas(
  schema: JsonSchema,
  change: (schema: JsonSchema, path: string) => JsonSchema,
  path = "",
): JsonSchema {
  const inner = { ...schema };
  for (const [name, value] of Object.entries(schema)) {
    if (name === "properties" && isObject(value)) {
      const fields = Object.entries(value).filter((entry): entry is [string, JsonObject] =>
        isObject(entry[1]),
      );
      inner[name] = Object.fromEntries(
        fields.map(([field, fieldSchema]) => [
          field,
          mapSchemas(fieldSchema, change, path === "" ? field : `${path}.${field}`),
        ]),
      );
    }
    if (name === "items" && isObject(value)) inner[name] = mapSchemas(value, change, `${path}[]`);
    if (name === "additionalProperties" && isObject(value))
      inner[name] = mapSchemas(value, change, `${path}{}`);
  }
  return change(inner, path);
}

export const isObject = (value: Json | undefined): value is JsonObject =>
  typeof value === "object" && value !== null && !Array.isArray(value);

export const isList = (value: Json | undefined): value is readonly Json[] => Array.isArray(value);

/** `const` and a union of constants are an `enum`, and whole numbers in it an `integer`. */
function withoutDetours(schema: JsonSchema): JsonSchema {
  const { const: only, anyOf, ...rest } = schema;
  if (only !== undefined) return { ...rest, ...typeOf([only]), enum: [only] };
  if (!isList(anyOf)) return schema;
  const choices = anyOf.flatMap(choicesOf);
  if (choices.length === anyOf.length) return { ...rest, ...typeOf(choices), enum: choices };
  return hoistType({ ...rest, anyOf });
}

function choicesOf(option: Json): readonly Json[] {
  if (!isObject(option)) return [];
  if (option["const"] !== undefined) return [option["const"]];
  return isList(option["enum"]) ? option["enum"] : [];
}

function typeOf(choices: readonly Json[]): JsonObject {
  return choices.every(Number.isInteger) ? { type: "integer" } : { type: "string" };
}

/** Options that agree about the type say it once, outside: structural schemas allow it nowhere else. */
function hoistType({ anyOf, ...rest }: JsonSchema): JsonSchema {
  const options = isList(anyOf) ? anyOf.filter(isObject) : [];
  const types = new Set(options.map((option) => option["type"] ?? null));
  const [type = null] = types;
  if (types.size !== 1 || type === null) return { ...rest, anyOf: options };
  return { ...rest, type, anyOf: options.map(({ type: _type, ...option }) => option) };
}
