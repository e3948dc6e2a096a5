/** What enqueueing and dequeueing change in the store. */
import { OperationFailure } from "../port/failure.ts";
import {
  DEQUEUED_IDS_MAX,
  QUEUED_ID_CHARACTERS_MAX,
  QUEUED_ITEMS_MAX,
  type QueuedItem,
} from "../port/resource-store.ts";
import type { Change, QueueEntry, StoreContents } from "./contents.ts";

export interface QueueDecision {
  readonly changes: readonly Change[];
  readonly sequence: number;
}

/** Throws OperationFailure `store-refused` when the queue would grow beyond its limit; then none of `items` is queued. */
export function decideEnqueue(
  contents: StoreContents,
  queue: string,
  items: readonly QueuedItem[],
): QueueDecision {
  const entries = contents.queues.get(queue) ?? new Map<string, QueueEntry>();
  // A Map: the first of two items with one id counts, as it would if they came one after the other.
  const fresh = new Map<string, unknown>();
  for (const { id, payload } of items) if (!entries.has(id) && !fresh.has(id)) fresh.set(id, payload);
  for (const id of fresh.keys()) refuseWhenLong(queue, id);
  if (fresh.size > 0 && fresh.size + waiting(entries).length > QUEUED_ITEMS_MAX) {
    throw new OperationFailure({
      code: "store-refused",
      output: `queue ${queue} holds ${QUEUED_ITEMS_MAX} items, which is as many as it takes`,
    });
  }
  const changes = [...fresh].map(([id, payload], index): Change => {
    const after: QueueEntry = { state: "queued", sequence: contents.sequence + index + 1, payload };
    return { type: "entry", queue, id, before: null, after };
  });
  return { changes, sequence: contents.sequence + changes.length };
}

function refuseWhenLong(queue: string, id: string): void {
  if (id.length <= QUEUED_ID_CHARACTERS_MAX) return;
  throw new OperationFailure({
    code: "store-refused",
    output: `an id of queue ${queue} has ${id.length} characters; the most that is kept is ${QUEUED_ID_CHARACTERS_MAX}`,
  });
}

export function decideDequeue(contents: StoreContents, queue: string, ids: readonly string[]): QueueDecision {
  const entries = contents.queues.get(queue) ?? new Map<string, QueueEntry>();
  let sequence = contents.sequence;
  const done: Change[] = [];
  for (const id of new Set(ids)) {
    const before = entries.get(id);
    if (before?.state !== "queued") continue;
    sequence += 1;
    done.push({ type: "entry", queue, id, before, after: { state: "done", sequence } });
  }
  return { changes: [...done, ...forgotten(queue, entries, done.length)], sequence };
}

/** The waiting items of a queue, in the order of the first put. */
export function waiting(entries: ReadonlyMap<string, QueueEntry>): QueuedItem[] {
  return [...entries]
    .flatMap(([id, entry]) => (entry.state === "queued" ? [{ id, ...entry }] : []))
    .sort((a, b) => a.sequence - b.sequence)
    .map(({ id, payload }) => ({ id, payload }));
}

/** Ids whose memory makes room for `arriving` new ones: those that were dequeued first. */
function forgotten(queue: string, entries: ReadonlyMap<string, QueueEntry>, arriving: number): Change[] {
  const remembered = [...entries]
    .filter(([, entry]) => entry.state === "done")
    .sort(([, a], [, b]) => a.sequence - b.sequence);
  const surplus = Math.min(remembered.length, remembered.length + arriving - DEQUEUED_IDS_MAX);
  return remembered
    .slice(0, Math.max(0, surplus))
    .map(([id, before]): Change => ({ type: "entry", queue, id, before, after: null }));
}
