/** RFC 6901: `/spec/members/0/node`, as JSON patches name places. */
import { isList, isObject, type Json, type JsonObject } from "../resource/json-schema.ts";
import { fieldOf } from "./tree.ts";

export type Pointer = readonly string[];

/** null where the text is no pointer. */
export function parsePointer(text: string): Pointer | null {
  if (text === "") return [];
  if (!text.startsWith("/") || /~(?![01])/.test(text)) return null;
  return text
    .slice(1)
    .split("/")
    .map((token) => token.replaceAll("~1", "/").replaceAll("~0", "~"));
}

const INDEX = /^(0|[1-9][0-9]{0,8})$/;

/** Where in `list` the token points; null where it is no index, or one after the end. */
export function indexIn(list: readonly Json[], token: string): number | null {
  const index = INDEX.test(token) ? Number(token) : list.length;
  return index < list.length ? index : null;
}

export function childAt(tree: Json | undefined, token: string): Json | undefined {
  if (!isList(tree)) return fieldOf(tree, token);
  const index = indexIn(tree, token);
  return index === null ? undefined : tree[index];
}

export const valueAt = (tree: Json, pointer: Pointer): Json | undefined =>
  pointer.reduce<Json | undefined>(childAt, tree);

/** A container is what has children. */
export const isContainer = (tree: Json): tree is readonly Json[] | JsonObject =>
  isList(tree) || isObject(tree);

/** `from` is at or above `path`. */
export const isWithin = (path: Pointer, from: Pointer): boolean =>
  from.every((token, index) => token === path[index]);
