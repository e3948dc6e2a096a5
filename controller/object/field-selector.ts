/** `--field-selector metadata.name=web`: kubectl waits, deletes and describes by it. */
import type { Json, JsonObject } from "../resource/json-schema.ts";
import type { ApiResource } from "./api-resource.ts";
import { badRequest, type Refusal } from "./refusal.ts";
import { at } from "./tree.ts";

export type FieldSelector = readonly FieldTerm[];

interface FieldTerm {
  readonly field: string;
  readonly isEqual: boolean;
  readonly value: string;
}

const OF_ALL = ["metadata.name", "metadata.namespace"];
/** Beyond those, by kind. */
const OF_KIND: ReadonlyMap<string, readonly string[]> = new Map([
  [
    "Event",
    [
      ...["kind", "namespace", "name", "uid", "apiVersion", "resourceVersion", "fieldPath"].map(
        (field) => `involvedObject.${field}`,
      ),
      "reason",
      "type",
      "reportingComponent",
    ],
  ],
  ["Node", ["spec.unschedulable"]],
]);

/** A field that is not there is empty: events of what has no namespace are found by `involvedObject.namespace=`. */
export const selectsFields = (selector: FieldSelector, object: JsonObject): boolean =>
  selector.every(({ field, isEqual, value }) => (textAt(object, field) === value) === isEqual);

function textAt(object: JsonObject, field: string): string {
  const value: Json | undefined = at(object, ...field.split("."));
  return value === undefined || value === null ? "" : String(value);
}

/** Separators and escaped characters, so that `a\,b` stays one value. */
const PIECE = /\\.|[^\\,]|,/gs;

export function readFieldSelector(text: string, resource: ApiResource): FieldSelector | Refusal {
  const known = [...OF_ALL, ...(OF_KIND.get(resource.kind) ?? [])];
  const terms: FieldTerm[] = [];
  for (const part of partsOf(text)) {
    const [, field = "", sign = "", value = ""] = /^([^=!]*)(==|!=|=)(.*)$/s.exec(part) ?? [];
    if (sign === "") return badRequest(`invalid selector: '${text}'; can't understand '${part}'`);
    if (!known.includes(field)) return badRequest(`field label not supported: ${field}`);
    if (/(?<!\\)(\\\\)*=/.test(value))
      return badRequest(`invalid field selector: unescaped character in value: 61`);
    terms.push({ field, isEqual: sign !== "!=", value: value.replaceAll(/\\(.)/gs, "$1") });
  }
  return terms;
}

function partsOf(text: string): readonly string[] {
  const parts = [""];
  for (const [piece] of text.matchAll(PIECE)) {
    if (piece === ",") parts.push("");
    else parts[parts.length - 1] += piece;
  }
  return parts.filter((part) => part !== "");
}
