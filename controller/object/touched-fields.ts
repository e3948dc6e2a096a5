/** Which of the fields that somebody owns a write changes or takes away. */
import type { JsonObject } from "../resource/json-schema.ts";
import { type FieldSet, intersection, NO_FIELDS, outermostPaths, union } from "./field-set.ts";
import { ownershipsIn } from "./managed-fields.ts";
import type { MergeType } from "./merge-type.ts";
import { withMetadata } from "./metadata.ts";
import { formatFieldPath } from "./path-element.ts";
import { fieldOf } from "./tree.ts";
import { compareTyped } from "./typed-compare.ts";

/** `spec.interval`. */
export function touchedFields(
  type: MergeType,
  manager: string,
  before: JsonObject,
  after: JsonObject,
): readonly string[] {
  const unmanaged = (object: JsonObject): JsonObject => withMetadata(object, { managedFields: null });
  const { modified, removed } = compareTyped(type, unmanaged(before), unmanaged(after));
  const touched = intersection(ownedBy(manager, before), union(modified, removed));
  return outermostPaths(touched).map((path) => formatFieldPath(path).slice(1));
}

function ownedBy(manager: string, object: JsonObject): FieldSet {
  const apiVersion = fieldOf(object, "apiVersion");
  if (typeof apiVersion !== "string") return NO_FIELDS;
  return [...ownershipsIn(object, apiVersion).values()]
    .filter((ownership) => ownership.manager.name === manager)
    .reduce((fields, ownership) => union(fields, ownership.fields), NO_FIELDS);
}
