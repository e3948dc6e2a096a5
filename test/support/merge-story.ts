/** A story of appliers and updaters of one object, for tests of the merge: what it is at the end, and who owns what. */
import assert from "node:assert/strict";
import { NO_FIELDS, pathsOf } from "../../controller/object/field-set.ts";
import { type Manager, NO_OWNERSHIPS, type Ownerships } from "../../controller/object/managed-fields.ts";
import { type MergeType, mergeTypeOf } from "../../controller/object/merge-type.ts";
import { applyConfig } from "../../controller/object/ownership-apply.ts";
import { type OwnershipScope, ownAfterUpdate } from "../../controller/object/ownership-update.ts";
import { formatFieldPath } from "../../controller/object/path-element.ts";
import { isObject, type Json, type JsonObject } from "../../controller/resource/json-schema.ts";

export type Deed =
  | { readonly apply: string; readonly object: JsonObject; readonly isForced?: boolean }
  /** Refused for these conflicts. */
  | { readonly apply: string; readonly object: JsonObject; readonly conflicts: Record<string, string[]> }
  | { readonly update: string; readonly object: JsonObject };

export interface State {
  readonly object: JsonObject;
  readonly ownerships: Ownerships;
}

export const BLANK: State = { object: {}, ownerships: NO_OWNERSHIPS };

const text = { type: "string" };
const number = { type: "number" };
const struct = (properties: JsonObject): JsonObject => ({ type: "object", properties });
const mapOf = (values: JsonObject): JsonObject => ({ type: "object", additionalProperties: values });
const setOf = (items: JsonObject): JsonObject => ({ type: "array", items, "x-kubernetes-list-type": "set" });
const keyed = (keys: string[], properties: JsonObject): JsonObject => ({
  type: "array",
  items: struct(properties),
  "x-kubernetes-list-type": "map",
  "x-kubernetes-list-map-keys": keys,
});

/** One kind with everything that may be in a kind. */
export const STORY_TYPE: MergeType = mergeTypeOf(
  struct({
    string: text,
    numeric: number,
    bool: { type: "boolean" },
    struct: struct({ name: text, value: number, inner: struct({ name: text }) }),
    map: mapOf(text),
    mapOfMaps: mapOf(mapOf(text)),
    mapOfSets: mapOf(setOf(text)),
    set: setOf(text),
    numbers: setOf(number),
    list: keyed(["name"], { name: text, value: number, other: text, map: mapOf(text), set: setOf(text) }),
    ports: keyed(["port", "protocol"], {
      port: number,
      protocol: { ...text, default: "TCP" },
      name: text,
    }),
    atomicList: { type: "array", items: text },
    atomicMap: { ...mapOf(text), "x-kubernetes-map-type": "atomic" },
  }),
);

/** Each deed happens one second after the one before. */
export function tell(deeds: readonly Deed[], start: State = BLANK): State {
  return deeds.reduce((state, deed, second) => happen(state, deed, second), start);
}

function happen(state: State, deed: Deed, second: number): State {
  const scope: OwnershipScope = {
    type: STORY_TYPE,
    reset: NO_FIELDS,
    now: `00:${String(second).padStart(2, "0")}`,
  };
  if ("update" in deed) {
    const manager = managerCalled(deed.update, "Update");
    const ownerships = ownAfterUpdate(scope, state.object, deed.object, state.ownerships, manager);
    return { object: deed.object, ownerships };
  }
  const manager = managerCalled(deed.apply, "Apply");
  const { object, ownerships, conflicts } = applyConfig(
    scope,
    state.object,
    deed.object,
    state.ownerships,
    manager,
  );
  const found = Object.fromEntries(
    conflicts.map(({ manager: owner, fields }) => [owner.name, pathsOf(fields).map(formatFieldPath)]),
  );
  const isForced = "isForced" in deed && deed.isForced === true;
  if (!isForced) assert.deepEqual(found, "conflicts" in deed ? deed.conflicts : {});
  if ("conflicts" in deed) return state;
  return { object: isObject(object) ? object : {}, ownerships };
}

const managerCalled = (name: string, operation: Manager["operation"]): Manager => ({
  name,
  operation,
  subresource: "",
});

/** By manager, `name` for an applier and `name (update)` for an updater. */
export function owned({ ownerships }: State): Record<string, string[]> {
  return Object.fromEntries(
    [...ownerships.values()].map(({ manager, fields }) => [
      manager.operation === "Apply" ? manager.name : `${manager.name} (update)`,
      pathsOf(fields).map(formatFieldPath),
    ]),
  );
}

export const timeOf = ({ ownerships }: State, name: string): Json =>
  [...ownerships.values()].find(({ manager }) => manager.name === name)?.time ?? null;
