/**
 * The agent's one way to resources, whoever keeps them. Every implementation passes test/contract/resource-store.ts.
 *
 * A write is acknowledged (the promise resolves) only when it is durable. Readers see their own writes. Writing what is
 * there already changes nothing: no new resourceVersion, no wake.
 */
import type { Manifest, Resource, ResourceKey, ResourceStatus } from "../resource/meta.ts";

/** Who wrote an object and where it stands, so that each source prunes exactly what it created. */
export interface Provenance {
  /** `directory:/etc/holdfast/manifests`. */
  readonly source: string;
  /** File, relative to the source. */
  readonly file: string;
  readonly line: number;
}

export interface StoredResource {
  readonly resource: Resource;
  readonly provenance: Provenance;
}

/** Several writes that become durable together or not at all. */
export type StoreWrite =
  | { readonly type: "apply"; readonly manifest: Manifest; readonly provenance: Provenance }
  | { readonly type: "delete"; readonly key: ResourceKey };

/** Something worth telling, kept until all is done about it. `id` is given by the writer and makes a repeated put harmless. */
export interface QueuedItem {
  readonly id: string;
  readonly payload: unknown;
}

export interface ResourceStore extends AsyncDisposable {
  list(): Promise<readonly StoredResource[]>;
  get(key: ResourceKey): Promise<StoredResource | null>;
  /**
   * All writes or none. `generation` grows only when the spec changes; `uid` and `creationTimestamp` stay; a changed
   * provenance alone is written but wakes nobody. Throws OperationFailure `store-refused` (disk full, ...): then nothing
   * was written.
   */
  write(writes: readonly StoreWrite[]): Promise<void>;
  /** Replaces `status`. An object that is gone, or a status that is the same, is no failure and wakes nobody. */
  writeStatus(key: ResourceKey, status: ResourceStatus): Promise<void>;
  /** Calls back after each change of a spec, an addition or a deletion. Says nothing of what changed: look again. */
  onChange(changed: () => void): Disposable;

  /** Durable queues, e.g. notifications: in the order of the first put. */
  enqueue(queue: string, items: readonly QueuedItem[]): Promise<void>;
  queued(queue: string, limit: number): Promise<readonly QueuedItem[]>;
  dequeue(queue: string, ids: readonly string[]): Promise<void>;
}
