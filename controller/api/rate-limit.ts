/** How often each of many may do something: users, or addresses. The table is bounded, as strangers can add to it. */
import type { Millis } from "../net/time.ts";
import { type Bucket, fullBucket, type Rate, takeToken, waitForToken } from "../object/token-bucket.ts";
import type { Clock } from "../port/clock.ts";

/** Whoever has not been seen for longest is forgotten, and begins anew. */
const KEYS_MAX = 1_000;

export class RateLimit {
  readonly #rate: Rate;
  readonly #clock: Pick<Clock, "now">;
  /** The one that was used longest ago is first. */
  readonly #buckets = new Map<string, Bucket>();

  constructor(rate: Rate, clock: Pick<Clock, "now">) {
    this.#rate = rate;
    this.#clock = clock;
  }

  /** How many it remembers. */
  get size(): number {
    return this.#buckets.size;
  }

  /** 0: it may, and is counted. Otherwise how long to wait; whoever comes too early is remembered for it. */
  take(key: string): Millis {
    const now = this.#clock.now();
    const bucket = this.#buckets.get(key) ?? fullBucket(this.#rate, now);
    const wait = waitForToken(bucket, this.#rate, now);
    this.#buckets.delete(key);
    this.#buckets.set(key, wait > 0 ? bucket : takeToken(bucket, this.#rate, now));
    const [oldest] = this.#buckets.keys();
    if (this.#buckets.size > KEYS_MAX && oldest !== undefined) this.#buckets.delete(oldest);
    return wait;
  }
}

/** For `Retry-After`, which knows whole seconds. */
export const secondsOf = (wait: Millis): number => Math.max(1, Math.ceil(wait / 1000));
