/** What a schema allows and what was found, in words. */
import * as z from "zod";
import type { FieldPath } from "./complaint.ts";

/** The schema of the field at `path`, without what makes it optional; null where there is no such field. */
export function schemaAt(root: z.core.$ZodType, path: FieldPath): z.core.$ZodType | null {
  let schema: z.core.$ZodType | null = bare(root);
  for (const step of path) {
    schema = schema === null ? null : innerSchema(schema, step);
    if (schema !== null) schema = bare(schema);
  }
  return schema;
}

function innerSchema(schema: z.core.$ZodType, step: string | number): z.core.$ZodType | null {
  if (schema instanceof z.ZodObject) return fieldsOf(schema).get(String(step)) ?? null;
  if (schema instanceof z.ZodArray) return schema.element;
  if (schema instanceof z.ZodRecord) return schema.valueType;
  return null;
}

function bare(schema: z.core.$ZodType): z.core.$ZodType {
  if (schema instanceof z.ZodOptional || schema instanceof z.ZodDefault) return bare(schema.unwrap());
  return schema;
}

function fieldsOf(schema: z.ZodObject): ReadonlyMap<string, z.core.$ZodType> {
  return new Map(Object.entries(schema.shape));
}

/** The names of the fields that a mapping may have. */
export function fieldNames(schema: z.core.$ZodType | null): readonly string[] {
  return schema instanceof z.ZodObject ? Object.keys(schema.shape) : [];
}

/** Where in `schema` a field called `name`, in whatever case, belongs, nearest to the top; null where nowhere. */
export function findField(schema: z.core.$ZodType, name: string): FieldPath | null {
  let level: { readonly path: FieldPath; readonly schema: z.core.$ZodType }[] = [
    { path: [], schema: bare(schema) },
  ];
  while (level.length > 0) {
    const next: typeof level = [];
    for (const { path, schema: outer } of level) {
      if (!(outer instanceof z.ZodObject)) continue;
      const fields = fieldsOf(outer);
      const found = [...fields.keys()].find((field) => field.toLowerCase() === name.toLowerCase());
      if (found !== undefined) return [...path, found];
      for (const [step, inner] of fields) next.push({ path: [...path, step], schema: bare(inner) });
    }
    level = next;
  }
  return null;
}

/** `a whole number from 1 to 255`, `2 or 3`, `true or false`, `an absolute path without control characters`. */
export function allowedBy(schema: z.core.$ZodType | null): string {
  if (schema instanceof z.ZodNumber) return `a whole number from ${schema.minValue} to ${schema.maxValue}`;
  if (schema instanceof z.ZodBoolean) return "true or false";
  if (schema instanceof z.ZodArray) return "a list";
  if (schema instanceof z.ZodObject || schema instanceof z.ZodRecord) return "a mapping";
  const choices = choicesOf(schema);
  if (choices.length > 0) return listed(choices.map(String));
  const options = schema instanceof z.ZodUnion ? schema.options : [schema];
  return listed([...new Set(options.map(formOf))]);
}

export const TEXT = "text";
/** No form of text allows it, so each schema with a form says what it wants instead. */
const NUL = "\u0000";

function formOf(schema: z.core.$ZodType | null): string {
  const message = schema instanceof z.ZodType ? schema.safeParse(NUL).error?.issues[0]?.message : undefined;
  return message?.startsWith(MUST_BE) === true ? message.slice(MUST_BE.length) : TEXT;
}

const MUST_BE = "must be ";

/** The values that a schema lists. */
export function choicesOf(schema: z.core.$ZodType | null): readonly (string | number)[] {
  if (schema instanceof z.ZodEnum) return schema.options;
  if (schema instanceof z.ZodLiteral) return [...schema.values].filter(isChoice);
  if (schema instanceof z.ZodUnion) {
    const options = schema.options.map((option) => choicesOf(option));
    return options.every((choices) => choices.length > 0) ? options.flat() : [];
  }
  return [];
}

const isChoice = (value: unknown): value is string | number =>
  typeof value === "string" || typeof value === "number";

/** `a`, `a or b`, `a, b or c`. */
export function listed(words: readonly string[]): string {
  const last = words.at(-1) ?? "nothing";
  return words.length < 2 ? last : `${words.slice(0, -1).join(", ")} or ${last}`;
}

/** What a field is for, as a clause; empty where the schema does not say. */
export function purposeOf(schema: z.core.$ZodType | null): string {
  const description = schema instanceof z.ZodType ? (schema.description ?? "") : "";
  const [sentence = ""] = description.split(/[.] (?=[A-Z])|[.]$/, 1);
  return sentence === "" ? "" : sentence.slice(0, 1).toLowerCase() + sentence.slice(1);
}

const SHOWN_MAX = 60;

/** A value as the reader of a message recognises it. */
export function describeFound(value: unknown): string {
  if (value === undefined || value === null) return "nothing";
  if (Array.isArray(value)) return value.length === 0 ? "an empty list" : "a list";
  if (typeof value === "object") return "a mapping";
  if (typeof value !== "string") return String(value);
  const text = value.length > SHOWN_MAX ? `${value.slice(0, SHOWN_MAX)}...` : value;
  return JSON.stringify(text);
}
