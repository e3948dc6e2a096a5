/** Server-side apply and every other write, from a live object with its managed fields to the next one with its own. */
import { isObject, type JsonObject } from "../resource/json-schema.ts";
import { type ApiResource, apiVersionOf, hasStatus } from "./api-resource.ts";
import { type ApplyConflict, applyConflict, remainingConflicts } from "./apply-conflict.ts";
import { NO_FIELDS } from "./field-set.ts";
import { fieldsOfLastApplied, KUBECTL, withLastApplied } from "./last-applied.ts";
import {
  decodeManagedFields,
  isReset,
  type Manager,
  NO_OWNERSHIPS,
  type Ownerships,
  withOwnerships,
} from "./managed-fields.ts";
import type { MergeType } from "./merge-type.ts";
import { metadataOf, withMetadata } from "./metadata.ts";
import { type Applied, applyConfig } from "./ownership-apply.ts";
import { type OwnershipScope, ownAfterUpdate, resetFields } from "./ownership-update.ts";
import { badRequest, type Refusal } from "./refusal.ts";
import { fieldOf } from "./tree.ts";
import { shapeProblems } from "./typed-validate.ts";

/** By whom, through what, and when an object is written. */
export interface FieldScope {
  readonly resource: ApiResource;
  readonly type: MergeType;
  /** `status`, or empty for the object itself. */
  readonly subresource: string;
  readonly manager: string;
  /** RFC 3339, to the second. */
  readonly now: string;
}

/** `next`, after a write that is no apply, with its managed fields. `live` null: it is created. */
export function manageUpdate(live: JsonObject | null, next: JsonObject, scope: FieldScope): JsonObject {
  const ownerships = ownershipsForUpdate(live, next, scope);
  // Of an object whose owners nobody recorded, or that were reset, none are guessed.
  if (live !== null && ownerships.size === 0)
    return withOwnerships(next, NO_OWNERSHIPS, apiVersionOf(scope.resource));
  const before = live === null ? emptyObject(scope) : unmanaged(live);
  const manager = managerOf(scope, "Update");
  const owned = ownAfterUpdate(ownershipScope(scope), before, unmanaged(next), ownerships, manager);
  return withOwnerships(next, owned, apiVersionOf(scope.resource));
}

/** A client that knows managed fields may write them; those of one that does not must not be lost. */
function ownershipsForUpdate(
  live: JsonObject | null,
  next: JsonObject,
  { resource, subresource }: FieldScope,
): Ownerships {
  const apiVersion = apiVersionOf(resource);
  const kept = (live === null ? null : metadataOf(live).managedFields) ?? [];
  const ofLive = decodeManagedFields(kept, apiVersion) ?? NO_OWNERSHIPS;
  const asked = metadataOf(next).managedFields;
  if (asked === null || subresource !== "") return ofLive;
  if (isReset(asked)) return NO_OWNERSHIPS;
  const ofRequest = decodeManagedFields(asked, apiVersion);
  return ofRequest === null || ofRequest.size === 0 ? ofLive : ofRequest;
}

/** What applying `config` makes of `live`; null: there is no such object yet. */
export function manageApply(
  live: JsonObject | null,
  config: JsonObject,
  isForced: boolean,
  scope: FieldScope,
): JsonObject | Refusal {
  const problem = configProblem(config, scope);
  if (problem !== null) return problem;
  const before = live === null ? emptyObject(scope) : unmanaged(live);
  const applied = applyConfig(
    ownershipScope(scope),
    before,
    config,
    ownershipsForApply(live, before, scope),
    managerOf(scope, "Apply"),
  );
  const conflicts = isForced ? [] : unallowed(applied.conflicts, before, scope);
  if (conflicts.length > 0) return applyConflict(scope.resource, conflicts);
  return withOwnerships(
    appliedObject(applied, config, scope),
    applied.ownerships,
    apiVersionOf(scope.resource),
  );
}

function configProblem(config: JsonObject, { resource, type }: FieldScope): Refusal | null {
  const expected = apiVersionOf(resource);
  const said = fieldOf(config, "apiVersion");
  if (said !== expected)
    return badRequest(
      `Incorrect version specified in apply patch. Specified patch version: ${String(said ?? "")}, expected: ${expected}`,
    );
  if (metadataOf(config).managedFields !== null) return badRequest("metadata.managedFields must be nil");
  const problems = shapeProblems(type, config);
  if (problems.length === 0) return null;
  const { namespace, name } = metadataOf(config);
  const object = `${namespace}/${name}; ${expected}, Kind=${resource.kind}`;
  return badRequest(`failed to create typed patch object (${object}): ${errorList(problems)}`);
}

function errorList(problems: readonly string[]): string {
  const [first = "", ...more] = problems;
  return more.length === 0 ? first : ["errors:", ...problems.map((problem) => `  ${problem}`)].join("\n");
}

/** Whoever wrote the object before owners were recorded is one owner of all that it holds. */
function ownershipsForApply(live: JsonObject | null, before: JsonObject, scope: FieldScope): Ownerships {
  if (live === null) return NO_OWNERSHIPS;
  const entries = metadataOf(live).managedFields ?? [];
  const ownerships = decodeManagedFields(entries, apiVersionOf(scope.resource)) ?? NO_OWNERSHIPS;
  if (ownerships.size > 0) return ownerships;
  const unknown: Manager = { name: "before-first-apply", operation: "Update", subresource: "" };
  return ownAfterUpdate(ownershipScope(scope), emptyObject(scope), before, NO_OWNERSHIPS, unknown);
}

function unallowed(conflicts: readonly ApplyConflict[], live: JsonObject, scope: FieldScope) {
  const { resource, manager } = scope;
  const isMigration = manager === KUBECTL && conflicts.length > 0;
  const allowed = isMigration
    ? fieldsOfLastApplied(ownershipScope(scope), live, apiVersionOf(resource))
    : NO_FIELDS;
  return remainingConflicts(conflicts, allowed);
}

function appliedObject({ object }: Applied, config: JsonObject, scope: FieldScope): JsonObject {
  const next = isObject(object) ? object : emptyObject(scope);
  return scope.manager === KUBECTL ? withLastApplied(next, config) : next;
}

const ownershipScope = ({ type, resource, subresource, now }: FieldScope): OwnershipScope => ({
  type,
  reset: resetFields(hasStatus(resource), subresource),
  now,
});

const managerOf = (scope: FieldScope, operation: Manager["operation"]): Manager => ({
  name: scope.manager,
  operation,
  subresource: scope.subresource,
});

const emptyObject = ({ resource }: FieldScope): JsonObject => ({
  apiVersion: apiVersionOf(resource),
  kind: resource.kind,
});

const unmanaged = (object: JsonObject): JsonObject => withMetadata(object, { managedFields: null });
