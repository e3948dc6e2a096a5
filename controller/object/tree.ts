/**
 * Reading and rebuilding JSON trees. They come from clients, so any name may be a key: `__proto__` is one like others, and is never
 * looked up along a prototype nor assigned to one.
 */
import { isList, isObject, type Json, type JsonObject } from "../resource/json-schema.ts";

/** Every walk over a tree is a recursion, so trees that are deeper are refused where they come in. Ours have 12 levels. */
export const TREE_DEPTH_MAX = 64;

export const fieldOf = (tree: Json | undefined, name: string): Json | undefined =>
  isObject(tree) && Object.hasOwn(tree, name) ? tree[name] : undefined;

export const at = (tree: Json | undefined, ...names: readonly string[]): Json | undefined =>
  names.reduce<Json | undefined>(fieldOf, tree);

/** Empty where there is no mapping. */
export function mappingAt(tree: Json | undefined, ...names: readonly string[]): JsonObject {
  const found = at(tree, ...names);
  return isObject(found) ? found : {};
}

/** `value` undefined takes the field away. */
export function withField(object: JsonObject, name: string, value: Json | undefined): JsonObject {
  if (value !== undefined) return { ...object, [name]: value };
  return without(object, name);
}

export function without(object: JsonObject, ...names: readonly string[]): JsonObject {
  return objectOf(Object.entries(object).filter(([name]) => !names.includes(name)));
}

export const objectOf = (entries: Iterable<readonly [string, Json]>): JsonObject =>
  Object.fromEntries(entries);

/** Not by recursion, since it is asked before it is known whether that is safe. `above`: the levels that the tree hangs under. */
export function isTooDeep(tree: Json, above = 0): boolean {
  let level: readonly Json[] = [tree];
  for (let depth = above; level.length > 0; depth += 1) {
    if (depth > TREE_DEPTH_MAX) return true;
    level = level.flatMap(childrenOf);
  }
  return false;
}

export function childrenOf(tree: Json | undefined): readonly Json[] {
  if (isList(tree)) return tree;
  return isObject(tree) ? Object.values(tree) : [];
}
