/**
 * Delivers notifications: in order within a lane, once each, tried again until they arrive. The queue is on disk, so that
 * neither a restart nor a mail server that is down loses one; and nobody who decides about addresses waits for it.
 */
import type { Millis } from "../net/time.ts";
import type { Clock } from "../port/clock.ts";
import { OperationFailure } from "../port/failure.ts";
import type { Log } from "../port/log.ts";
import type { Messenger } from "../port/messenger.ts";
import { QUEUED_ITEMS_MAX, type QueuedItem, type ResourceStore } from "../port/resource-store.ts";
import { Courier } from "./courier.ts";
import { Lane, type Waiting } from "./lane.ts";
import { fromQueuedItem } from "./notification.ts";

const QUEUE = "notifications";

export interface NotifierParts {
  readonly store: Pick<ResourceStore, "enqueue" | "queued" | "dequeue">;
  readonly messenger: Messenger;
  readonly clock: Clock;
  readonly log: Log;
  /** 0 to 1. */
  readonly random: () => number;
}

export class Notifier {
  readonly #parts: NotifierParts;
  readonly #courier: Courier;
  /** Only those with something to deliver. */
  readonly #lanes = new Map<string, Lane>();
  /** Ids that wait in a lane. */
  readonly #waiting = new Set<string>();
  /** Ids that are done with but may still be in the store. */
  readonly #finished = new Set<string>();
  /** Those of them that the store has been told to forget. A look that is under way may still show them. */
  readonly #forgotten = new Set<string>();
  readonly #workers = new Set<Promise<void>>();
  readonly #idle = new Set<() => void>();
  #failure: { readonly error: unknown } | null = null;
  #woken = true;
  #interrupt: (() => void) | null = null;

  constructor(parts: NotifierParts) {
    this.#parts = parts;
    this.#courier = new Courier(parts);
  }

  /** Resolves when the items are durable. */
  async accept(items: readonly QueuedItem[]): Promise<void> {
    if (items.length === 0) return;
    await this.#parts.store.enqueue(QUEUE, items);
    this.#wake();
  }

  /** Resolves when everything is delivered, or after `span`. */
  async drain(span: Millis): Promise<void> {
    const waited = new AbortController();
    const emptied = new Promise<void>((resolve) => this.#idle.add(resolve));
    this.#wake();
    await Promise.race([emptied, this.#parts.clock.sleep(span, waited.signal)]);
    waited.abort();
  }

  /** Until `signal` aborts. What is not delivered by then stays in the store for the next notifier. */
  async run(signal: AbortSignal): Promise<void> {
    const stop = (): void => this.#wake();
    signal.addEventListener("abort", stop, { once: true });
    while (!signal.aborted && this.#failure === null) {
      this.#woken = false;
      await this.#load();
      for (const [name, lane] of this.#lanes) this.#serve(name, lane, signal);
      if (this.#lanes.size === 0) this.#tellIdle();
      await this.#untilWoken();
    }
    signal.removeEventListener("abort", stop);
    await Promise.all(this.#workers);
    if (this.#failure !== null) throw this.#failure.error;
  }

  /** Puts what has come since the last look into its lanes. */
  async #load(): Promise<void> {
    const items = await this.#parts.store.queued(QUEUE, QUEUED_ITEMS_MAX);
    for (const item of items) {
      if (this.#waiting.has(item.id) || this.#finished.has(item.id)) continue;
      const notification = fromQueuedItem(item);
      if (notification === null) this.#giveUp(item.id, "this version cannot read it");
      else this.#queue({ id: item.id, notification });
    }
    const shown = new Set(items.map(({ id }) => id));
    for (const id of this.#forgotten) {
      if (shown.has(id)) continue;
      this.#finished.delete(id);
      this.#forgotten.delete(id);
    }
    await this.#forgetFinished();
  }

  #queue(waiting: Waiting): void {
    const name = waiting.notification.lane;
    const lane = this.#lanes.get(name) ?? new Lane();
    this.#lanes.set(name, lane);
    this.#waiting.add(waiting.id);
    const displaced = lane.add(waiting);
    if (displaced !== null) this.#giveUp(displaced.id, `too many wait for ${name}`);
  }

  #giveUp(id: string, why: string): void {
    this.#parts.log.error("gave up a notification", { id, why });
    this.#waiting.delete(id);
    this.#finished.add(id);
  }

  #serve(name: string, lane: Lane, signal: AbortSignal): void {
    if (lane.isServed) return;
    lane.isServed = true;
    const worker = this.#empty(lane, signal)
      .catch((error: unknown) => {
        // Only a bug comes here: `run` ends with it, and whoever supervises learns of it.
        this.#failure = { error };
      })
      .finally(() => {
        lane.isServed = false;
        this.#workers.delete(worker);
        if (lane.first === undefined) this.#lanes.delete(name);
        this.#wake();
      });
    this.#workers.add(worker);
  }

  async #empty(lane: Lane, signal: AbortSignal): Promise<void> {
    for (let next = lane.first; next !== undefined; next = lane.first) {
      const outcome = await this.#courier.deliver(next.notification, signal);
      if (outcome === "called-off") return;
      if (outcome === "too-old") this.#giveUp(next.id, "it could not be delivered and is no news any more");
      lane.removeFirst();
      this.#waiting.delete(next.id);
      this.#finished.add(next.id);
      // At once: if we are killed in between, it is told twice, which is better than never.
      await this.#forgetFinished();
    }
  }

  /** A store that refuses (disk full) keeps them a while longer; in this life they are not told again. */
  async #forgetFinished(): Promise<void> {
    const ids = [...this.#finished].filter((id) => !this.#forgotten.has(id));
    if (ids.length === 0) return;
    const { store, log } = this.#parts;
    try {
      await store.dequeue(QUEUE, ids);
    } catch (error) {
      if (!(error instanceof OperationFailure)) throw error;
      log.error("delivered notifications cannot be taken off the queue yet", { why: error.message });
      return;
    }
    for (const id of ids) this.#forgotten.add(id);
  }

  #tellIdle(): void {
    for (const resolve of this.#idle) resolve();
    this.#idle.clear();
  }

  #wake(): void {
    this.#woken = true;
    this.#interrupt?.();
  }

  async #untilWoken(): Promise<void> {
    if (this.#woken) return;
    await new Promise<void>((resolve) => {
      this.#interrupt = resolve;
    });
    this.#interrupt = null;
  }
}
