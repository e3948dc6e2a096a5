/** A request to write, from its body to what is to be stored: read or patched, completed, owned, judged. */
import { unreachable } from "../net/unreachable.ts";
import type { Json, JsonObject } from "../resource/json-schema.ts";
import { readObject } from "./api-object.ts";
import { decideCreate } from "./decide-create.ts";
import { decideStatusUpdate, decideUpdate } from "./decide-update.ts";
import {
  type FieldValidation,
  strictPatchRefusal,
  strictProblems,
  strictRefusal,
} from "./field-validation.ts";
import { applyJsonPatch } from "./json-patch.ts";
import { type FieldScope, manageApply, manageUpdate } from "./manage-fields.ts";
import { applyMergePatch } from "./merge-patch.ts";
import type { MergeType } from "./merge-type.ts";
import { metadataOf } from "./metadata.ts";
import type { Outcome, RequestContext } from "./outcome.ts";
import { conflict, isRefusal, notFound, type Refusal } from "./refusal.ts";
import { unknownFields } from "./unknown-fields.ts";

export interface WriteRequest {
  readonly verb: "create" | "update" | "json-patch" | "merge-patch" | "apply";
  readonly body: Json;
  /** Of `duplicateFields`, since the body does not show them any more. */
  readonly duplicates: readonly string[];
  readonly fieldValidation: FieldValidation;
  /** Of an apply. */
  readonly isForced: boolean;
}

export interface Completed {
  readonly object: JsonObject;
  /** For the client's user. */
  readonly warnings: readonly string[];
}

export interface WriteDecision {
  readonly outcome: Outcome;
  readonly warnings: readonly string[];
}

export interface WriteContext extends RequestContext {
  /** How objects of the kind merge. */
  readonly type: MergeType;
  /** `status`, or empty for the object itself. */
  readonly subresource: "" | "status";
  /** Of `managerName`. */
  readonly manager: string;
  /** Fills in defaults, and refuses what is not sound: of the whole object, never of a patch. */
  readonly complete: (object: JsonObject) => Completed | Refusal;
}

/** `findLive` gives the object that has a name now. */
export function decideWrite(
  findLive: (name: string) => JsonObject | null,
  request: WriteRequest,
  context: WriteContext,
): WriteDecision {
  const live = context.name === "" ? null : findLive(context.name);
  const next = nextObject(live, request, context);
  if (isRefusal(next)) return { outcome: next, warnings: [] };
  return { outcome: settle(findLive, live, next.object, context), warnings: next.warnings };
}

function settle(
  findLive: (name: string) => JsonObject | null,
  live: JsonObject | null,
  next: JsonObject,
  context: WriteContext,
): Outcome {
  if (live === null) return decideCreate(findLive, next, context);
  return (context.subresource === "status" ? decideStatusUpdate : decideUpdate)(live, next, context);
}

/** Complete, and with its managed fields. */
function nextObject(
  live: JsonObject | null,
  request: WriteRequest,
  context: WriteContext,
): Completed | Refusal {
  const { resource, name, subresource } = context;
  const mayCreate = request.verb === "create" || (request.verb === "apply" && subresource === "");
  if (live === null && !mayCreate) return notFound(resource, name);
  const tree = askedTree(live, request);
  if (isRefusal(tree)) return tree;
  const asked = readObject(tree, resource);
  if (isRefusal(asked)) return asked;
  // What is applied must be of the kind's shape anyway, or nobody could own it.
  const unknown = request.verb === "apply" ? [] : unknownFields(context.type, tree);
  const problems = strictProblems(request.duplicates, unknown);
  const strict = request.fieldValidation === "Strict" ? strictness(problems, tree, request, context) : null;
  if (strict !== null) return strict;
  const completed = completedObject(live, asked, request, context);
  if (isRefusal(completed)) return completed;
  const told = request.fieldValidation === "Warn" ? problems : [];
  return { object: completed.object, warnings: [...told, ...completed.warnings] };
}

function strictness(
  problems: readonly string[],
  tree: Json,
  { verb }: WriteRequest,
  { resource, name }: WriteContext,
): Refusal | null {
  if (problems.length === 0) return null;
  const isPatch = verb === "json-patch" || verb === "merge-patch";
  return isPatch ? strictPatchRefusal(resource, name, tree, problems) : strictRefusal(resource, problems);
}

function completedObject(
  live: JsonObject | null,
  asked: JsonObject,
  { verb, isForced }: WriteRequest,
  context: WriteContext,
): Completed | Refusal {
  if (verb === "apply") return applied(live, asked, isForced, context);
  const another = verb === "update" && live !== null ? anotherObject(live, asked, context) : null;
  const next = another ?? context.complete(asked);
  if (isRefusal(next)) return next;
  return { ...next, object: manageUpdate(live, next.object, fieldScope(context)) };
}

function applied(
  live: JsonObject | null,
  config: JsonObject,
  isForced: boolean,
  context: WriteContext,
): Completed | Refusal {
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

function askedTree(live: JsonObject | null, { verb, body }: WriteRequest): Json | Refusal {
  switch (verb) {
    case "create":
    case "apply":
    case "update":
      return body;
    case "json-patch":
      return applyJsonPatch(live, body);
    case "merge-patch":
      return applyMergePatch(live, body);
    default:
      return unreachable(verb);
  }
}

/** Whoever says which object he means does not want to replace the one that has taken its name. */
function anotherObject(
  live: JsonObject,
  asked: JsonObject,
  { resource, name }: WriteContext,
): Refusal | null {
  const [expected, found] = [metadataOf(asked).uid, metadataOf(live).uid];
  if (expected === "" || expected === found) return null;
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
