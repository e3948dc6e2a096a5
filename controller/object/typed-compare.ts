/** Which places of an object a write has added, changed or removed. */
import { isList, isObject, type Json } from "../resource/json-schema.ts";
import { isSame } from "../resource/same.ts";
import { type FieldSet, fieldSetOf } from "./field-set.ts";
import { itemsByElement } from "./list-items.ts";
import type { ListType, MapType, MergeType } from "./merge-type.ts";
import { fieldElement, type Path } from "./path-element.ts";
import { fieldOf } from "./tree.ts";
import { typeOfField } from "./typed-fields.ts";
import { isReplaced } from "./typed-merge.ts";

export interface Comparison {
  readonly added: FieldSet;
  readonly modified: FieldSet;
  readonly removed: FieldSet;
}

export function compareTyped(type: MergeType, before: Json, after: Json): Comparison {
  const found: Found = { added: [], modified: [], removed: [] };
  compare(type, before, after, [], found);
  return {
    added: fieldSetOf(found.added),
    modified: fieldSetOf(found.modified),
    removed: fieldSetOf(found.removed),
  };
}

interface Found {
  readonly added: Path[];
  readonly modified: Path[];
  readonly removed: Path[];
}

function compare(
  type: MergeType,
  before: Json | undefined,
  after: Json | undefined,
  path: Path,
  found: Found,
): void {
  const isLeaf = isReplaced(type, before, after);
  if (before === undefined) found.added.push(path);
  else if (after === undefined) found.removed.push(path);
  else if (isLeaf && !isSame(before, after)) found.modified.push(path);
  if (isLeaf) return;
  if (type.type === "map") compareMaps(type, before, after, path, found);
  if (type.type === "list") compareLists(type, before, after, path, found);
}

function compareMaps(
  type: MapType,
  before: Json | undefined,
  after: Json | undefined,
  path: Path,
  found: Found,
): void {
  for (const name of new Set([...namesIn(before), ...namesIn(after)])) {
    const here = [...path, fieldElement(name)];
    compare(typeOfField(type, name), fieldOf(before, name), fieldOf(after, name), here, found);
  }
}

const namesIn = (value: Json | undefined): readonly string[] => (isObject(value) ? Object.keys(value) : []);

function compareLists(
  type: ListType,
  before: Json | undefined,
  after: Json | undefined,
  path: Path,
  found: Found,
): void {
  const left = itemsByElement(type, isList(before) ? before : []);
  const right = itemsByElement(type, isList(after) ? after : []);
  for (const element of new Set([...left.keys(), ...right.keys()])) {
    const items = { before: left.get(element) ?? [], after: right.get(element) ?? [] };
    compareItems(type, items, [...path, element], found);
  }
}

/** Items that stand twice count as one value without parts. */
function compareItems(
  { items: type }: ListType,
  { before, after }: { readonly before: readonly Json[]; readonly after: readonly Json[] },
  path: Path,
  found: Found,
): void {
  const [wasTwice, isTwice] = [before.length > 1, after.length > 1];
  if (wasTwice && isTwice) {
    if (!isSame(before, after)) found.modified.push(path);
    return;
  }
  if (wasTwice) found.removed.push(path);
  if (isTwice) found.added.push(path);
  const [left, right] = [wasTwice ? undefined : before[0], isTwice ? undefined : after[0]];
  if (left !== undefined || right !== undefined) compare(type, left, right, path, found);
}
