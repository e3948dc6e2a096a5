/** Objects of a source that were deleted and are still there, because others have put finalizers on them. Pure. */
import { formatKey, keyOf } from "../resource/meta.ts";
import type { Rejection } from "../resource/rejection.ts";
import type { StoredResource } from "../resource/stored.ts";

/** No file defines those of `gone` any more; the others will be created again. */
export function waitingFor(own: readonly StoredResource[], gone: readonly StoredResource[]): Rejection[] {
  return own.flatMap((stored) => {
    const { finalizers = [], deletionTimestamp } = stored.resource.metadata;
    if (finalizers.length === 0) return [];
    const wait = `it stays until its finalizers are removed: ${finalizers.join(", ")}`;
    if (gone.includes(stored)) return [about(stored, `no file defines it any more; ${wait}`)];
    return deletionTimestamp === undefined
      ? []
      : [about(stored, `it was deleted; ${wait}; then it will be created again`)];
  });
}

function about({ resource, provenance: { file, line } }: StoredResource, message: string): Rejection {
  const key = formatKey(keyOf(resource));
  return { file, line, column: 1, path: "", resource: key, message: `${key}: ${message}` };
}
