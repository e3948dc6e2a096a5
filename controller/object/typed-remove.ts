/** An object without the places of a set. */
import { isList, isObject, type Json, type JsonObject } from "../resource/json-schema.ts";
import { type FieldSet, isEmptySet, NO_FIELDS } from "./field-set.ts";
import { itemElement } from "./list-items.ts";
import type { ListType, MapType, MergeType } from "./merge-type.ts";
import { fieldElement, type PathElement } from "./path-element.ts";
import { objectOf } from "./tree.ts";
import { isAtomic, typeOfField } from "./typed-fields.ts";

/** What is emptied by that, but is not in the set itself, becomes null: somebody still wants it to be there. */
export function removeTyped(type: MergeType, value: Json, set: FieldSet): Json {
  if (isEmptySet(set) || type.type === "scalar" || isAtomic(type)) return value;
  if (type.type === "list") return isList(value) ? removeItems(type, value, set) : value;
  return isObject(value) ? removeFields(type, value, set) : value;
}

function removeItems(type: ListType, list: readonly Json[], set: FieldSet): Json {
  const kept = list.flatMap((item) => {
    const read = itemElement(type, item);
    const element = "problem" in read ? "" : read.element;
    return isMember(set, element) ? [] : [removeTyped(type.items, item, below(set, element))];
  });
  return kept.length === 0 && list.length > 0 ? null : kept;
}

function removeFields(type: MapType, object: JsonObject, set: FieldSet): Json {
  const kept = Object.entries(object).flatMap(([name, value]): [string, Json][] => {
    const element = fieldElement(name);
    if (isMember(set, element)) return [];
    return [[name, removeTyped(typeOfField(type, name), value, below(set, element))]];
  });
  return kept.length === 0 && Object.keys(object).length > 0 ? null : objectOf(kept);
}

const isMember = (set: FieldSet, element: PathElement): boolean => set.get(element)?.isMember ?? false;

const below = (set: FieldSet, element: PathElement): FieldSet => set.get(element)?.below ?? NO_FIELDS;
