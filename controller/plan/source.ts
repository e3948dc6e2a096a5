/**
 * Decides what a source of manifests (a directory, a Git repository) changes in the store. Pure.
 *
 * A file counts as a whole. One that is broken, by itself or in company with the others, is replaced by what the store has
 * from it, its last good content; so it neither loses what it had created nor disturbs what other files say. A source takes
 * nothing from another source, and deletes only what it has created itself.
 */
import { formatKey, keyOf } from "../resource/meta.ts";
import type { Located } from "../resource/parse.ts";
import type { Rejection } from "../resource/rejection.ts";
import { isSame } from "../resource/same.ts";
import type { StoredResource, StoreWrite } from "../resource/stored.ts";
import { type SourceFile, type SourceQuestion, saysTheSame, settleFiles } from "./source-files.ts";

export interface SourceAction {
  readonly write: StoreWrite;
  readonly because: string;
}

export interface SourcePlan {
  readonly actions: readonly SourceAction[];
  /** Sorted by file and line. */
  readonly rejections: readonly Rejection[];
  /** How many resources the source has once the actions are done. */
  readonly resources: number;
}

export function planSource(question: SourceQuestion): SourcePlan {
  const { accepted, kept, rejections } = settleFiles(question);
  const remaining = new Set([...accepted, ...kept].map(({ manifest }) => formatKey(keyOf(manifest))));
  const gone = question.stored.filter(
    ({ resource, provenance }) =>
      provenance.source === question.source && !remaining.has(formatKey(keyOf(resource))),
  );
  const storedByKey = new Map(question.stored.map((each) => [formatKey(keyOf(each.resource)), each]));
  return {
    actions: [
      ...accepted.flatMap((placed) => {
        const current = storedByKey.get(formatKey(keyOf(placed.manifest))) ?? null;
        return planApply(question.source, placed, current) ?? [];
      }),
      ...gone.map((stored) => planDelete(stored, question.files)),
    ],
    rejections,
    resources: remaining.size,
  };
}

function planApply(
  source: string,
  { file, line, manifest }: Located,
  current: StoredResource | null,
): SourceAction | null {
  const provenance = { source, file, line };
  const place = `${file}:${line}`;
  if (current === null) {
    const write: StoreWrite = { type: "apply", manifest, provenance, ifVersion: null };
    return { write, because: `${place} defines it` };
  }
  const ifVersion = current.resource.metadata.resourceVersion;
  const write: StoreWrite = { type: "apply", manifest, provenance, ifVersion };
  if (!saysTheSame(current.resource, manifest)) return { write, because: `${place} says otherwise` };
  if (!isSame(current.provenance, provenance)) return { write, because: `it stands in ${place} now` };
  return null;
}

function planDelete({ resource, provenance }: StoredResource, files: readonly SourceFile[]): SourceAction {
  const isThere = files.some(({ path }) => path === provenance.file);
  return {
    write: { type: "delete", key: keyOf(resource), ifVersion: resource.metadata.resourceVersion },
    because: isThere ? `${provenance.file} no longer defines it` : `${provenance.file} is gone`,
  };
}
