/** Who owns what after a write that is no apply: the writer owns what it has added or changed, and nobody what is gone. */
import type { JsonObject } from "../resource/json-schema.ts";
import {
  difference,
  type FieldSet,
  fieldSetOf,
  isEmptySet,
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
import { fieldElement } from "./path-element.ts";
import { type Comparison, compareTyped } from "./typed-compare.ts";

/** The object of a request, as ownership sees it. */
export interface OwnershipScope {
  readonly type: MergeType;
  /** What the addressed (sub)resource keeps as it is, whatever the request says: nobody comes to own it there. */
  readonly reset: FieldSet;
  readonly now: string;
}

const pathOf = (...names: readonly string[]) => names.map(fieldElement);

/** On the object itself the status, on the status everything else. */
export const resetFields = (hasStatus: boolean, subresource: string): FieldSet => {
  if (subresource === "status") return fieldSetOf([pathOf("metadata"), pathOf("spec")]);
  return fieldSetOf(hasStatus ? [pathOf("status")] : []);
};

/** What no client owns, because the server writes it or it is the name of the object. */
export const UNOWNED: FieldSet = fieldSetOf([
  pathOf("apiVersion"),
  pathOf("kind"),
  pathOf("metadata"),
  ...[
    "name",
    "namespace",
    "creationTimestamp",
    "selfLink",
    "uid",
    "generation",
    "managedFields",
    "resourceVersion",
  ].map((name) => pathOf("metadata", name)),
]);

/** The entries of those that updated longest ago are merged into one when there are more. */
const UPDATERS_MAX = 10;
const OLD_UPDATERS: Manager = { name: "ancient-changes", operation: "Update", subresource: "" };

export function compareInScope(scope: OwnershipScope, before: JsonObject, after: JsonObject): Comparison {
  const { added, modified, removed } = compareTyped(scope.type, before, after);
  const filtered = (set: FieldSet): FieldSet => withoutBranches(set, scope.reset);
  return { added: filtered(added), modified: filtered(modified), removed: filtered(removed) };
}

/** `before` and `after` are without managed fields. */
export function ownAfterUpdate(
  scope: OwnershipScope,
  before: JsonObject,
  after: JsonObject,
  ownerships: Ownerships,
  manager: Manager,
): Ownerships {
  const { added, modified, removed } = compareInScope(scope, before, after);
  const taken = union(added, modified);
  const left = disown(ownerships, null, union(taken, removed));
  const own = difference(taken, UNOWNED);
  if (isEmptySet(own)) return left;
  const previous = left.get(managerId(manager))?.fields ?? NO_FIELDS;
  return withinLimit(withOwnership(left, { manager, time: scope.now, fields: union(previous, own) }));
}

function withinLimit(ownerships: Ownerships): Ownerships {
  const updaters = [...ownerships.values()].filter(({ manager }) => manager.operation === "Update");
  const surplus = updaters.length - UPDATERS_MAX;
  if (surplus <= 0) return ownerships;
  const bucket = ownerships.get(managerId(OLD_UPDATERS));
  const others = updaters.filter((ownership) => ownership !== bucket).sort(compareAges);
  // Where there is no entry yet to put the oldest into, one more of them makes room for it.
  const oldest = others.slice(0, bucket === undefined ? surplus + 1 : surplus);
  const next = new Map(ownerships);
  for (const { manager } of oldest) next.delete(managerId(manager));
  return withOwnership(next, {
    manager: OLD_UPDATERS,
    time: oldest.at(-1)?.time ?? "",
    fields: oldest.map(({ fields }) => fields).reduce(union, bucket?.fields ?? NO_FIELDS),
  });
}

function compareAges(one: Ownership, other: Ownership): number {
  if (one.time !== other.time) return one.time < other.time ? -1 : 1;
  return managerId(one.manager) < managerId(other.manager) ? -1 : 1;
}
