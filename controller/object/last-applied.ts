/**
 * kubectl's annotation with what client-side apply applied last. Server-side apply by kubectl takes over from it without
 * conflicts, and keeps it current for those who go on with client-side apply.
 */
import { isObject, type Json, type JsonObject } from "../resource/json-schema.ts";
import { difference, type FieldSet, NO_FIELDS, union } from "./field-set.ts";
import { metadataOf, withMetadata } from "./metadata.ts";
import type { OwnershipScope } from "./ownership-update.ts";
import { fieldOf, isTooDeep, without } from "./tree.ts";
import { compareTyped } from "./typed-compare.ts";
import { fieldsIn } from "./typed-fields.ts";
import { shapeProblems } from "./typed-validate.ts";

export const LAST_APPLIED = "kubectl.kubernetes.io/last-applied-configuration";
/** Who opts out takes another name. */
export const KUBECTL = "kubectl";
/** Of all annotations of an object, keys included. */
export const ANNOTATIONS_BYTES_MAX = 262_144;

/** The fields that client-side apply applied last and that are still so: they may be taken from anybody. */
export function fieldsOfLastApplied(
  { type }: OwnershipScope,
  live: JsonObject,
  apiVersion: string,
): FieldSet {
  const last = lastAppliedIn(live);
  if (last === null || fieldOf(last, "apiVersion") !== apiVersion) return NO_FIELDS;
  if (shapeProblems(type, last).length > 0) return NO_FIELDS;
  const { added, modified, removed } = compareTyped(type, last, live);
  return difference(fieldsIn(type, last), union(union(added, modified), removed));
}

function lastAppliedIn(object: JsonObject): JsonObject | null {
  const text = metadataOf(object).annotations[LAST_APPLIED];
  if (typeof text !== "string") return null;
  try {
    const value: Json = JSON.parse(text);
    return isObject(value) && !isTooDeep(value) ? value : null;
  } catch {
    return null;
  }
}

/** `object` with the annotation of what was applied now, where it has one. */
export function withLastApplied(object: JsonObject, config: JsonObject): JsonObject {
  const { annotations } = metadataOf(object);
  if (!annotations[LAST_APPLIED]) return object;
  const own = metadataOf(config).annotations;
  const applied = Object.hasOwn(own, LAST_APPLIED)
    ? withMetadata(config, { annotations: without(own, LAST_APPLIED) })
    : config;
  const next = { ...annotations, [LAST_APPLIED]: `${JSON.stringify(applied)}\n` };
  const fits = bytesOf(next) <= ANNOTATIONS_BYTES_MAX;
  return withMetadata(object, { annotations: fits ? next : without(next, LAST_APPLIED) });
}

const bytesOf = (annotations: JsonObject): number =>
  new TextEncoder().encode(
    Object.entries(annotations)
      .map(([name, value]) => `${name}${String(value)}`)
      .join(""),
  ).length;
