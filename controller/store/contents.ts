/**
 * What the embedded store holds, in memory: the resources and the queues. Changes carry the value before and after, so
 * that one that did not become durable can be taken back.
 */
import type { StoredResource } from "../resource/stored.ts";
import { freeze } from "./freeze.ts";
import { SortedList } from "./sorted-list.ts";

export type QueueEntry =
  | { readonly state: "queued"; readonly sequence: number; readonly payload: unknown }
  /** Dequeued: remembered for a while, so that a repeated put is known as such. */
  | { readonly state: "done"; readonly sequence: number };

export type Change =
  | {
      readonly type: "resource";
      readonly key: string;
      readonly before: StoredResource | null;
      readonly after: StoredResource | null;
      /** The resourceVersion of the change: that of `after`, where there is one. */
      readonly version: number;
      /** Within the same write `before` was removed, and `after` is another object of its name. */
      readonly removedAt?: number;
    }
  | {
      readonly type: "entry";
      readonly queue: string;
      readonly id: string;
      readonly before: QueueEntry | null;
      readonly after: QueueEntry | null;
    };

export class StoreContents {
  /** By `formatKey`. */
  readonly resources = new Map<string, StoredResource>();
  readonly #sorted = new SortedList();
  /** By queue and id. */
  readonly queues = new Map<string, Map<string, QueueEntry>>();
  /** The newest resourceVersion that was given. */
  revision = 0;
  /** The newest place in a queue that was given. */
  sequence = 0;

  apply(changes: readonly Change[]): void {
    for (const change of changes) this.#set(change, change.after);
  }

  takeBack(changes: readonly Change[]): void {
    for (const change of changes.toReversed()) this.#set(change, change.before);
  }

  /** Sorted by kind, namespace and name; frozen. */
  list(): readonly StoredResource[] {
    return this.#sorted.all();
  }

  get entryCount(): number {
    let count = 0;
    for (const entries of this.queues.values()) count += entries.size;
    return count;
  }

  #set(change: Change, value: Change["after"]): void {
    freeze(value);
    if (change.type === "resource") this.#keep(change.key, value as StoredResource | null);
    else put(this.#queue(change.queue), change.id, value as QueueEntry | null);
  }

  #keep(key: string, value: StoredResource | null): void {
    put(this.resources, key, value);
    this.#sorted.set(key, value);
  }

  #queue(name: string): Map<string, QueueEntry> {
    const found = this.queues.get(name);
    if (found !== undefined) return found;
    const created = new Map<string, QueueEntry>();
    this.queues.set(name, created);
    return created;
  }
}

function put<V>(map: Map<string, V>, key: string, value: V | null): void {
  if (value === null) map.delete(key);
  else map.set(key, value);
}
