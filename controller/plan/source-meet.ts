/** Brings the files of a source together with what the store has of the same names. Pure. */
import type { Declared } from "../object/declare.ts";
import { isRefusal, type Refusal } from "../object/refusal.ts";
import { resourceOfObject } from "../object/resource-object.ts";
import { formatKey, keyOf, type Resource } from "../resource/meta.ts";
import type { Stated } from "../resource/parse.ts";
import type { Rejection } from "../resource/rejection.ts";
import type { StoredResource } from "../resource/stored.ts";
import { type Applier, declareManifest } from "./source-declare.ts";
import { isHandedOver, manifestOf, type SourceFile, type SourceQuestion } from "./source-files.ts";

/** By which manifests have been found to leave nothing to do about which resources. */
export type Settled = ReadonlyMap<Stated, Resource>;

export interface ApplierQuestion extends SourceQuestion {
  readonly applier: Applier;
  /** Of the plan before, so that what has stayed the same is not even compared. */
  readonly settled: Settled;
}

export interface Meeting {
  /** Their manifests as the objects will be, with what others have added. */
  readonly files: readonly SourceFile[];
  /** What is to be done about each; nothing where there is none. */
  readonly declarations: ReadonlyMap<Stated, Declared>;
  readonly settled: Settled;
}

/** Pauses after each manifest, for whoever has other things to do meanwhile: a thousand new ones take a second. */
export function* meetStored(
  { source, files, applier, settled: known }: ApplierQuestion,
  storedByKey: ReadonlyMap<string, StoredResource>,
): Generator<void, Meeting> {
  const declarations = new Map<Stated, Declared>();
  const settled = new Map<Stated, Resource>();
  const meet = (stated: Stated): Stated | Rejection => {
    const current = storedByKey.get(formatKey(keyOf(stated.manifest))) ?? null;
    if (current !== null && current.provenance.source !== source && !isHandedOver(current, source))
      return stated;
    const isKnown = current !== null && known.get(stated) === current.resource;
    const declared = isKnown ? null : declareManifest(source, applier, stated, current);
    if (declared === null) {
      if (current === null) return stated;
      settled.set(stated, current.resource);
      return { ...stated, manifest: manifestOf(current.resource) };
    }
    const { outcome } = declared;
    if (isRefusal(outcome)) return refused(stated, outcome);
    const met = { ...stated, manifest: manifestOf(resourceOfObject(outcome.object)) };
    declarations.set(met, declared);
    return met;
  };
  const met: SourceFile[] = [];
  for (const file of files) {
    const each: (Stated | Rejection)[] = [];
    for (const stated of file.manifests) {
      each.push(meet(stated));
      yield;
    }
    met.push(metFile(file, each));
  }
  return { files: met, declarations, settled };
}

function metFile(file: SourceFile, met: readonly (Stated | Rejection)[]): SourceFile {
  const isRejection = (each: Stated | Rejection): each is Rejection => "message" in each;
  return {
    ...file,
    manifests: met.filter((each): each is Stated => !isRejection(each)),
    rejections: [...file.rejections, ...met.filter(isRejection)],
  };
}

function refused({ file, line, column, manifest }: Stated, { message }: Refusal): Rejection {
  return { file, line, column, path: "", resource: formatKey(keyOf(manifest)), message };
}
