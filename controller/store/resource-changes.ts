/** What writes to resources change in the store: version and preconditions are decided here. */
import { unreachable } from "../net/unreachable.ts";
import { OperationFailure } from "../port/failure.ts";
import { RESOURCES_MAX } from "../port/resource-store.ts";
import { formatKey, keyOf, type Resource, type ResourceKey, type ResourceStatus } from "../resource/meta.ts";
import { isSame } from "../resource/same.ts";
import type { StoredResource, StoreWrite } from "../resource/stored.ts";
import type { Change, StoreContents } from "./contents.ts";

export interface Decision {
  readonly changes: readonly Change[];
  readonly revision: number;
  readonly wakes: boolean;
}

/** Throws OperationFailure when a precondition does not hold or the store is full; nothing has changed then. */
export function decideWrites(contents: StoreContents, writes: readonly StoreWrite[]): Decision {
  const draft = new Draft(contents);
  for (const write of writes) {
    switch (write.type) {
      case "put":
        draft.replace(write);
        break;
      case "delete":
        draft.remove(write);
        break;
      default:
        unreachable(write);
    }
  }
  return draft.decision();
}

export function decideStatus(contents: StoreContents, key: ResourceKey, status: ResourceStatus): Decision {
  const draft = new Draft(contents);
  const current = contents.resources.get(formatKey(key));
  if (current !== undefined && !isSame(current.resource.status, status)) {
    draft.put({ ...current, resource: { ...current.resource, status } }, false);
  }
  return draft.decision();
}

/** The changes so far, over contents that stay as they are until all is decided. */
class Draft {
  readonly #contents: StoreContents;
  readonly #changes = new Map<string, Extract<Change, { type: "resource" }>>();
  #revision: number;
  #wakes = false;
  #count: number;

  constructor(contents: StoreContents) {
    this.#contents = contents;
    this.#revision = contents.revision;
    this.#count = contents.resources.size;
  }

  decision(): Decision {
    return { changes: [...this.#changes.values()], revision: this.#revision, wakes: this.#wakes };
  }

  replace(write: Extract<StoreWrite, { type: "put" }>): void {
    const { resource, provenance } = write;
    const current = this.#taken(write, keyOf(resource));
    const next = {
      resource: versioned(resource, current?.resource.metadata.resourceVersion ?? "0"),
      provenance,
    };
    if (current !== null && isSame(current, next)) return;
    this.put(next, current === null || !isSame(effective(current.resource), effective(resource)));
  }

  remove(write: Extract<StoreWrite, { type: "delete" }>): void {
    const current = this.#current(write.key);
    refuseUnless(write, write.key, current);
    if (current === null) return;
    this.#count -= 1;
    this.#revision += 1;
    this.#wakes = true;
    this.#set(formatKey(write.key), null);
  }

  put(stored: StoredResource, wakes: boolean): void {
    this.#revision += 1;
    this.#wakes ||= wakes;
    const resource = versioned(stored.resource, String(this.#revision));
    this.#set(formatKey(keyOf(resource)), { ...stored, resource });
  }

  /** What a write meets, where it may be made. */
  #taken(write: StoreWrite, key: ResourceKey): StoredResource | null {
    const current = this.#current(key);
    refuseUnless(write, key, current);
    if (current !== null) return current;
    this.#count += 1;
    if (this.#count > RESOURCES_MAX) {
      throw new OperationFailure({
        code: "store-refused",
        output: `the store holds ${RESOURCES_MAX} resources already, which is as many as it takes`,
      });
    }
    return null;
  }

  #current(key: ResourceKey): StoredResource | null {
    const text = formatKey(key);
    const changed = this.#changes.get(text);
    return changed === undefined ? (this.#contents.resources.get(text) ?? null) : changed.after;
  }

  #set(key: string, after: StoredResource | null): void {
    const before = this.#contents.resources.get(key) ?? null;
    const former = this.#changes.get(key);
    const removedAt = former?.after === null ? former.version : former?.removedAt;
    const change = { type: "resource", key, before, after, version: this.#revision } as const;
    const isAnother = before !== null && after !== null && removedAt !== undefined;
    this.#changes.set(key, isAnother ? { ...change, removedAt } : change);
  }
}

function refuseUnless(write: StoreWrite, key: ResourceKey, current: StoredResource | null): void {
  const { ifVersion } = write;
  const found = current?.resource.metadata.resourceVersion ?? null;
  if (ifVersion === undefined || ifVersion === found) return;
  const say = (version: string | null): string =>
    version === null ? "no such object" : `version ${version}`;
  throw new OperationFailure({
    code: "store-conflict",
    resource: formatKey(key),
    output: `there is ${say(found)}, the write was made for ${say(ifVersion)}`,
  });
}

// Spreading a union loses which member it was; the kind and its spec are untouched.
const versioned = (resource: Resource, resourceVersion: string): Resource =>
  ({ ...resource, metadata: { ...resource.metadata, resourceVersion } }) as Resource;

/** What of a resource anybody acts upon: neither what is told of it, nor the books that are kept of who set it. */
function effective({ spec, metadata }: Resource): unknown {
  const { labels, annotations, deletionTimestamp, uid } = metadata;
  return { spec, labels, annotations, deletionTimestamp, uid };
}
