/** What the replacement of an object, or of its status, comes to; a patch is one too, once it is applied to the live object. */
import type { JsonObject } from "../resource/json-schema.ts";
import { isSame } from "../resource/same.ts";
import { hasStatus } from "./api-resource.ts";
import type { Cause } from "./cause.ts";
import { withoutTimes } from "./managed-times.ts";
import { type Metadata, metadataOf, metadataToJson, withMetadata } from "./metadata.ts";
import { addressProblem, metadataChangeCauses } from "./metadata-rules.ts";
import type { Outcome, RequestContext } from "./outcome.ts";
import { conflict, invalidObject, notFound, type Refusal, STALE } from "./refusal.ts";
import { fieldOf, withField, without } from "./tree.ts";

export function decideUpdate(live: JsonObject | null, request: JsonObject, context: RequestContext): Outcome {
  if (live === null) return notFound(context.resource, context.name);
  const problem = requestProblem(metadataOf(live), metadataOf(request), context);
  if (problem !== null) return problem;
  const status = fieldOf(hasStatus(context.resource) ? live : request, "status");
  const next = withField(request, "status", status);
  const generation = metadataOf(live).generation + (isContentSame(live, next) ? 0 : 1);
  return settle(live, withMetadata(next, { ...kept(live), generation }), context);
}

/** Only the status, and who owns which of its fields, may change. */
export function decideStatusUpdate(
  live: JsonObject | null,
  request: JsonObject,
  context: RequestContext,
): Outcome {
  if (live === null) return notFound(context.resource, context.name);
  const asked = metadataOf(request);
  const problem = requestProblem(metadataOf(live), asked, context);
  if (problem !== null) return problem;
  const next = withField(live, "status", fieldOf(request, "status"));
  return settle(live, withMetadata(next, { managedFields: asked.managedFields }), context);
}

function requestProblem(live: Metadata, asked: Metadata, context: RequestContext): Refusal | null {
  const { resource, name } = context;
  const misplaced = addressProblem(asked, context);
  if (misplaced !== null) return misplaced;
  // Kubernetes names the resource here, not the kind.
  if (asked.resourceVersion === "")
    return invalidObject({ ...resource, kind: resource.plural }, name, [UNVERSIONED]);
  return asked.resourceVersion === live.resourceVersion ? null : conflict(resource, name, STALE);
}

const UNVERSIONED: Cause = {
  reason: "FieldValueInvalid",
  // The number that an empty version is read as.
  message: "Invalid value: 0x0: must be specified for an update",
  field: "metadata.resourceVersion",
};

/** What no writer changes. */
function kept(live: JsonObject): Partial<Metadata> {
  const { namespace, creationTimestamp, deletionTimestamp, deletionGracePeriodSeconds } = metadataOf(live);
  return { namespace, creationTimestamp, deletionTimestamp, deletionGracePeriodSeconds };
}

const isContentSame = (live: JsonObject, next: JsonObject): boolean =>
  isSame(without(live, "metadata"), without(next, "metadata"));

function settle(live: JsonObject, asked: JsonObject, { resource, name }: RequestContext): Outcome {
  const before = metadataOf(live);
  const said = metadataOf(asked);
  const metadata = { ...said, uid: said.uid === "" ? before.uid : said.uid };
  const causes = metadataChangeCauses(before, metadata);
  if (causes.length > 0) return invalidObject(resource, name, causes);
  const object = { ...asked, metadata: metadataToJson(metadata) };
  // Whoever takes the last finalizer off an object that is to be deleted deletes it.
  if (before.deletionTimestamp !== "" && metadata.finalizers.length === 0) return { type: "delete", object };
  if (isSame(withoutTimes(live), withoutTimes(object))) return { type: "unchanged", object: live };
  return { type: "update", object };
}
