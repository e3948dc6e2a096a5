/** The fields of a kind as a Markdown table, for its guide. */
import { IP_ADDRESS_PATTERN } from "./fields.ts";
import { isList, isObject, type Json, type JsonObject, type JsonSchema, specSchema } from "./json-schema.ts";
import type { Kind } from "./meta.ts";

export function fieldTable(kind: Kind): string {
  const rows = rowsOf(specSchema(kind), "spec", true);
  return ["| Field | What it takes | Default | Meaning |", "| --- | --- | --- | --- |", ...rows].join("\n");
}

function rowsOf(schema: JsonSchema, path: string, isRequired: boolean): string[] {
  const inner = innerRows(schema, path);
  return path === "spec" ? inner : [row(schema, path, isRequired), ...inner];
}

function innerRows(schema: JsonSchema, path: string): string[] {
  const { properties, items, required } = schema;
  if (isObject(items)) return innerRows(items, `${path}[]`);
  if (!isObject(properties)) return [];
  const needed = isList(required) ? required : [];
  return Object.entries(properties).flatMap(([name, field]) =>
    isObject(field) ? rowsOf(field, `${path}.${name}`, needed.includes(name)) : [],
  );
}

function row(schema: JsonSchema, path: string, isRequired: boolean): string {
  const field = path.replace(/^spec\./, "");
  const fallback = schema["default"] === undefined ? "" : `\`${JSON.stringify(schema["default"])}\``;
  const { description = "" } = schema;
  const cells = [`\`${field}\``, takes(schema), isRequired ? "required" : fallback, String(description)];
  return `| ${cells.map(escaped).join(" | ")} |`;
}

const escaped = (cell: string): string => cell.replaceAll("|", "\\|");

function takes(schema: JsonSchema): string {
  const { type, enum: choices, items, minimum, maximum } = schema;
  if (isList(choices)) return choices.map((choice) => `\`${String(choice)}\``).join(", ");
  if (type === "array") return `list of ${isObject(items) ? takes(items) : "anything"}`;
  if (type === "integer" && minimum !== undefined && maximum !== undefined)
    return `${String(minimum)} to ${String(maximum)}`;
  return WORDS[String(type)] ?? spelled(schema);
}

const WORDS: Readonly<Record<string, string>> = {
  boolean: "`true`, `false`",
  object: "mapping",
  integer: "whole number",
};

/** Durations and addresses are texts of a special form. */
function spelled({ format, pattern }: JsonObject): string {
  if (format === "ipv4") return "IPv4 address";
  if (format === "ipv6") return "IPv6 address";
  if (pattern === IP_ADDRESS_PATTERN) return "IP address";
  if (isDuration(pattern)) return "duration";
  return "text";
}

const isDuration = (pattern: Json | undefined): boolean =>
  typeof pattern === "string" && pattern.startsWith("^([0-9]+h)?([0-9]+m)?");
