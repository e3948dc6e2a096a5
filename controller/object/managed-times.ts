/** The times in `metadata.managedFields`, which are no news where nothing else is. */
import { isObject, type JsonObject } from "../resource/json-schema.ts";
import { metadataOf, withMetadata } from "./metadata.ts";
import { without } from "./tree.ts";

export function withoutTimes(object: JsonObject): JsonObject {
  const { managedFields } = metadataOf(object);
  if (managedFields === null) return object;
  const timeless = managedFields.map((entry) => (isObject(entry) ? without(entry, "time") : entry));
  return withMetadata(object, { managedFields: timeless });
}
