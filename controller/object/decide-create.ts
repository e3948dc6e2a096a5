/** What a POST, or an apply to an object that is not there, comes to. */
import type { JsonObject } from "../resource/json-schema.ts";
import { hasStatus } from "./api-resource.ts";
import { type Metadata, metadataOf, metadataToJson } from "./metadata.ts";
import { addressProblem, metadataCauses } from "./metadata-rules.ts";
import { generatedName, type Outcome, type RequestContext } from "./outcome.ts";
import { alreadyExists, badRequest, generatedNameExists, invalidObject } from "./refusal.ts";
import { without } from "./tree.ts";

/** `findLive` is asked for the object that has the name already. */
export function decideCreate(
  findLive: (name: string) => JsonObject | null,
  request: JsonObject,
  context: RequestContext,
): Outcome {
  const { resource } = context;
  const asked = metadataOf(request);
  const misplaced = addressProblem(asked, context);
  if (misplaced !== null) return misplaced;
  if (asked.resourceVersion !== "")
    return badRequest("resourceVersion should not be set on objects to be created");
  const metadata = newborn(asked, context);
  const causes = metadataCauses(metadata);
  if (causes.length > 0) return invalidObject(resource, metadata.name, causes);
  if (findLive(metadata.name) !== null)
    return (asked.name === "" ? generatedNameExists : alreadyExists)(resource, metadata.name);
  const content = hasStatus(resource) ? without(request, "status") : request;
  return { type: "create", object: { ...content, metadata: metadataToJson(metadata) } };
}

function newborn(asked: Metadata, { namespace, now, uid, nameSuffix }: RequestContext): Metadata {
  const isToBeNamed = asked.name === "" && asked.generateName !== "";
  return {
    ...asked,
    name: isToBeNamed ? generatedName(asked.generateName, nameSuffix) : asked.name,
    namespace,
    uid,
    generation: 1,
    creationTimestamp: now,
    deletionTimestamp: "",
    deletionGracePeriodSeconds: null,
  };
}
