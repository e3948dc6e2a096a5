/** Whether a source has to do anything about an object at all: asked of every object in each pass, so it must be cheap. */
import { isObject, type Json, type JsonObject } from "../resource/json-schema.ts";
import { isSame } from "../resource/same.ts";
import { apiVersionOf } from "./api-resource.ts";
import type { WriteContext } from "./decide-write.ts";
import { difference, withoutBranches } from "./field-set.ts";
import { encodeFields } from "./fields-v1.ts";
import type { MergeType } from "./merge-type.ts";
import { metadataOf } from "./metadata.ts";
import { resetFields, UNOWNED } from "./ownership-update.ts";
import { fieldOf } from "./tree.ts";
import { fieldsIn, typeOfField } from "./typed-fields.ts";
import { mergeTyped } from "./typed-merge.ts";

/** The source owns what `config` says, no less and no more, and all of it is so. */
export function isDeclared(
  live: JsonObject,
  config: JsonObject,
  { type, resource, manager }: WriteContext,
): boolean {
  if (!holds(type, live, config)) return false;
  const entry = (metadataOf(live).managedFields ?? []).find(
    (each) =>
      fieldOf(each, "manager") === manager &&
      fieldOf(each, "operation") === "Apply" &&
      fieldOf(each, "subresource") === undefined &&
      fieldOf(each, "apiVersion") === apiVersionOf(resource),
  );
  if (entry === undefined) return false;
  const own = difference(withoutBranches(fieldsIn(type, config), resetFields(true, "")), UNOWNED);
  return isSame(fieldOf(entry, "fieldsV1"), encodeFields(own));
}

/** Whether laying `config` over `live` would change nothing. Only what `config` says is looked at. */
function holds(type: MergeType, live: Json | undefined, config: Json): boolean {
  if (type.type === "map" && !type.isAtomic && isObject(config) && isObject(live))
    return Object.entries(config).every(([name, value]) =>
      holds(typeOfField(type, name), fieldOf(live, name), value),
    );
  return live !== undefined && isSame(mergeTyped(type, live, config), live);
}
