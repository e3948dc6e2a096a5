/** RFC 7396: mappings are merged, null takes a field away, everything else replaces. */
import { isObject, type Json, type JsonObject } from "../resource/json-schema.ts";
import { describeFound } from "../resource/schema-words.ts";
import { badRequest, type Refusal } from "./refusal.ts";
import { fieldOf, isTooDeep, objectOf, TREE_DEPTH_MAX } from "./tree.ts";

export function applyMergePatch(document: Json, patch: Json): JsonObject | Refusal {
  if (!isObject(patch))
    return badRequest(`error decoding patch: a merge patch must be a mapping, found ${describeFound(patch)}`);
  if (isTooDeep(patch))
    return badRequest(`error decoding patch: is nested more than ${TREE_DEPTH_MAX} levels deep`);
  return merged(document, patch);
}

function merged(target: Json | undefined, patch: JsonObject): JsonObject {
  const said = Object.entries(patch);
  const kept = isObject(target) ? Object.entries(target).filter(([name]) => !Object.hasOwn(patch, name)) : [];
  const changed = said
    .filter(([, value]) => value !== null)
    .map(([name, value]) => {
      const next = isObject(value) ? merged(fieldOf(target, name), value) : value;
      return [name, next] as const;
    });
  return objectOf([...kept, ...changed]);
}
