/**
 * How the embedded store's contents are laid out as records:
 *
 *     head                        counters, and how many records there must be
 *     resource/KIND/NS/NAME       a resource with its status and provenance
 *     queue/QUEUE/ID              an item that waits, or the memory of one that is done
 *
 * The head is written with each commit. LMDB has no checksums and reads a damaged page as an empty one; the counts in the
 * head are how that is noticed.
 */
import { OperationFailure } from "../port/failure.ts";
import type { RecordChange, RecordStore, StoredRecord } from "../port/record-store.ts";
import { RECORD_BYTES_MAX } from "../port/resource-store.ts";
import { formatKey, keyOf } from "../resource/meta.ts";
import type { StoredResource } from "../resource/stored.ts";
import { type Change, type QueueEntry, StoreContents } from "./contents.ts";

const FORMAT = 1;
const HEAD_KEY = "head";

interface Head {
  readonly format: number;
  readonly revision: number;
  readonly sequence: number;
  readonly resources: number;
  readonly entries: number;
}

export function encodeHead(contents: StoreContents): RecordChange {
  const head: Head = {
    format: FORMAT,
    revision: contents.revision,
    sequence: contents.sequence,
    resources: contents.resources.size,
    entries: contents.entryCount,
  };
  return { key: HEAD_KEY, text: JSON.stringify(head) };
}

/** Throws OperationFailure `store-refused` when the record would be larger than the limit. */
export function encodeChange(change: Change): RecordChange {
  const key = change.type === "resource" ? `resource/${change.key}` : `queue/${change.queue}/${change.id}`;
  if (change.after === null) return { key, text: null };
  const text = JSON.stringify(change.after);
  const size = Buffer.byteLength(text);
  if (size > RECORD_BYTES_MAX) {
    const output = `${key} would take ${size} bytes; the most that is kept is ${RECORD_BYTES_MAX}`;
    throw new OperationFailure({ code: "store-refused", output });
  }
  return { key, text };
}

/** Throws OperationFailure `store-unusable` when the records are not, or not all, what this program wrote. */
export function decodeContents(records: RecordStore): StoreContents {
  const contents = new StoreContents();
  let head: Head | null = null;
  let isEmpty = true;
  for (const record of records.read()) {
    isEmpty = false;
    if (record.key === HEAD_KEY) head = parse<Head>(record, records.path);
    else contents.apply([decodeRecord(record, records.path)]);
  }
  if (isEmpty) return contents;
  checkHead(head, contents, records.path);
  contents.revision = head?.revision ?? 0;
  contents.sequence = head?.sequence ?? 0;
  return contents;
}

function checkHead(head: Head | null, contents: StoreContents, path: string): void {
  if (head === null) throw unusable(path, "it has records, but not the one that counts them");
  if (head.format !== FORMAT) {
    throw unusable(path, `it has format ${head.format}; this version of holdfast knows format ${FORMAT}`);
  }
  const found = `${contents.resources.size} resources and ${contents.entryCount} queue entries`;
  const expected = `${head.resources} resources and ${head.entries} queue entries`;
  if (found !== expected) throw unusable(path, `it is damaged: ${found} can be read of ${expected}`);
}

function decodeRecord(record: StoredRecord, path: string): Change {
  const [type, first = "", ...rest] = record.key.split("/");
  if (type === "resource") {
    const after = parse<StoredResource>(record, path);
    const version = Number(after.resource.metadata.resourceVersion);
    return { type: "resource", key: formatKey(keyOf(after.resource)), before: null, after, version };
  }
  if (type === "queue") {
    const after = parse<QueueEntry>(record, path);
    return { type: "entry", queue: first, id: rest.join("/"), before: null, after };
  }
  throw unusable(path, `it holds a record that is none of ours: ${JSON.stringify(record.key)}`);
}

/** The types of what is parsed are taken on trust: the format number says that this program wrote it. */
function parse<T>(record: StoredRecord, path: string): T {
  try {
    return JSON.parse(record.text) as T;
  } catch (error) {
    throw unusable(path, `it is damaged: record ${JSON.stringify(record.key)} cannot be read`, error);
  }
}

function unusable(path: string, output: string, cause?: unknown): OperationFailure {
  return new OperationFailure({ code: "store-unusable", path, output }, cause);
}
