/** Puts the resources of a backup in the place of those that a store has: in one commit, so that it has the ones or the others. */
import type { RecordStore } from "../port/record-store.ts";
import { formatKey, keyOf, type Resource } from "../resource/meta.ts";
import type { Backup } from "./backup.ts";
import type { Change } from "./contents.ts";
import { decodeContents, encodeChange, encodeHead } from "./records.ts";

/**
 * Since the backup was taken, versions were given that nobody knows of: the store that gave them may be gone. No watcher may
 * meet one of them again with another meaning. A thousand writes a second for eleven days.
 */
const VERSIONS_SKIPPED = 1_000_000_000;

/** Answers the store's version afterwards. Queues stay. Throws OperationFailure; then nothing has changed. */
export function restoreInto(records: RecordStore, { resources, resourceVersion }: Backup): number {
  const contents = decodeContents(records);
  let revision = Math.max(contents.revision, Number(resourceVersion)) + VERSIONS_SKIPPED;
  const gone = new Map(contents.resources);
  const changes = resources.map(({ resource, provenance }): Change => {
    const key = formatKey(keyOf(resource));
    const before = contents.resources.get(key) ?? null;
    gone.delete(key);
    revision += 1;
    const metadata = { ...resource.metadata, resourceVersion: String(revision) };
    // Spreading a union loses which member it was.
    const after = { resource: { ...resource, metadata } as Resource, provenance };
    return { type: "resource", key, before, after, version: revision };
  });
  for (const [key, before] of gone) {
    changes.push({ type: "resource", key, before, after: null, version: revision });
  }
  contents.apply(changes);
  contents.revision = revision;
  records.commit([...changes.map(encodeChange), encodeHead(contents)]);
  return revision;
}
