/**
 * What the agent has said last, in a file, so that a speaker that is restarted goes on without the agent.
 *
 * The verdicts are kept as well. Without them a restarted speaker would take every check for pending: a node whose proxy
 * is dead would claim the address at full priority, and one whose checks have no weight would stay in fault although all
 * is well. The last known answers are wrong only for as long as the agent takes to give new ones.
 */
import { OperationFailure } from "../port/failure.ts";
import type { Log } from "../port/log.ts";
import type { StateFile } from "../port/state-file.ts";
import { isMembership, isVerdicts } from "./message-table.ts";
import { NO_ORDERS, type Orders } from "./orders.ts";

export class LastOrders {
  readonly #file: StateFile;
  readonly #log: Log;
  #next: Orders | null = null;
  #writing: Promise<void> | null = null;

  constructor(file: StateFile, log: Log) {
    this.#file = file;
    this.#log = log;
  }

  async load(): Promise<Orders> {
    const text = await this.#file.read();
    if (text === null) return NO_ORDERS;
    const orders = parseOrders(text);
    if (orders === null) this.#log.warn("the saved membership is unreadable and is ignored");
    return orders ?? NO_ORDERS;
  }

  /** Writes behind: the latest orders win, and nobody waits. */
  save(orders: Orders): void {
    this.#next = orders;
    this.#writing ??= this.#write();
  }

  /** Resolves when everything that was to be saved is written, or has failed. */
  async flushed(): Promise<void> {
    await this.#writing;
  }

  async #write(): Promise<void> {
    for (let orders = this.#next; orders !== null; orders = this.#next) {
      this.#next = null;
      try {
        await this.#file.write(JSON.stringify(orders));
      } catch (error) {
        if (!(error instanceof OperationFailure)) throw error;
        this.#log.error("cannot save the membership", { because: error.message });
      }
    }
    this.#writing = null;
  }
}

function parseOrders(text: string): Orders | null {
  try {
    const value = JSON.parse(text) as unknown;
    // The shapes of the messages are those of the file, with nobody to retain.
    const isSound = isMembership({ ...(value as Orders), retained: [], departed: [] }) && isVerdicts(value);
    return isSound ? (value as Orders) : null;
  } catch {
    return null;
  }
}
