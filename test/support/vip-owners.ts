/** Applies, updates and their managed fields on a VirtualIP, as the API does them. */
import assert from "node:assert/strict";
import { readObject } from "../../controller/object/api-object.ts";
import { RESOURCES } from "../../controller/object/api-resources.ts";
import { type FieldScope, manageApply, manageUpdate } from "../../controller/object/manage-fields.ts";
import { objectMergeType } from "../../controller/object/merge-type.ts";
import { isRefusal, type Refusal } from "../../controller/object/refusal.ts";
import { objectSchema } from "../../controller/resource/crd.ts";
import type { Json, JsonObject } from "../../controller/resource/json-schema.ts";
import { NOW } from "./api-objects.ts";

export const VIP_TYPE = objectMergeType(objectSchema("VirtualIP"));

export const fieldScope = (manager: string, changes: Partial<FieldScope> = {}): FieldScope => ({
  resource: RESOURCES.VirtualIP,
  type: VIP_TYPE,
  subresource: "",
  manager,
  now: NOW,
  ...changes,
});

export function sound(value: JsonObject | Refusal): JsonObject {
  if (isRefusal(value)) assert.fail(value.message);
  return value;
}

export const readVip = (tree: Json): JsonObject => sound(readObject(tree, RESOURCES.VirtualIP));

/** Without the parts that every configuration has. */
export const config = (spec: JsonObject, metadata: JsonObject = {}): JsonObject => ({
  apiVersion: "holdfast.dev/v1alpha1",
  kind: "VirtualIP",
  metadata: { name: "web", namespace: "default", ...metadata },
  spec,
});

export const applyVip = (
  live: JsonObject | null,
  applied: JsonObject,
  manager: string,
  changes: Partial<FieldScope> & { readonly isForced?: boolean } = {},
): JsonObject | Refusal => {
  const { isForced = false, ...rest } = changes;
  return manageApply(live, readVip(applied), isForced, fieldScope(manager, rest));
};

export const updateVip = (
  live: JsonObject | null,
  next: JsonObject,
  manager: string,
  changes: Partial<FieldScope> = {},
): JsonObject => manageUpdate(live, readVip(next), fieldScope(manager, changes));
