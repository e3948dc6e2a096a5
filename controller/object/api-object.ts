/** An object of the API, untyped: what comes from a client is made an object of its kind, or refused. */
import { isObject, type Json, type JsonObject } from "../resource/json-schema.ts";
import { describeFound } from "../resource/schema-words.ts";
import { type ApiResource, apiVersionOf } from "./api-resource.ts";
import { invalid } from "./cause.ts";
import { metadataOf, metadataProblem, metadataToJson } from "./metadata.ts";
import { badRequest, invalidObject, type Refusal } from "./refusal.ts";
import { fieldOf, isTooDeep, TREE_DEPTH_MAX, without } from "./tree.ts";

/** With apiVersion, kind and normal metadata first; everything else as it came. */
export function readObject(tree: Json, resource: ApiResource): JsonObject | Refusal {
  if (!isObject(tree)) return notAnObject(resource, `must be a mapping, found ${describeFound(tree)}`);
  if (isTooDeep(tree)) return notAnObject(resource, `is nested more than ${TREE_DEPTH_MAX} levels deep`);
  const problem = metadataProblem(fieldOf(tree, "metadata"));
  if (problem !== null) return notAnObject(resource, problem);
  const metadata = metadataOf(tree);
  const apiVersion = fieldOf(tree, "apiVersion") ?? apiVersionOf(resource);
  if (apiVersion !== apiVersionOf(resource)) return wrongVersion(resource, apiVersion);
  const kind = fieldOf(tree, "kind") ?? resource.kind;
  if (kind !== resource.kind)
    return invalidObject(resource, metadata.name, [invalid("kind", kind, `must be ${resource.kind}`)]);
  return {
    apiVersion,
    kind,
    metadata: metadataToJson(resource.isNamespaced ? metadata : { ...metadata, namespace: "" }),
    ...without(tree, "apiVersion", "kind", "metadata"),
  };
}

/** What cannot even be read as an object of the kind. */
export const notAnObject = ({ kind, version }: ApiResource, problem: string): Refusal =>
  badRequest(`${kind} in version "${version}" cannot be handled as a ${kind}: ${problem}`);

const wrongVersion = (resource: ApiResource, found: Json): Refusal =>
  badRequest(
    `the API version in the data (${typeof found === "string" ? found : JSON.stringify(found)}) ` +
      `does not match the expected API version (${apiVersionOf(resource)})`,
  );
