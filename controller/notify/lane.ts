/** Notifications that wait for one receiver, oldest first. */
import type { Notification } from "./notification.ts";

/** More than a flapping router causes in a quarter of an hour; so one receiver that is gone cannot fill the queue of all. */
export const LANE_ITEMS_MAX = 1000;

export interface Waiting {
  readonly id: string;
  readonly notification: Notification;
}

export class Lane {
  readonly #waiting: Waiting[] = [];
  /** Whether somebody is delivering the first. */
  isServed = false;

  get first(): Waiting | undefined {
    return this.#waiting[0];
  }

  /** Returns the one that had to give way, if any: the oldest but the first, which may be under way. */
  add(waiting: Waiting): Waiting | null {
    this.#waiting.push(waiting);
    return this.#waiting.length > LANE_ITEMS_MAX ? (this.#waiting.splice(1, 1)[0] ?? null) : null;
  }

  removeFirst(): void {
    this.#waiting.shift();
  }
}
