/**
 * The agent's one way to resources, whoever keeps them. Every implementation passes test/contract/resource-store.ts.
 *
 * A write is acknowledged (the promise resolves) only when it is durable. Readers see their own writes. Writing what is
 * there already changes nothing: no new resourceVersion, no wake. Two OperationFailures are common to all writes:
 * `store-refused` (disk full, a limit is reached, the store is closed) and `store-conflict` (a precondition does not
 * hold). After either, nothing of the call was written. What is answered is not to be changed; whoever tries does not
 * change what others are answered.
 */
import type { ResourceKey, ResourceStatus } from "../resource/meta.ts";
import type { Changes, StoredResource, StoreWrite } from "../resource/stored.ts";

/** Something worth telling, kept until all is done about it. `id` is given by the writer and makes a repeated put harmless. */
export interface QueuedItem {
  readonly id: string;
  readonly payload: unknown;
}

/** It is part of a key on disk. */
export const QUEUED_ID_CHARACTERS_MAX = 400;
/** A consumer that takes nothing off for so long has a fault that more items do not mend. */
export const QUEUED_ITEMS_MAX = 10_000;
/** How many of the ids that were dequeued last are remembered, per queue. */
export const DEQUEUED_IDS_MAX = 1000;
/** Four times the largest node group that Holdfast is meant for. */
export const RESOURCES_MAX = 20_000;
/** Of one resource or queued item as JSON. As large as a manifest may be. */
export const RECORD_BYTES_MAX = 1_000_000;

/** How many changes are remembered at least, if there were so many since the store was opened, and they are not too large. */
export const CHANGES_KEPT_MIN = 1000;
/** The most that all changes which are remembered take together, as JSON. Ten times what a thousand large manifests take. */
export const CHANGES_BYTES_MAX = 32 * 2 ** 20;

export interface ResourceStore extends AsyncDisposable {
  /** Sorted by kind, namespace and name. */
  list(): Promise<readonly StoredResource[]>;
  /** The newest resourceVersion that was given: a decimal number, which never goes back, also across restarts. */
  version(): Promise<string>;
  /**
   * What has changed after that version, statuses included, oldest first. Of what one write does to an object, the end is
   * told; but where it removes one and makes another in its place, both.
   */
  changesSince(version: string): Promise<Changes>;
  get(key: ResourceKey): Promise<StoredResource | null>;
  /**
   * All writes or none. A changed provenance alone is written but wakes nobody. Deleting what is not there is no failure.
   */
  write(writes: readonly StoreWrite[]): Promise<void>;
  /** Replaces `status`. An object that is gone, or a status that is the same, is no failure; neither wakes anybody. */
  writeStatus(key: ResourceKey, status: ResourceStatus): Promise<void>;
  /**
   * Calls back after each change of a spec, of labels or annotations, an addition or a deletion. Says nothing of what
   * changed: look again.
   */
  onChange(changed: () => void): Disposable;
  /** Calls back whenever `version` has grown, for a status too. */
  onVersion(changed: () => void): Disposable;

  /**
   * Durable queues, e.g. notifications: in the order of the first put. An id that is queued, or that was among the last
   * DEQUEUED_IDS_MAX to be dequeued, is not queued again: whoever does not know whether its put arrived may repeat it.
   */
  enqueue(queue: string, items: readonly QueuedItem[]): Promise<void>;
  queued(queue: string, limit: number): Promise<readonly QueuedItem[]>;
  dequeue(queue: string, ids: readonly string[]): Promise<void>;
}
