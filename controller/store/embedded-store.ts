/**
 * The default ResourceStore: all contents in memory, each change made durable as records before it is acknowledged.
 *
 * Writes that are asked for in one turn of the event loop share one commit, because a commit costs a flush of the disk.
 * Deciding, committing and showing a batch happen in one turn, so that nobody ever sees what may yet be lost.
 */
import assert from "node:assert/strict";
import { OperationFailure } from "../port/failure.ts";
import type { RecordChange, RecordStore } from "../port/record-store.ts";
import type { QueuedItem, ResourceStore } from "../port/resource-store.ts";
import { formatKey, type ResourceKey, type ResourceStatus } from "../resource/meta.ts";
import type { Changes, StoredResource, StoreWrite } from "../resource/stored.ts";
import { ChangeHistory } from "./change-history.ts";
import type { Change, StoreContents } from "./contents.ts";
import { decideDequeue, decideEnqueue, waiting } from "./queue-changes.ts";
import { decodeContents, encodeChange, encodeHead } from "./records.ts";
import { decideStatus, decideWrites } from "./resource-changes.ts";

/** Callers that do not wait for their acknowledgements are stopped here. */
const WRITES_PENDING_MAX = 10_000;
const QUEUE_NAME = /^[a-z0-9-]{1,63}$/;

interface Decision {
  readonly changes: readonly Change[];
  readonly revision?: number;
  readonly sequence?: number;
  readonly wakes?: boolean;
}

interface PendingWrite {
  decide(contents: StoreContents): Decision;
  acknowledge(): void;
  refuse(reason: unknown): void;
}

interface DecidedWrite {
  readonly write: PendingWrite;
  readonly decision: Decision;
  readonly records: readonly RecordChange[];
}

export class EmbeddedStore implements ResourceStore {
  readonly #records: RecordStore;
  readonly #contents: StoreContents;
  readonly #history: ChangeHistory;
  readonly #listeners = new Set<() => void>();
  readonly #versionListeners = new Set<() => void>();
  #pending: PendingWrite[] = [];
  #isClosed = false;

  /** Reads all records at once. Throws OperationFailure `store-unusable`. The store closes `records` when it is closed. */
  constructor(records: RecordStore) {
    this.#records = records;
    this.#contents = decodeContents(records);
    this.#history = new ChangeHistory(this.#contents.revision);
  }

  async list(): Promise<readonly StoredResource[]> {
    return this.#contents.list();
  }

  async version(): Promise<string> {
    return String(this.#contents.revision);
  }

  async changesSince(version: string): Promise<Changes> {
    return this.#history.since(version, this.#contents.revision);
  }

  async get(key: ResourceKey): Promise<StoredResource | null> {
    return this.#contents.resources.get(formatKey(key)) ?? null;
  }

  write(writes: readonly StoreWrite[]): Promise<void> {
    const own = snapshot(writes);
    return this.#submit((contents) => decideWrites(contents, own));
  }

  writeStatus(key: ResourceKey, status: ResourceStatus): Promise<void> {
    const own = snapshot(status);
    return this.#submit((contents) => decideStatus(contents, key, own));
  }

  enqueue(queue: string, items: readonly QueuedItem[]): Promise<void> {
    assert.match(queue, QUEUE_NAME, "the name is part of the record's key");
    const own = snapshot(items);
    return this.#submit((contents) => decideEnqueue(contents, queue, own));
  }

  async queued(queue: string, limit: number): Promise<readonly QueuedItem[]> {
    const entries = this.#contents.queues.get(queue);
    return entries === undefined ? [] : waiting(entries).slice(0, limit);
  }

  dequeue(queue: string, ids: readonly string[]): Promise<void> {
    return this.#submit((contents) => decideDequeue(contents, queue, ids));
  }

  onChange(changed: () => void): Disposable {
    return register(this.#listeners, changed);
  }

  onVersion(changed: () => void): Disposable {
    return register(this.#versionListeners, changed);
  }

  /** What was asked for before is still written. */
  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#isClosed) return;
    this.#commitPending();
    this.#isClosed = true;
    await this.#records[Symbol.asyncDispose]();
  }

  #submit(decide: PendingWrite["decide"]): Promise<void> {
    return new Promise((acknowledge, refuse) => {
      if (this.#isClosed) return refuse(refused("the store is closed"));
      if (this.#pending.length >= WRITES_PENDING_MAX) {
        return refuse(refused(`${WRITES_PENDING_MAX} writes are waiting already`));
      }
      if (this.#pending.length === 0) setImmediate(() => this.#commitPending());
      this.#pending.push({ decide, acknowledge, refuse });
    });
  }

  #commitPending(): void {
    const before = { revision: this.#contents.revision, sequence: this.#contents.sequence };
    const decided = this.#pending.splice(0).flatMap((write) => this.#decide(write) ?? []);
    const records = decided.flatMap((each) => each.records);
    try {
      if (records.length > 0) this.#records.commit([...records, encodeHead(this.#contents)]);
    } catch (error) {
      this.#contents.takeBack(decided.flatMap(({ decision }) => decision.changes));
      Object.assign(this.#contents, before);
      for (const { write } of decided) write.refuse(error);
      return;
    }
    this.#history.add(decided.flatMap(({ decision }) => decision.changes));
    for (const { write } of decided) write.acknowledge();
    if (decided.some(({ decision }) => decision.wakes)) callAll(this.#listeners);
    if (this.#contents.revision > before.revision) callAll(this.#versionListeners);
  }

  /** Applies what `write` changes, or refuses it alone. */
  #decide(write: PendingWrite): DecidedWrite | null {
    try {
      const decision = write.decide(this.#contents);
      const records = decision.changes.map(encodeChange);
      this.#contents.apply(decision.changes);
      this.#contents.revision = decision.revision ?? this.#contents.revision;
      this.#contents.sequence = decision.sequence ?? this.#contents.sequence;
      return { write, decision, records };
    } catch (error) {
      write.refuse(error);
      return null;
    }
  }
}

function register(listeners: Set<() => void>, changed: () => void): Disposable {
  // Wrapped, so that one function may be registered twice.
  const listener = (): void => changed();
  listeners.add(listener);
  return { [Symbol.dispose]: () => listeners.delete(listener) };
}

/** A copy: one that is called may register another, or end its own. */
function callAll(listeners: ReadonlySet<() => void>): void {
  for (const listener of [...listeners]) listener();
}

/** The caller may go on changing its objects, and what is not JSON (undefined) is gone before it is compared. */
function snapshot<T>(value: T): T {
  return JSON.parse(JSON.stringify(value)) as T;
}

function refused(output: string): OperationFailure {
  return new OperationFailure({ code: "store-refused", output });
}
