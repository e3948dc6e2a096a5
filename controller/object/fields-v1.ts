/** A field set as `managedFields` keeps it: a mapping by path elements, where `.` says that the place itself is in the set. */
import { isObject, type Json, type JsonObject } from "../resource/json-schema.ts";
import { type FieldNode, type FieldSet, sortedNodes } from "./field-set.ts";
import { type PathElement, readElement } from "./path-element.ts";
import { objectOf } from "./tree.ts";

const SELF = ".";

export function encodeFields(set: FieldSet): JsonObject {
  return objectOf(sortedNodes(set).map(([element, node]) => [element, encodeNode(node)]));
}

/** What has nothing below needs no `.`. */
function encodeNode({ isMember, below }: FieldNode): JsonObject {
  const self = isMember && below.size > 0 ? { [SELF]: {} } : {};
  return { ...self, ...encodeFields(below) };
}

/** null where it is malformed. Elements that only a later version knows are dropped. */
export function decodeFields(fields: Json | undefined): FieldSet | null {
  if (!isObject(fields)) return fields === undefined || fields === null ? new Map() : null;
  const set = new Map<PathElement, FieldNode>();
  for (const [text, value] of Object.entries(fields)) {
    if (text === SELF) continue;
    const read = readElement(text);
    const below = decodeFields(value);
    if (read === "malformed" || below === null) return null;
    if (read === "unknown") continue;
    const isMember = below.size === 0 || (isObject(value) && Object.hasOwn(value, SELF));
    set.set(read.element, { isMember, below });
  }
  return set;
}
