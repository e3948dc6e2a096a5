/** Writing objects of ours: decided by the core, made durable by the store, and decided anew when somebody was faster. */
import { rfc3339Seconds } from "../net/time.ts";
import type { ResourceCall } from "../object/api-call.ts";
import type { Cause } from "../object/cause.ts";
import { completeObject } from "../object/complete-object.ts";
import { decideDelete } from "../object/decide-delete.ts";
import { decideWrite, type WriteContext, type WriteRequest } from "../object/decide-write.ts";
import type { DeleteOptions } from "../object/delete-options.ts";
import type { MergeType } from "../object/merge-type.ts";
import { metadataOf } from "../object/metadata.ts";
import { generatedName, type Outcome } from "../object/outcome.ts";
import { conflict, invalidObject, isRefusal, notStored, type Refusal, STALE } from "../object/refusal.ts";
import { objectOfResource, resourceOfObject } from "../object/resource-object.ts";
import { touchedFields } from "../object/touched-fields.ts";
import { at, mappingAt } from "../object/tree.ts";
import type { Foreseen } from "../plan/foresight.ts";
import { judgeDelete, judgeWrite } from "../plan/judge-write.ts";
import type { Clock } from "../port/clock.ts";
import { OperationFailure } from "../port/failure.ts";
import type { ResourceStore } from "../port/resource-store.ts";
import type { Json, JsonObject } from "../resource/json-schema.ts";
import { type Kind, keyOf, type Resource, type ResourceKey } from "../resource/meta.ts";
import { isSame } from "../resource/same.ts";
import { API_SOURCE, managerOfSource, type Provenance, type StoredResource } from "../resource/stored.ts";

/** Between looking and writing others write as well: the agent itself tells the status. */
const ATTEMPTS_MAX = 6;
/** As Kubernetes' API servers have it. */
const SUFFIX_CHARACTERS = "bcdfghjklmnpqrstvwxz2456789";
const SUFFIX_LENGTH = 5;
/** Of a warning that names fields. */
const FIELDS_TOLD_MAX = 3;

export interface WriteParts {
  readonly store: ResourceStore;
  readonly clock: Clock;
  readonly newUid: () => string;
  /** 0 to 1. */
  readonly random: () => number;
  readonly mergeTypes: { readonly [K in Kind]: MergeType };
  /** What would come of it on this node if `next` took the place of what has the key; null: if that went. */
  readonly foresee: (key: ResourceKey, next: Resource | null) => Promise<Foreseen>;
}

export interface Write {
  readonly call: ResourceCall;
  readonly kind: Kind;
  /** Of the fields that it sets. */
  readonly manager: string;
  readonly isDryRun: boolean;
}

export interface Written {
  readonly type: "created" | "updated" | "unchanged" | "deleted";
  readonly object: JsonObject;
  readonly warnings: readonly string[];
}

export async function writeObject(
  parts: WriteParts,
  write: Write,
  request: WriteRequest,
): Promise<Written | Refusal> {
  return await decided(
    parts,
    write,
    (context, found) => {
      const { outcome, warnings } = decideWrite((name) => found(name)?.object ?? null, request, context);
      return { outcome, warnings };
    },
    request.body,
  );
}

export async function deleteObject(
  parts: WriteParts,
  write: Write,
  options: DeleteOptions,
): Promise<Written | Refusal> {
  return await decided(
    parts,
    { ...write, isDryRun: write.isDryRun || options.isDryRun },
    (context, found) => ({
      outcome: decideDelete(found(context.name)?.object ?? null, options, context),
      warnings: [],
    }),
    null,
  );
}

interface Found {
  readonly object: JsonObject;
  readonly stored: StoredResource;
}
type Find = (name: string) => Found | null;
type Decide = (
  context: WriteContext,
  found: Find,
) => { readonly outcome: Outcome; readonly warnings: readonly string[] };

async function decided(
  parts: WriteParts,
  write: Write,
  decide: Decide,
  body: Json,
): Promise<Written | Refusal> {
  for (let attempt = 1; attempt <= ATTEMPTS_MAX; attempt++) {
    const context = contextOf(parts, write);
    const found = await findAll(parts.store, write, namesIn(context, body));
    const { outcome, warnings } = decide(context, found);
    if (isRefusal(outcome)) return outcome;
    const before = found(metadataOf(outcome.object).name);
    const written = await unlessOvertaken(() => settle(parts, write, { outcome, warnings, before }));
    if (written !== null) return written;
  }
  return conflict(write.call.resource, write.call.name, STALE);
}

/** null: somebody has written in between. */
async function unlessOvertaken(task: () => Promise<Written | Refusal>): Promise<Written | Refusal | null> {
  try {
    return await task();
  } catch (error) {
    if (!(error instanceof OperationFailure)) throw error;
    if (error.detail.code === "store-conflict") return null;
    if (error.detail.code === "store-refused") return notStored(error.message);
    throw error;
  }
}

function contextOf(
  { clock, newUid, random, mergeTypes }: WriteParts,
  { call, kind, manager }: Write,
): WriteContext {
  const { resource, namespace, name, subresource } = call;
  const type = mergeTypes[kind];
  return {
    resource,
    namespace,
    name,
    subresource,
    type,
    manager,
    now: rfc3339Seconds(clock.wallTime()),
    uid: newUid(),
    nameSuffix: suffixOf(random),
    complete: (object) => completeObject(kind, type, subresource, object),
  };
}

const suffixOf = (random: () => number): string =>
  Array.from(
    { length: SUFFIX_LENGTH },
    () => SUFFIX_CHARACTERS[Math.floor(random() * SUFFIX_CHARACTERS.length)],
  ).join("");

/** Whatever name it may turn out to have. */
function namesIn({ name, nameSuffix }: WriteContext, body: Json): readonly string[] {
  if (name !== "") return [name];
  const text = (field: string): readonly string[] => {
    const value = at(body, "metadata", field);
    return typeof value === "string" && value !== "" ? [value] : [];
  };
  return [...text("name"), ...text("generateName").map((base) => generatedName(base, nameSuffix))];
}

async function findAll(store: ResourceStore, { call, kind }: Write, names: readonly string[]): Promise<Find> {
  const entries = await Promise.all(
    names.map(async (name) => [name, await store.get({ kind, namespace: call.namespace, name })] as const),
  );
  const found = new Map(entries);
  return (name) => {
    const stored = found.get(name) ?? null;
    return stored === null ? null : { stored, object: objectOfResource(stored.resource) };
  };
}

interface Settling {
  readonly outcome: Exclude<Outcome, Refusal>;
  readonly warnings: readonly string[];
  readonly before: Found | null;
}

/** Throws OperationFailure `store-conflict` when it has to be decided anew. */
async function settle(parts: WriteParts, write: Write, settling: Settling): Promise<Written | Refusal> {
  const { outcome, warnings } = settling;
  switch (outcome.type) {
    case "unchanged":
      return { type: "unchanged", object: outcome.object, warnings };
    case "delete":
      return await remove(parts, write, settling);
    default:
      return await put(parts, write, settling);
  }
}

async function remove(
  parts: WriteParts,
  write: Write,
  { outcome, before }: Settling,
): Promise<Written | Refusal> {
  const { object } = outcome;
  if (before === null) return { type: "deleted", object, warnings: [] };
  const { resource } = before.stored;
  const missed = judgeDelete(resource, await parts.store.list());
  const { warnings: disturbed } = await parts.foresee(keyOf(resource), null);
  const warnings = [...ownerWarnings(before, "it will be created again"), ...missed, ...disturbed];
  const ifVersion = resource.metadata.resourceVersion;
  if (!write.isDryRun) await parts.store.write([{ type: "delete", key: keyOf(resource), ifVersion }]);
  return { type: "deleted", object, warnings };
}

async function put(parts: WriteParts, write: Write, settling: Settling): Promise<Written | Refusal> {
  const { outcome, before } = settling;
  const next = resourceOfObject(outcome.object);
  const type = before === null ? "created" : "updated";
  const isNewSpec = before === null || !isSame(before.stored.resource.spec, next.spec);
  const judged = isNewSpec ? await judge(parts, write, next) : { plan: [], warnings: [] };
  if (isRefusal(judged)) return judged;
  const owned = setBackWarnings(parts.mergeTypes[write.kind], before, outcome.object);
  const warnings = [...settling.warnings, ...owned, ...judged.warnings];
  if (write.isDryRun) return { type, object: withPlan(outcome.object, judged.plan), warnings };
  const ifVersion = before?.stored.resource.metadata.resourceVersion ?? null;
  await parts.store.write([
    { type: "put", resource: next, provenance: provenanceOf(before, write), ifVersion },
  ]);
  // With the version that the store has given it. It may have gone again.
  const stored = await parts.store.get(keyOf(next));
  return { type, object: stored === null ? outcome.object : objectOfResource(stored.resource), warnings };
}

async function judge(parts: WriteParts, { call }: Write, next: Resource): Promise<Foreseen | Refusal> {
  const { refusals, warnings } = judgeWrite(next, await parts.store.list());
  if (refusals.length > 0) {
    const causes = refusals.map(
      ({ path, message }): Cause => ({
        reason: "FieldValueInvalid",
        field: path,
        message: `Invalid value: ${message}`,
      }),
    );
    return invalidObject(call.resource, next.metadata.name, causes);
  }
  const told = warnings.map(({ path, message }) => `${path}: ${message}`);
  const { plan, warnings: disturbed } = await parts.foresee(keyOf(next), next);
  return { plan, warnings: [...told, ...disturbed] };
}

/** `kubectl diff` shows whatever a dry run answers, so it also shows what the node would do. */
function withPlan(object: JsonObject, plan: readonly string[]): JsonObject {
  if (plan.length === 0) return object;
  return { ...object, status: { ...mappingAt(object, "status"), plan } };
}

const provenanceOf = (before: Found | null, { manager }: Write): Provenance =>
  before?.stored.provenance ?? { source: API_SOURCE, file: manager, line: 0 };

/** An object that a directory or a repository holds is theirs: they bring it in line again. */
function ownerWarnings(before: Found | null, what: string): readonly string[] {
  return before === null || before.stored.provenance.source === API_SOURCE
    ? []
    : [`it ${comesFrom(before)}, ${what}`];
}

/** Only what the file states is set back; what others have added stays. */
function setBackWarnings(type: MergeType, before: Found | null, next: JsonObject): readonly string[] {
  if (before === null || before.stored.provenance.source === API_SOURCE) return [];
  const manager = managerOfSource(before.stored.provenance.source);
  const fields = touchedFields(type, manager, before.object, next);
  if (fields.length === 0) return [];
  const shown = fields.slice(0, FIELDS_TOLD_MAX).join(", ");
  const more = fields.length > FIELDS_TOLD_MAX ? ` and ${fields.length - FIELDS_TOLD_MAX} more fields` : "";
  return [`${shown}${more}: the object ${comesFrom(before)}, this will be set back`];
}

function comesFrom({ stored: { provenance } }: Found): string {
  const { source, file, line } = provenance;
  return `comes from ${source}/${file}:${line}; unless that is changed too`;
}
