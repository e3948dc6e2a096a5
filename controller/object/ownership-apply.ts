/** What an applied configuration makes of the live object, and who owns what then: the heart of server-side apply. */
import type { Json, JsonObject } from "../resource/json-schema.ts";
import { isSame } from "../resource/same.ts";
import type { ApplyConflict } from "./apply-conflict.ts";
import {
  difference,
  type FieldSet,
  intersection,
  isEmptySet,
  isSameSet,
  NO_FIELDS,
  union,
  withoutBranches,
} from "./field-set.ts";
import {
  disown,
  type Manager,
  managerId,
  type Ownership,
  type Ownerships,
  withOwnership,
} from "./managed-fields.ts";
import type { MergeType } from "./merge-type.ts";
import { compareInScope, type OwnershipScope, UNOWNED } from "./ownership-update.ts";
import { fieldsIn, withNamedFields } from "./typed-fields.ts";
import { mergeTyped } from "./typed-merge.ts";
import { removeTyped } from "./typed-remove.ts";

export interface Applied {
  readonly object: Json;
  readonly ownerships: Ownerships;
  /** With others than the applier; its fields are taken from them all the same. */
  readonly conflicts: readonly ApplyConflict[];
}

/** `live` is without managed fields, and has the shape of its kind, as `config`. */
export function applyConfig(
  scope: OwnershipScope,
  live: JsonObject,
  config: JsonObject,
  ownerships: Ownerships,
  manager: Manager,
): Applied {
  const { type, reset, now } = scope;
  const id = managerId(manager);
  const previous = ownerships.get(id) ?? { manager, time: "", fields: NO_FIELDS };
  const fields = withoutBranches(fieldsIn(type, config), reset);
  const claimed = withOwnership(ownerships, { ...previous, fields });
  const pruned = prune(type, mergeTyped(type, live, config), claimed, previous.fields);
  // Once more, since `list: []` says something and owns nothing: where items were, the list itself has just been taken away.
  const object = mergeTyped(type, pruned, config);
  const changes = compareInScope(scope, live, objectOrEmpty(object));
  const changed = union(changes.added, changes.modified);
  const left = disown(claimed, id, union(changed, changes.removed));
  const own = difference(fields, UNOWNED);
  const isNews = !isSame(live, object) || !isSameSet(own, previous.fields);
  return {
    object,
    ownerships: withOwnership(left, { manager, time: isNews ? now : previous.time, fields: own }),
    conflicts: conflictsOf(claimed, id, changed),
  };
}

const objectOrEmpty = (value: Json): JsonObject =>
  typeof value === "object" && value !== null && !Array.isArray(value) ? (value as JsonObject) : {};

function conflictsOf(ownerships: Ownerships, applier: string, changed: FieldSet): readonly ApplyConflict[] {
  return [...ownerships]
    .filter(([id]) => id !== applier)
    .map(([, { manager, fields }]: readonly [string, Ownership]) => ({
      manager,
      fields: intersection(fields, changed),
    }))
    .filter(({ fields }) => !isEmptySet(fields));
}

/** Takes away what the applier applied last time and not this time, unless somebody else owns it too. */
function prune(type: MergeType, merged: Json, ownerships: Ownerships, last: FieldSet): Json {
  if (isEmptySet(last)) return merged;
  const named = (set: FieldSet): FieldSet => withNamedFields(type, set);
  const all = named(fieldsIn(type, merged));
  const bare = removeTyped(type, merged, named(last));
  const owned = [...ownerships.values()].map(({ fields }) => fields).reduce(union, NO_FIELDS);
  const stays = union(named(fieldsIn(type, bare)), named(owned));
  const withOwned = removeTyped(type, merged, difference(all, stays));
  // What went with it, though the applier had never said anything of it: an item's field that others only updated.
  const gone = difference(all, named(fieldsIn(type, withOwned)));
  return removeTyped(type, merged, intersection(gone, named(last)));
}
