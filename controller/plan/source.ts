/**
 * Decides what a source of manifests (a directory, a Git repository) changes in the store. Pure.
 *
 * A file counts as a whole. One that is broken, by itself or in company with the others, is replaced by what the store has
 * from it, its last good content; so it neither loses what it had created nor disturbs what other files say. A source takes
 * nothing from another source, and deletes only what it has created itself. Of its own objects it states what its files
 * mention, as any other applier; what others have added stays (ADR 21).
 */
import { decideDelete } from "../object/decide-delete.ts";
import type { Declared } from "../object/declare.ts";
import { objectOfResource, resourceOfObject } from "../object/resource-object.ts";
import { formatKey, keyOf, type Resource } from "../resource/meta.ts";
import type { Stated } from "../resource/parse.ts";
import type { Rejection } from "../resource/rejection.ts";
import { isSame } from "../resource/same.ts";
import type { StoredResource, StoreWrite } from "../resource/stored.ts";
import { contextOf } from "./source-declare.ts";
import { type SourceFile, saysTheSame, settleFiles } from "./source-files.ts";
import { type ApplierQuestion, meetStored, type Settled } from "./source-meet.ts";
import { waitingFor } from "./source-waiting.ts";
import { resultOf } from "./steps.ts";

export interface SourceAction {
  readonly write: StoreWrite;
  readonly because: string;
  /** null: nobody has lost anything by it. */
  readonly overruled: OverruledFields | null;
}

/** What others had set otherwise than the file. */
export interface OverruledFields {
  readonly resource: Resource;
  readonly file: string;
  readonly line: number;
  /** `spec.interval (kubectl-edit)`. */
  readonly fields: readonly string[];
}

export interface SourcePlan {
  readonly actions: readonly SourceAction[];
  /** Sorted by file and line. */
  readonly rejections: readonly Rejection[];
  /** What is still there because of its finalizers. */
  readonly waiting: readonly Rejection[];
  /** How many resources the source has once the actions are done. */
  readonly resources: number;
  /** For the next question. */
  readonly settled: Settled;
}

const UNCONDITIONAL = { isDryRun: false, uid: null, resourceVersion: null };

const NOTHING: SourcePlan = { actions: [], rejections: [], waiting: [], resources: 0, settled: new Map() };

export const planSource = (question: ApplierQuestion): SourcePlan => resultOf(planningOf(question));

/** The same, in steps that each take little time. */
export function* planningOf(question: ApplierQuestion): Generator<void, SourcePlan> {
  const { source, stored } = question;
  // The usual case where all comes through the API; what others have in the store then concerns nobody here.
  if (question.files.length === 0 && stored.every(({ provenance }) => provenance.source !== source))
    return NOTHING;
  const storedByKey = new Map(stored.map((each) => [formatKey(keyOf(each.resource)), each]));
  const { files, declarations, settled } = yield* meetStored(question, storedByKey);
  const { accepted, kept, rejections } = settleFiles({ ...question, files });
  const remaining = new Set([...accepted, ...kept].map(({ manifest }) => formatKey(keyOf(manifest))));
  const own = stored.filter(({ provenance }) => provenance.source === source);
  const gone = own.filter(({ resource }) => !remaining.has(formatKey(keyOf(resource))));
  return {
    actions: [
      ...accepted.flatMap((placed) => {
        const current = storedByKey.get(formatKey(keyOf(placed.manifest))) ?? null;
        return planApply(source, placed, current, declarations.get(placed)) ?? [];
      }),
      ...gone.flatMap((each) => planDelete(question, each) ?? []),
    ],
    rejections,
    waiting: waitingFor(own, gone),
    resources: remaining.size,
    settled,
  };
}

function planApply(
  source: string,
  placed: Stated,
  current: StoredResource | null,
  declared: Declared | undefined,
): SourceAction | null {
  const { file, line } = placed;
  const provenance = { source, file, line };
  const outcome = declared?.outcome;
  const isChanged = outcome?.type === "create" || outcome?.type === "update";
  const resource = isChanged ? resourceOfObject(outcome.object) : current?.resource;
  if (resource === undefined) return null;
  if (current !== null && !isChanged && isSame(current.provenance, provenance)) return null;
  const ifVersion = current?.resource.metadata.resourceVersion ?? null;
  return {
    write: { type: "put", resource, provenance, ifVersion },
    because: reasonOf(source, placed, current),
    overruled: overruledOf(placed, resource, declared),
  };
}

function reasonOf(source: string, { file, line, manifest }: Stated, current: StoredResource | null): string {
  const place = `${file}:${line}`;
  if (current === null) return `${place} defines it`;
  if (current.provenance.source !== source) return `${place} defines it, and it was handed over`;
  if (!saysTheSame(current.resource, manifest)) return `${place} says otherwise`;
  if (!isSame(current.provenance, { source, file, line })) return `it stands in ${place} now`;
  return `${place} owns other fields of it than before`;
}

function overruledOf(
  { file, line }: Stated,
  resource: Resource,
  declared: Declared | undefined,
): OverruledFields | null {
  const fields = (declared?.overruled ?? []).flatMap(({ manager, fields: lost }) =>
    lost.map((field) => `${field} (${manager})`),
  );
  return fields.length === 0 ? null : { resource, file, line, fields };
}

function planDelete(
  { source, applier, files }: ApplierQuestion,
  stored: StoredResource,
): SourceAction | null {
  const { resource, provenance } = stored;
  const ifVersion = resource.metadata.resourceVersion;
  const context = contextOf(source, applier, resource);
  const outcome = decideDelete(objectOfResource(resource), UNCONDITIONAL, context);
  const because = whyGone(provenance.file, files);
  switch (outcome.type) {
    case "delete":
      return { write: { type: "delete", key: keyOf(resource), ifVersion }, because, overruled: null };
    case "update": {
      const marked = resourceOfObject(outcome.object);
      return { write: { type: "put", resource: marked, provenance, ifVersion }, because, overruled: null };
    }
    default:
      return null;
  }
}

function whyGone(file: string, files: readonly SourceFile[]): string {
  const isThere = files.some(({ path }) => path === file);
  return isThere ? `${file} no longer defines it` : `${file} is gone`;
}
