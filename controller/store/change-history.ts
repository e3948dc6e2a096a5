/**
 * The latest changes of resources, for whoever follows them. In memory only: after a restart nobody can follow on from
 * before it, and lists again.
 */
import { CHANGES_KEPT_MIN } from "../port/resource-store.ts";
import type { Resource } from "../resource/meta.ts";
import type { Changes, ResourceChange } from "../resource/stored.ts";
import type { Change } from "./contents.ts";

interface Entry {
  readonly version: number;
  readonly change: ResourceChange;
}

export class ChangeHistory {
  /** In the order of their versions. */
  readonly #entries: Entry[] = [];
  /** All that came after this version is here. */
  #beginning: number;

  constructor(version: number) {
    this.#beginning = version;
  }

  add(changes: readonly Change[]): void {
    const entries = changes.flatMap((change) => (change.type === "resource" ? (entryOf(change) ?? []) : []));
    this.#entries.push(...entries.sort((a, b) => a.version - b.version));
    // Half at a time: taking the first off a long array moves all others.
    if (this.#entries.length < 2 * CHANGES_KEPT_MIN) return;
    const dropped = this.#entries.splice(0, this.#entries.length - CHANGES_KEPT_MIN);
    this.#beginning = dropped.at(-1)?.version ?? this.#beginning;
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

/** null: within one write it came and went. */
function entryOf({ before, after, version }: Extract<Change, { type: "resource" }>): Entry | null {
  const resource = after?.resource ?? before?.resource;
  if (resource === undefined) return null;
  const type = before === null ? "ADDED" : after === null ? "DELETED" : "MODIFIED";
  const metadata = { ...resource.metadata, resourceVersion: String(version) };
  // Spreading a union loses which member it was.
  const previous = before?.resource ?? null;
  return { version, change: { type, resource: { ...resource, metadata } as Resource, previous } };
}
