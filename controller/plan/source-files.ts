/** Decides which files of a source count as they are, and which are replaced by their last good content. Pure. */
import { formatKey, keyOf, type Manifest, type Resource } from "../resource/meta.ts";
import type { Located, Stated } from "../resource/parse.ts";
import type { Rejection } from "../resource/rejection.ts";
import { isSame } from "../resource/same.ts";
import { ADOPT, API_SOURCE, type StoredResource } from "../resource/stored.ts";

export interface SourceFile {
  /** A sub-directory that could not be listed is here too: it stands for the files below it. */
  readonly path: string;
  readonly manifests: readonly Stated[];
  /** Why the file is broken by itself, or could not be read. */
  readonly rejections: readonly Rejection[];
}

/** Finds what is wrong between manifests. Of two that contradict each other, the one that comes first is right. */
export type CheckTogether = (manifests: readonly Located[]) => readonly Rejection[];

export interface SourceQuestion {
  /** `directory:/etc/holdfast/manifests`. */
  readonly source: string;
  /** All files that the source has now. A file that is not among them is gone. */
  readonly files: readonly SourceFile[];
  /** All of the store, also what belongs to others. */
  readonly stored: readonly StoredResource[];
  readonly checkTogether: CheckTogether;
}

export interface SettledFiles {
  /** The manifests of the files that are good. */
  readonly accepted: readonly Stated[];
  /** What the store keeps of the files that are broken. */
  readonly kept: readonly Located[];
  readonly rejections: readonly Rejection[];
}

/**
 * Each round takes the files that were found broken out of the next, with all that they say. It ends, since each round but
 * the last finds another file broken.
 */
export function settleFiles(question: SourceQuestion): SettledFiles {
  const files = [...question.files].sort(byPath);
  const broken = new Map<string, readonly Rejection[]>();
  for (const { path, rejections } of files) if (rejections.length > 0) broken.set(path, rejections);
  const isChanged = changedFiles(question, files);
  for (;;) {
    const ranks = rank(question, files, broken, isChanged);
    const found = problems(question, ranks);
    const fresh = [...isChanged].filter((path) => !broken.has(path) && found.has(path));
    if (fresh.length > 0) {
      for (const path of fresh) broken.set(path, found.get(path) ?? []);
      continue;
    }
    // What a file keeps saying cannot be taken out of the store by rejecting it, but its writer should know.
    const standing = files
      .filter(({ path }) => !broken.has(path))
      .flatMap(({ path }) => found.get(path) ?? []);
    return {
      accepted: [...ranks.unchanged, ...ranks.changed],
      kept: ranks.kept,
      rejections: [...[...broken.values()].flat(), ...standing].sort(byPlace),
    };
  }
}

/** All that counts in one round. Whoever comes later is wrong when two contradict each other. */
interface Ranks {
  readonly foreign: readonly Located[];
  readonly kept: readonly Located[];
  readonly unchanged: readonly Stated[];
  readonly changed: readonly Stated[];
}

function rank(
  { source, stored }: SourceQuestion,
  files: readonly SourceFile[],
  broken: ReadonlyMap<string, unknown>,
  isChanged: ReadonlySet<string>,
): Ranks {
  const own = stored.filter(({ provenance }) => provenance.source === source);
  const good = files.filter(({ path }) => !broken.has(path));
  const places = new Map(
    own.map(({ resource, provenance }) => [formatKey(keyOf(resource)), provenance.file]),
  );
  const changed = good.filter(({ path }) => isChanged.has(path)).flatMap(({ manifests }) => manifests);
  // A file that has defined an object so far has the better right to it than one that comes along.
  const isHolder = ({ file, manifest }: Located): boolean => places.get(formatKey(keyOf(manifest))) === file;
  const wanted = new Set(
    good.flatMap(({ manifests }) => manifests.map(({ manifest }) => formatKey(keyOf(manifest)))),
  );
  const isToBeTaken = (each: StoredResource): boolean =>
    isHandedOver(each, source) && wanted.has(formatKey(keyOf(each.resource)));
  return {
    foreign: stored
      .filter((each) => each.provenance.source !== source && !isToBeTaken(each))
      .map((each) => fromStore(each, foreignFile(each))),
    kept: own
      .filter(({ provenance }) => isCovered(provenance.file, broken))
      .map((each) => fromStore(each, each.provenance.file)),
    unchanged: good.filter(({ path }) => !isChanged.has(path)).flatMap(({ manifests }) => manifests),
    changed: [...changed.filter(isHolder), ...changed.filter((placed) => !isHolder(placed))],
  };
}

/** Whoever holds the object has said that `source` may have it. */
export const isHandedOver = ({ resource, provenance }: StoredResource, source: string): boolean =>
  provenance.source !== source && resource.metadata.annotations?.[ADOPT] === source;

/** What another source has in the store is named with its source: `git:lb/web.yaml`. */
const foreignFile = ({ provenance: { source, file } }: StoredResource): string => `${source}/${file}`;

/** By file. Claims on one object come first: only when each object has one owner do relations between objects make sense. */
function problems(
  { checkTogether, source }: SourceQuestion,
  ranks: Ranks,
): ReadonlyMap<string, readonly Rejection[]> {
  const all = [...ranks.foreign, ...ranks.kept, ...ranks.unchanged, ...ranks.changed];
  const claims = doubleClaims(all, new Set(ranks.foreign), source);
  return byFile(claims.length > 0 ? claims : checkTogether(all));
}

function doubleClaims(all: readonly Located[], foreign: ReadonlySet<Located>, source: string): Rejection[] {
  const owners = new Map<string, Located>();
  const rejections: Rejection[] = [];
  for (const placed of all) {
    const resource = formatKey(keyOf(placed.manifest));
    const owner = owners.get(resource);
    if (owner === undefined) {
      owners.set(resource, placed);
      continue;
    }
    const { file, line, column } = placed;
    const message = foreign.has(owner)
      ? `${resource} ${ownerInWords(owner)}; delete it there, rename it here, or hand it over with the annotation ${ADOPT}=${source} on it`
      : `${resource} is defined in ${owner.file}:${owner.line} already`;
    rejections.push({ file, line, column, path: "metadata.name", resource, message });
  }
  return rejections;
}

function ownerInWords({ file, line }: Located): string {
  const api = `${API_SOURCE}/`;
  return file.startsWith(api)
    ? `was created through the API, by ${file.slice(api.length)}`
    : `belongs to ${file}:${line}, which is another source`;
}

/** The files whose content is not what the store has of them. */
function changedFiles({ source, stored }: SourceQuestion, files: readonly SourceFile[]): Set<string> {
  const storedByFile = new Map<string, Map<string, Resource>>();
  for (const { resource, provenance } of stored) {
    if (provenance.source !== source) continue;
    const known = storedByFile.get(provenance.file) ?? new Map<string, Resource>();
    storedByFile.set(provenance.file, known.set(formatKey(keyOf(resource)), resource));
  }
  const isAsStored = ({ path, manifests }: SourceFile): boolean => {
    const known = storedByFile.get(path) ?? new Map<string, Resource>();
    const said = new Map(manifests.map(({ manifest }) => [formatKey(keyOf(manifest)), manifest]));
    // The first two differ when a file defines one object twice.
    if (manifests.length !== said.size || said.size !== known.size) return false;
    return [...said].every(([key, manifest]) => {
      const resource = known.get(key);
      return resource !== undefined && saysTheSame(resource, manifest);
    });
  };
  return new Set(files.filter((file) => !isAsStored(file)).map(({ path }) => path));
}

/** Whether `file` is broken, or is below a sub-directory that could not be listed. */
function isCovered(file: string, broken: ReadonlyMap<string, unknown>): boolean {
  const steps = file.split("/");
  return steps.some((_, index) => broken.has(steps.slice(0, index + 1).join("/")));
}

function fromStore({ resource, provenance }: StoredResource, file: string): Located {
  const start = { line: provenance.line, column: 1 };
  return { file, ...start, manifest: manifestOf(resource), position: () => start };
}

export function manifestOf(resource: Resource): Manifest {
  const { apiVersion, kind, spec } = resource;
  const { name, namespace, labels, annotations } = resource.metadata;
  const metadata = {
    name,
    namespace,
    ...(labels === undefined ? {} : { labels }),
    ...(annotations === undefined ? {} : { annotations }),
  };
  // Taking a union apart loses that kind and spec belong together; they come from one resource.
  return { apiVersion, kind, metadata, spec } as Manifest;
}

/** Whether writing `manifest` over `resource` would change nothing of it. An empty map is the same as none. */
export function saysTheSame(resource: Resource, manifest: Manifest): boolean {
  const { metadata } = resource;
  return (
    isSame(resource.spec, manifest.spec) &&
    isSame(metadata.labels ?? {}, manifest.metadata.labels ?? {}) &&
    isSame(metadata.annotations ?? {}, manifest.metadata.annotations ?? {})
  );
}

function byFile(rejections: readonly Rejection[]): Map<string, readonly Rejection[]> {
  const groups = new Map<string, Rejection[]>();
  for (const each of rejections) {
    const group = groups.get(each.file);
    if (group === undefined) groups.set(each.file, [each]);
    else group.push(each);
  }
  return groups;
}

const byPath = (a: SourceFile, b: SourceFile): number => (a.path < b.path ? -1 : 1);

function byPlace(a: Rejection, b: Rejection): number {
  if (a.file !== b.file) return a.file < b.file ? -1 : 1;
  return a.line - b.line || a.column - b.column;
}
