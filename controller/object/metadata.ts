/**
 * `metadata` as the API keeps it. What is empty is left out, as Go's `omitempty` does: a stored `annotations: {}` would be a
 * difference in every `kubectl diff` for ever.
 */
import { isList, isObject, type Json, type JsonObject } from "../resource/json-schema.ts";
import { describeFound } from "../resource/schema-words.ts";
import { mappingAt, objectOf } from "./tree.ts";

/** Empty texts and lists, 0 and null stand for what is not there. */
export interface Metadata {
  readonly name: string;
  readonly generateName: string;
  readonly namespace: string;
  readonly uid: string;
  readonly resourceVersion: string;
  readonly generation: number;
  readonly creationTimestamp: string;
  readonly deletionTimestamp: string;
  readonly deletionGracePeriodSeconds: number | null;
  readonly labels: JsonObject;
  readonly annotations: JsonObject;
  readonly ownerReferences: readonly Json[];
  readonly finalizers: readonly string[];
  /** null where it is not said; an empty list says that ownership is to be forgotten. */
  readonly managedFields: readonly Json[] | null;
}

type Form = "text" | "whole number" | "mapping of texts" | "list of texts" | "list of mappings";

const FORMS: ReadonlyMap<string, Form> = new Map([
  ["name", "text"],
  ["generateName", "text"],
  ["namespace", "text"],
  // Deprecated for years; taken and dropped.
  ["selfLink", "text"],
  ["uid", "text"],
  ["resourceVersion", "text"],
  ["generation", "whole number"],
  ["creationTimestamp", "text"],
  ["deletionTimestamp", "text"],
  ["deletionGracePeriodSeconds", "whole number"],
  ["labels", "mapping of texts"],
  ["annotations", "mapping of texts"],
  ["ownerReferences", "list of mappings"],
  ["finalizers", "list of texts"],
  ["managedFields", "list of mappings"],
]);

export const METADATA_FIELDS: readonly string[] = [...FORMS.keys()];

/** What cannot be read as metadata at all; null where all can. Unknown fields are no problem of this kind. */
export function metadataProblem(metadata: Json | undefined): string | null {
  if (metadata === undefined || metadata === null) return null;
  if (!isObject(metadata)) return `metadata must be a mapping, found ${describeFound(metadata)}`;
  for (const [name, value] of Object.entries(metadata)) {
    const form = FORMS.get(name);
    if (form !== undefined && value !== null && !isOfForm(value, form))
      return `metadata.${name} must be a ${form}`;
  }
  return null;
}

function isOfForm(value: Json, form: Form): boolean {
  switch (form) {
    case "text":
      return isText(value);
    case "whole number":
      return Number.isSafeInteger(value);
    case "mapping of texts":
      return isObject(value) && Object.values(value).every(isText);
    case "list of texts":
      return isList(value) && value.every(isText);
    case "list of mappings":
      return isList(value) && value.every(isObject);
  }
}

const isText = (value: Json | undefined): value is string => typeof value === "string";

/** Of an object in which `metadataProblem` found nothing. */
export function metadataOf(object: JsonObject): Metadata {
  const metadata = mappingAt(object, "metadata");
  const said = new Map(Object.entries(metadata));
  const text = (name: string): string => textOf(said.get(name));
  const list = (name: string): readonly Json[] | null => {
    const value = said.get(name);
    return isList(value) ? value : null;
  };
  const seconds = said.get("deletionGracePeriodSeconds");
  return {
    name: text("name"),
    generateName: text("generateName"),
    namespace: text("namespace"),
    uid: text("uid"),
    resourceVersion: text("resourceVersion"),
    generation: Number(said.get("generation") ?? 0),
    creationTimestamp: text("creationTimestamp"),
    deletionTimestamp: text("deletionTimestamp"),
    deletionGracePeriodSeconds: typeof seconds === "number" ? seconds : null,
    labels: mappingAt(metadata, "labels"),
    annotations: mappingAt(metadata, "annotations"),
    ownerReferences: list("ownerReferences") ?? [],
    finalizers: (list("finalizers") ?? []).filter(isText),
    managedFields: list("managedFields"),
  };
}

const textOf = (value: Json | undefined): string => (isText(value) ? value : "");

export function metadataToJson(metadata: Metadata): JsonObject {
  return objectOf(Object.entries(metadata).filter(([name, value]) => !isEmpty(name, value)));
}

/** A grace period of 0 seconds and an empty list of managed fields say something, a generation of 0 does not. */
function isEmpty(name: string, value: Json): boolean {
  if (name === "generation") return value === 0;
  if (name === "managedFields") return value === null;
  if (isList(value)) return value.length === 0;
  if (isObject(value)) return Object.keys(value).length === 0;
  return value === null || value === "";
}

export const withMetadata = (object: JsonObject, changes: Partial<Metadata>): JsonObject => ({
  ...object,
  metadata: metadataToJson({ ...metadataOf(object), ...changes }),
});
