/** The embedded store over records that are kept in memory: for tests of what uses a store. */
import { OperationFailure } from "../../controller/port/failure.ts";
import type { RecordChange, RecordStore, StoredRecord } from "../../controller/port/record-store.ts";
import { EmbeddedStore } from "../../controller/store/embedded-store.ts";

/** A disk that can be full, and that outlives the store that writes to it. */
export class MemoryRecords implements RecordStore {
  readonly path = "memory";
  isFull = false;
  commits = 0;
  readonly #records = new Map<string, string>();

  read(): readonly StoredRecord[] {
    return [...this.#records].map(([key, text]) => ({ key, text })).sort((a, b) => (a.key < b.key ? -1 : 1));
  }

  commit(changes: readonly RecordChange[]): void {
    if (this.isFull) throw new OperationFailure({ code: "store-refused", output: "the disk is full" });
    this.commits += 1;
    for (const { key, text } of changes) {
      if (text === null) this.#records.delete(key);
      else this.#records.set(key, text);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    // Nothing to give back.
  }
}

export const memoryStore = (records = new MemoryRecords()): EmbeddedStore => new EmbeddedStore(records);
