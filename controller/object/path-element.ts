/**
 * One step from a container to a part of it, as FieldsV1 spells it: `f:spec` a field, `k:{"node":"lb-1"}` the item of a list by
 * its keys, `v:"192.0.2.1/32"` the item of a set, `i:0` by its place. The spelling is canonical, so equal steps are equal texts.
 */
import { isObject, type Json } from "../resource/json-schema.ts";

export type PathElement = string;
export type Path = readonly PathElement[];

type Scalar = string | number | boolean | null;

export const fieldElement = (name: string): PathElement => `f:${name}`;
export const valueElement = (value: Scalar): PathElement => `v:${JSON.stringify(value)}`;

export function keyElement(keys: Iterable<readonly [string, Scalar]>): PathElement {
  const sorted = [...keys].sort(([one], [other]) => compareTexts(one, other));
  return `k:{${sorted.map(([name, value]) => `${JSON.stringify(name)}:${JSON.stringify(value)}`).join()}}`;
}

/** The name of the field; null for an item of a list. */
export const fieldNameIn = (element: PathElement): string | null =>
  element.startsWith("f:") ? element.slice(2) : null;

/** `unknown` is a form that a later version may know; `malformed` is none at all. */
export type ReadElement = { readonly element: PathElement } | "unknown" | "malformed";

export function readElement(text: string): ReadElement {
  const content = text.slice(2);
  switch (text.slice(0, 2)) {
    case "f:":
      return { element: text };
    case "v:": {
      const value = parseJson(content);
      return isScalar(value) ? { element: valueElement(value) } : "malformed";
    }
    case "k:": {
      const keys = parseJson(content);
      const entries = isObject(keys) ? Object.entries(keys).filter(isScalarEntry) : [];
      const isWhole = isObject(keys) && entries.length === Object.keys(keys).length;
      return isWhole ? { element: keyElement(entries) } : "malformed";
    }
    case "i:":
      return /^(0|-?[1-9][0-9]{0,9})$/.test(content) ? { element: text } : "malformed";
    default:
      return text.charAt(1) === ":" ? "unknown" : "malformed";
  }
}

function parseJson(text: string): Json | undefined {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** What may be a key of a list's item or an item of a set. */
export const isScalar = (value: Json | undefined): value is Scalar =>
  value !== undefined && (value === null || typeof value !== "object");

const isScalarEntry = (entry: [string, Json]): entry is [string, Scalar] => isScalar(entry[1]);

/** Fields, then items by key, by value, by place: the order in which FieldsV1 is written. */
export function compareElements(one: PathElement, other: PathElement): number {
  const rank = KINDS.indexOf(one.charAt(0)) - KINDS.indexOf(other.charAt(0));
  return rank === 0 ? compareTexts(one, other) : rank;
}

const KINDS = "fkvi";

function compareTexts(one: string, other: string): number {
  if (one === other) return 0;
  return one < other ? -1 : 1;
}

/** `.spec.members[node="lb-1"].priority`: as conflicts name a field. */
export const formatFieldPath = (path: Path): string => path.map(formatElement).join("");

function formatElement(element: PathElement): string {
  const content = element.slice(2);
  if (element.startsWith("f:")) return `.${content}`;
  if (element.startsWith("i:")) return `[${content}]`;
  if (element.startsWith("v:")) return `[=${content}]`;
  const keys = parseJson(content);
  const shown = isObject(keys) ? Object.entries(keys) : [];
  return `[${shown.map(([name, value]) => `${name}=${JSON.stringify(value)}`).join()}]`;
}
