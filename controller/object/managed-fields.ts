/** `metadata.managedFields`: who owns which fields of an object, and since when. */
import { isObject, type Json, type JsonObject } from "../resource/json-schema.ts";
import { difference, type FieldSet, isEmptySet } from "./field-set.ts";
import { decodeFields, encodeFields } from "./fields-v1.ts";
import { metadataOf, withMetadata } from "./metadata.ts";
import { fieldOf } from "./tree.ts";

export interface Manager {
  /** As the client calls itself. */
  readonly name: string;
  /** Apply: owns what it last applied. Update: owns what it last changed. */
  readonly operation: "Apply" | "Update";
  /** `status`, or empty for the object itself. */
  readonly subresource: string;
}

export interface Ownership {
  readonly manager: Manager;
  /** RFC 3339; empty where it was not said. */
  readonly time: string;
  readonly fields: FieldSet;
}

/** By `managerId`. */
export type Ownerships = ReadonlyMap<string, Ownership>;

export const NO_OWNERSHIPS: Ownerships = new Map();

export const managerId = ({ name, operation, subresource }: Manager): string =>
  JSON.stringify([name, operation, subresource]);

/** Whoever owns nothing is no manager. */
export function withOwnership(ownerships: Ownerships, ownership: Ownership): Ownerships {
  const next = new Map(ownerships);
  const id = managerId(ownership.manager);
  if (isEmptySet(ownership.fields)) next.delete(id);
  else next.set(id, ownership);
  return next;
}

/** Takes `fields` from all, or all but one. */
export function disown(ownerships: Ownerships, except: string | null, fields: FieldSet): Ownerships {
  let next = ownerships;
  for (const [id, ownership] of ownerships) {
    if (id !== except)
      next = withOwnership(next, { ...ownership, fields: difference(ownership.fields, fields) });
  }
  return next;
}

/** A client asks to forget who owns what by `[]` or `[{}]`. */
export function isReset(entries: readonly Json[]): boolean {
  const [first] = entries;
  return entries.length === 0 || (entries.length === 1 && isObject(first) && Object.keys(first).length === 0);
}

const FIELDS_TYPE = "FieldsV1";

/** null where an entry is malformed. What is said in another version of the kind says nothing here. */
export function decodeManagedFields(entries: readonly Json[], apiVersion: string): Ownerships | null {
  let ownerships = NO_OWNERSHIPS;
  for (const entry of entries) {
    const ownership = decodeEntry(entry);
    if (ownership === null) return null;
    if (fieldOf(entry, "apiVersion") === apiVersion) ownerships = withOwnership(ownerships, ownership);
  }
  return ownerships;
}

function decodeEntry(entry: Json): Ownership | null {
  const text = (name: string): string | null => {
    const value = fieldOf(entry, name) ?? "";
    return typeof value === "string" ? value : null;
  };
  const [name, subresource, time] = [text("manager"), text("subresource"), text("time")];
  const operation = text("operation");
  const fields = decodeFields(fieldOf(entry, "fieldsV1"));
  const isOfKnownForm = text("fieldsType") === FIELDS_TYPE && Boolean(text("apiVersion"));
  if (!isOfKnownForm || fields === null || name === null || subresource === null || time === null)
    return null;
  if (operation !== "Apply" && operation !== "Update") return null;
  return { manager: { name, operation, subresource }, time, fields };
}

/** null where nobody owns anything. */
export function encodeManagedFields(
  ownerships: Ownerships,
  apiVersion: string,
): readonly JsonObject[] | null {
  if (ownerships.size === 0) return null;
  return [...ownerships.values()].sort(compareOwnerships).map(({ manager, time, fields }) => ({
    manager: manager.name,
    operation: manager.operation,
    apiVersion,
    ...(time === "" ? {} : { time }),
    fieldsType: FIELDS_TYPE,
    fieldsV1: encodeFields(fields),
    ...(manager.subresource === "" ? {} : { subresource: manager.subresource }),
  }));
}

/** As Kubernetes sorts them, so that lists can be compared. Times of one form sort as texts. */
function compareOwnerships(one: Ownership, other: Ownership): number {
  const key = ({ manager, time }: Ownership): string[] => [
    manager.operation,
    time,
    manager.name,
    manager.subresource,
  ];
  const [left, right] = [key(one), key(other)];
  const index = left.findIndex((part, place) => part !== right[place]);
  if (index < 0) return 0;
  return (left[index] ?? "") < (right[index] ?? "") ? -1 : 1;
}

/** Of an object; none where they are malformed or were never recorded. */
export const ownershipsIn = (object: JsonObject, apiVersion: string): Ownerships =>
  decodeManagedFields(metadataOf(object).managedFields ?? [], apiVersion) ?? NO_OWNERSHIPS;

export const withOwnerships = (object: JsonObject, ownerships: Ownerships, apiVersion: string): JsonObject =>
  withMetadata(object, { managedFields: encodeManagedFields(ownerships, apiVersion) });
