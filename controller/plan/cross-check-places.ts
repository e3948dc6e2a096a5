/** How checks between manifests name places: the complaint stands at a field of one manifest and names another. */
import { type FieldPath, formatPath } from "../resource/complaint.ts";
import { formatKey, type Kind, type ManifestOf } from "../resource/meta.ts";
import type { Located } from "../resource/parse.ts";
import type { Rejection } from "../resource/rejection.ts";

/** A manifest of one kind. */
export interface LocatedOf<K extends Kind> extends Omit<Located, "manifest"> {
  readonly manifest: ManifestOf<K>;
}

export function ofKind<K extends Kind>(manifests: readonly Located[], kind: K): LocatedOf<K>[] {
  return manifests.filter((located): located is Located & LocatedOf<K> => located.manifest.kind === kind);
}

type AnyLocated = Located | LocatedOf<Kind>;

export function rejectAt(located: AnyLocated, path: FieldPath, message: string): Rejection {
  const { line, column } = located.position(path);
  const resource = keyOfLocated(located);
  return { file: located.file, line, column, path: formatPath(path), resource, message };
}

/** `VirtualIP/default/web`. */
export function keyOfLocated({ manifest: { kind, metadata } }: AnyLocated): string {
  return formatKey({ kind, namespace: metadata.namespace, name: metadata.name });
}

/** `VirtualIP "web" (vips.yaml:12)`; with `path`, the line is that of the field. What stands in no file has no line. */
export function nameAndPlace(located: AnyLocated, path: FieldPath = []): string {
  const { file, line, manifest } = located;
  const { kind, metadata } = manifest;
  const at = path.length === 0 ? line : located.position(path).line;
  return `${kind} ${JSON.stringify(metadata.name)} (${at === 0 ? file : `${file}:${at}`})`;
}
