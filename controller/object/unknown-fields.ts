/** Fields that the kind does not have: found to be told of, and left out where a client does not want to be told. */
import { isList, isObject, type Json } from "../resource/json-schema.ts";
import type { MergeType } from "./merge-type.ts";
import { METADATA_FIELDS } from "./metadata.ts";
import { objectOf } from "./tree.ts";

/** More have one cause. */
const FOUND_MAX = 20;

/** `spec.members[1].bogus`, of the tree as the client sent it. */
export function unknownFields(type: MergeType, tree: Json): readonly string[] {
  const found: string[] = [];
  visit(type, tree, "", found);
  return found.slice(0, FOUND_MAX);
}

function visit(type: MergeType, tree: Json, path: string, found: string[]): void {
  if (type.type === "list" && isList(tree)) {
    for (const [index, item] of tree.entries()) visit(type.items, item, `${path}[${index}]`, found);
  }
  if (type.type !== "map" || !isObject(tree)) return;
  for (const [name, value] of Object.entries(tree)) {
    const here = path === "" ? name : `${path}.${name}`;
    const inner = type.fields.get(name) ?? type.others;
    if (inner !== null) visit(inner, value, here, found);
    else if (!isKnownMetadata(path, name)) found.push(here);
  }
}

/** Not all that may stand in the metadata is merged. */
const isKnownMetadata = (path: string, name: string): boolean =>
  path === "metadata" && METADATA_FIELDS.includes(name);

export function withoutUnknown(type: MergeType, tree: Json): Json {
  if (type.type === "list" && isList(tree)) return tree.map((item) => withoutUnknown(type.items, item));
  if (type.type !== "map" || !isObject(tree)) return tree;
  return objectOf(
    Object.entries(tree).flatMap(([name, value]): [string, Json][] => {
      const inner = type.fields.get(name) ?? type.others;
      return inner === null ? [] : [[name, withoutUnknown(inner, value)]];
    }),
  );
}
