/** A durable map from text to text: what the embedded resource store needs of a disk. */

export interface StoredRecord {
  readonly key: string;
  readonly text: string;
}

export interface RecordChange {
  readonly key: string;
  /** null removes the record. */
  readonly text: string | null;
}

export interface RecordStore extends AsyncDisposable {
  /** For messages: where the records are kept. */
  readonly path: string;
  /**
   * Every record, in the order of the keys, one after the other, so that they need not all be in memory at once; nothing is committed
   * meanwhile. Throws OperationFailure `store-unusable` when they cannot be read, at the latest at the end.
   */
  read(): Iterable<StoredRecord>;
  /**
   * All changes or none, and durable when it returns. Throws OperationFailure `store-refused`; then nothing was written,
   * and a later commit may succeed. Synchronous, so that nobody sees a state between "decided" and "durable".
   */
  commit(changes: readonly RecordChange[]): void;
}
