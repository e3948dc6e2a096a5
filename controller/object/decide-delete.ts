/** What a DELETE comes to: the object goes, or waits for those who have put a finalizer on it. */
import type { JsonObject } from "../resource/json-schema.ts";
import { type ApiResource, qualifiedKind } from "./api-resource.ts";
import type { DeleteOptions } from "./delete-options.ts";
import { type Metadata, metadataOf, withMetadata } from "./metadata.ts";
import type { Outcome, RequestContext } from "./outcome.ts";
import { notFound, type Refusal, refuse, successStatus } from "./refusal.ts";

export function decideDelete(
  live: JsonObject | null,
  options: DeleteOptions,
  context: RequestContext,
): Outcome {
  if (live === null) return notFound(context.resource, context.name);
  const metadata = metadataOf(live);
  const problem = preconditionProblem(metadata, options, context);
  if (problem !== null) return problem;
  if (metadata.finalizers.length === 0) return { type: "delete", object: live };
  if (metadata.deletionTimestamp !== "") return { type: "unchanged", object: live };
  const marks = {
    deletionTimestamp: context.now,
    deletionGracePeriodSeconds: 0,
    // The wish that it be gone is a change of what is desired.
    generation: metadata.generation + 1,
  };
  return { type: "update", object: withMetadata(live, marks) };
}

function preconditionProblem(
  { uid, resourceVersion }: Metadata,
  options: DeleteOptions,
  context: RequestContext,
): Refusal | null {
  const differs = (what: string, asked: string, found: string, guess: string): Refusal =>
    preconditionFailed(
      context,
      `the ${what} in the precondition (${asked}) does not match the ${what} in record (${found}). ${guess}`,
    );
  if (options.uid !== null && options.uid !== uid)
    return differs("UID", options.uid, uid, "The object might have been deleted and then recreated");
  if (options.resourceVersion !== null && options.resourceVersion !== resourceVersion)
    return differs(
      "ResourceVersion",
      options.resourceVersion,
      resourceVersion,
      "The object might have been modified",
    );
  return null;
}

/** Kubernetes names the kind here, not the resource. */
const preconditionFailed = ({ resource, name }: RequestContext, why: string): Refusal =>
  refuse(409, "Conflict", `Operation cannot be fulfilled on ${qualifiedKind(resource)} "${name}": ${why}`, {
    name,
    group: resource.group,
    kind: resource.kind,
  });

/** What the client is told when the object is gone. */
export function deletedStatus(resource: ApiResource, object: JsonObject): JsonObject {
  const { name, uid } = metadataOf(object);
  return successStatus({ name, group: resource.group, kind: resource.plural, uid });
}
