/**
 * The latest changes of resources, for whoever follows them. In memory only: after a restart nobody can follow on from
 * before it, and lists again.
 */
import { CHANGES_BYTES_MAX, CHANGES_KEPT_MIN } from "../port/resource-store.ts";
import type { Resource } from "../resource/meta.ts";
import type { Changes, ResourceChange } from "../resource/stored.ts";
import type { Change } from "./contents.ts";
import { freeze } from "./freeze.ts";

interface Entry {
  readonly version: number;
  readonly change: ResourceChange;
  readonly bytes: number;
}

export class ChangeHistory {
  /** In the order of their versions. */
  readonly #entries: Entry[] = [];
  #bytes = 0;
  /** All that came after this version is here. */
  #beginning: number;

  constructor(version: number) {
    this.#beginning = version;
  }

  add(changes: readonly Change[]): void {
    const entries = changes.flatMap((change) => (change.type === "resource" ? entriesOf(change) : []));
    for (const entry of entries.sort((a, b) => a.version - b.version)) {
      this.#entries.push(entry);
      this.#bytes += entry.bytes;
    }
    // Half at a time: taking the first off a long array moves all others.
    if (this.#entries.length >= 2 * CHANGES_KEPT_MIN) this.#drop(this.#entries.length - CHANGES_KEPT_MIN);
    if (this.#bytes > CHANGES_BYTES_MAX) this.#drop(this.#beyond(CHANGES_BYTES_MAX / 2));
  }

  #drop(count: number): void {
    const dropped = this.#entries.splice(0, count);
    for (const { bytes } of dropped) this.#bytes -= bytes;
    this.#beginning = dropped.at(-1)?.version ?? this.#beginning;
  }

  /** How many of the oldest do not fit, when those after them take as much as `bytes`. */
  #beyond(bytes: number): number {
    let kept = this.#bytes;
    let count = 0;
    for (const entry of this.#entries) {
      if (kept <= bytes) break;
      kept -= entry.bytes;
      count += 1;
    }
    return count;
  }

  /** `current`: the newest version that was given. */
  since(version: string, current: number): Changes {
    const from = Number(version);
    if (!/^\d{1,15}$/.test(version) || from < this.#beginning) return { state: "expired" };
    if (from > current) return { state: "ahead" };
    const changes = this.#entries.slice(this.#firstAfter(from)).map(({ change }) => change);
    return { state: "known", changes, version: String(current) };
  }

  /** By halving: each of many watchers asks after each change. */
  #firstAfter(version: number): number {
    let [low, high] = [0, this.#entries.length];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#entries[middle]?.version ?? 0) > version) high = middle;
      else low = middle + 1;
    }
    return low;
  }
}

type ChangedResource = Extract<Change, { type: "resource" }>;

/** None: within one write it came and went. Two: within one write it was removed, and another came in its place. */
function entriesOf({ before, after, version, removedAt }: ChangedResource): Entry[] {
  const old = before?.resource ?? null;
  const current = after?.resource ?? null;
  if (removedAt !== undefined && old !== null && current !== null) {
    return [entry("DELETED", removedAt, old, old), entry("ADDED", version, current, null)];
  }
  if (current !== null) return [entry(old === null ? "ADDED" : "MODIFIED", version, current, old)];
  return old === null ? [] : [entry("DELETED", version, old, old)];
}

function entry(
  type: ResourceChange["type"],
  version: number,
  changed: Resource,
  previous: Resource | null,
): Entry {
  const metadata = { ...changed.metadata, resourceVersion: String(version) };
  // Spreading a union loses which member it was.
  const resource = { ...changed, metadata } as Resource;
  return {
    version,
    change: freeze({ type, resource, previous }),
    bytes: JSON.stringify({ resource, previous }).length,
  };
}
