/** Of an object only the places of a set. */
import { isList, isObject, type Json, type JsonObject } from "../resource/json-schema.ts";
import { type FieldSet, isEmptySet, NO_FIELDS } from "./field-set.ts";
import { itemElement } from "./list-items.ts";
import type { ListType, MapType, MergeType } from "./merge-type.ts";
import { fieldElement } from "./path-element.ts";
import { objectOf } from "./tree.ts";
import { isAtomic, typeOfField } from "./typed-fields.ts";

/** Of a mapping that is in the set, with nothing below it, it is taken that it is there, and not what it holds. */
export function extractTyped(type: MergeType, value: Json, set: FieldSet): Json {
  if (type.type === "scalar" || isAtomic(type)) return value;
  if (type.type === "list") return isList(value) ? extractItems(type, value, set) : value;
  return isObject(value) ? extractFields(type, value, set) : value;
}

/** An item is there for those who own the item, not for those who have set one of its fields. */
function extractItems(type: ListType, list: readonly Json[], set: FieldSet): Json {
  return list.flatMap((item) => {
    const read = itemElement(type, item);
    const node = "problem" in read ? undefined : set.get(read.element);
    if (node === undefined || !node.isMember) return [];
    // Items that stand twice are owned as a whole.
    return [isEmptySet(node.below) ? item : extractTyped(type.items, item, node.below)];
  });
}

function extractFields(type: MapType, object: JsonObject, set: FieldSet): JsonObject {
  const kept = Object.entries(object).flatMap(([name, value]): [string, Json][] => {
    const node = set.get(fieldElement(name));
    return node === undefined ? [] : [[name, extractTyped(typeOfField(type, name), value, node.below)]];
  });
  return objectOf(kept);
}

/** The part of a set that is below a place; empty where nothing is. */
export function fieldsBelow(set: FieldSet, ...names: readonly string[]): FieldSet {
  return names.reduce((above, name) => above.get(fieldElement(name))?.below ?? NO_FIELDS, set);
}
