/** A resource as the tree that the API shows and merges, and back. */
import type { JsonObject } from "../resource/json-schema.ts";
import type { Manifest, Resource } from "../resource/meta.ts";

/** It holds JSON values only: it came out of a schema, and goes to the disk as JSON. */
export const objectOfResource = (resource: Resource | Manifest): JsonObject =>
  resource as unknown as JsonObject;

/** Of what has been completed by the schema of its kind. */
export const resourceOfObject = (object: JsonObject): Resource => object as unknown as Resource;
