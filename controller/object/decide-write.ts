/** A request to write, from its body to what is to be stored: read or patched, completed, owned, judged. */
import { unreachable } from "../net/unreachable.ts";
import type { Json, JsonObject } from "../resource/json-schema.ts";
import { readObject } from "./api-object.ts";
import { decideCreate } from "./decide-create.ts";
import { decideStatusUpdate, decideUpdate } from "./decide-update.ts";
import { applyJsonPatch } from "./json-patch.ts";
import { type FieldScope, manageApply, manageUpdate } from "./manage-fields.ts";
import { applyMergePatch } from "./merge-patch.ts";
import type { MergeType } from "./merge-type.ts";
import { metadataOf } from "./metadata.ts";
import type { Outcome, RequestContext } from "./outcome.ts";
import { conflict, isRefusal, notFound, type Refusal } from "./refusal.ts";

export type WriteRequest =
  | { readonly verb: "create" | "update"; readonly body: Json }
  | { readonly verb: "json-patch" | "merge-patch"; readonly body: Json }
  | { readonly verb: "apply"; readonly body: Json; readonly isForced: boolean };

export interface WriteContext extends RequestContext {
  /** How objects of the kind merge. */
  readonly type: MergeType;
  /** `status`, or empty for the object itself. */
  readonly subresource: "" | "status";
  /** Of `managerName`. */
  readonly manager: string;
  /** Fills in defaults, and refuses what is not sound: of the whole object, never of a patch. */
  readonly complete: (object: JsonObject) => JsonObject | Refusal;
}

/** `findLive` gives the object that has a name now. */
export function decideWrite(
  findLive: (name: string) => JsonObject | null,
  request: WriteRequest,
  context: WriteContext,
): Outcome {
  const live = context.name === "" ? null : findLive(context.name);
  const next = nextObject(live, request, context);
  if (isRefusal(next)) return next;
  if (live === null) return decideCreate(findLive, next, context);
  return (context.subresource === "status" ? decideStatusUpdate : decideUpdate)(live, next, context);
}

/** Complete, and with its managed fields. */
function nextObject(
  live: JsonObject | null,
  request: WriteRequest,
  context: WriteContext,
): JsonObject | Refusal {
  const { resource, name, subresource } = context;
  const mayCreate = request.verb === "create" || (request.verb === "apply" && subresource === "");
  if (live === null && !mayCreate) return notFound(resource, name);
  const asked = askedObject(live, request, context);
  if (isRefusal(asked)) return asked;
  if (request.verb === "apply") return applied(live, asked, request.isForced, context);
  const next = context.complete(asked);
  return isRefusal(next) ? next : manageUpdate(live, next, fieldScope(context));
}

function applied(
  live: JsonObject | null,
  config: JsonObject,
  isForced: boolean,
  context: WriteContext,
): JsonObject | Refusal {
  const { uid } = metadataOf(config);
  if (live === null && uid !== "")
    return conflict(
      context.resource,
      context.name,
      `uid mismatch: the provided object specified uid ${uid}, and no existing object was found`,
    );
  const next = manageApply(live, config, isForced, fieldScope(context));
  return isRefusal(next) ? next : context.complete(next);
}

function askedObject(
  live: JsonObject | null,
  request: WriteRequest,
  context: WriteContext,
): JsonObject | Refusal {
  const { resource } = context;
  const { verb, body } = request;
  switch (verb) {
    case "create":
    case "apply":
      return readObject(body, resource);
    case "update":
      return replacement(live, readObject(body, resource), context);
    case "json-patch":
      return readPatched(applyJsonPatch(live, body), context);
    case "merge-patch":
      return readPatched(applyMergePatch(live, body), context);
    default:
      return unreachable(verb);
  }
}

const readPatched = (patched: Json | Refusal, { resource }: WriteContext): JsonObject | Refusal =>
  isRefusal(patched) ? patched : readObject(patched, resource);

/** Whoever says which object he means does not want to replace the one that has taken its name. */
function replacement(
  live: JsonObject | null,
  asked: JsonObject | Refusal,
  { resource, name }: WriteContext,
): JsonObject | Refusal {
  if (isRefusal(asked) || live === null) return asked;
  const [expected, found] = [metadataOf(asked).uid, metadataOf(live).uid];
  if (expected === "" || expected === found) return asked;
  return conflict(
    resource,
    name,
    `Precondition failed: UID in precondition: ${expected}, UID in object meta: ${found}`,
  );
}

const fieldScope = ({ resource, type, subresource, manager, now }: WriteContext): FieldScope => ({
  resource,
  type,
  subresource,
  manager,
  now,
});
