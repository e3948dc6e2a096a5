/** What makes an item of a list the same one. */
import { isObject, type Json } from "../resource/json-schema.ts";
import type { ListType } from "./merge-type.ts";
import { isScalar, keyElement, type PathElement, valueElement } from "./path-element.ts";
import { fieldOf } from "./tree.ts";

/** The element that an item of a set, or of a list with keys, is found by; or why it has none. */
export type ItemElement = { readonly element: PathElement } | { readonly problem: string };

export function itemElement({ identity }: ListType, item: Json): ItemElement {
  if (identity === "atomic") return { problem: "invalid indexing of non-associative list" };
  if (identity === "set") return setElement(item);
  if (!isObject(item)) {
    const found = item === null ? "a null element" : "non-map elements";
    return { problem: `associative list with keys may not have ${found}` };
  }
  const keys = identity.flatMap(({ name, fallback }) => {
    const value = fieldOf(item, name) ?? fallback;
    // A key that is left out, and has no default, is part of what the item is known by.
    return value !== undefined && isScalar(value) ? [[name, value] as const] : [];
  });
  if (keys.length > 0) return { element: keyElement(keys) };
  const names = identity.map(({ name }) => JSON.stringify(name)).join(" ");
  return {
    problem: `associative list with keys has an element that omits all key fields [${names}] (and doesn't have default values for any key fields)`,
  };
}

function setElement(item: Json): ItemElement {
  if (item !== null && isScalar(item)) return { element: valueElement(item) };
  const found =
    item === null ? "that's an explicit null" : `that's a ${isObject(item) ? "map" : "list"} type`;
  return { problem: `associative list without keys has an element ${found}` };
}

/** Items that cannot be told apart from others are left out: lists that were validated have none. */
export function itemsByElement(type: ListType, list: readonly Json[]): ReadonlyMap<PathElement, Json[]> {
  const items = new Map<PathElement, Json[]>();
  for (const item of list) {
    const read = itemElement(type, item);
    if ("problem" in read) continue;
    const same = items.get(read.element);
    if (same === undefined) items.set(read.element, [item]);
    else same.push(item);
  }
  return items;
}
