/** The conflicts of one router: what was noticed lately, and how often at all. Each clears itself when it is not noticed again. */
import { type Instant, type Millis, since } from "../net/time.ts";
import type { Log } from "../port/log.ts";
import type { ConflictCode, RouterConflict } from "../vrrp/virtual-router.ts";

interface Noticed {
  readonly message: string;
  readonly at: Instant;
}

export class ConflictRecord {
  readonly #router: string;
  readonly #log: Log;
  /** By code: as many as there are codes, whoever sends what. */
  readonly #noticed = new Map<ConflictCode, Noticed>();
  readonly #counts = new Map<ConflictCode, number>();

  constructor(router: string, log: Log) {
    this.#router = router;
    this.#log = log;
  }

  get counts(): Readonly<Record<string, number>> {
    return Object.fromEntries(this.#counts);
  }

  /** True when it is news: another one, other facts, or the first after a quiet time. Then it is logged. */
  note({ code, message }: RouterConflict, at: Instant, recent: Millis): boolean {
    const last = this.#noticed.get(code);
    this.#noticed.set(code, { message, at });
    this.#counts.set(code, (this.#counts.get(code) ?? 0) + 1);
    const isNews = last === undefined || last.message !== message || since(last.at, at) > recent;
    if (isNews) this.#log.warn("conflict", { router: this.#router, conflict: code, because: message });
    return isNews;
  }

  current(now: Instant, recent: Millis): RouterConflict[] {
    return [...this.#noticed]
      .filter(([, { at }]) => since(at, now) <= recent)
      .map(([code, { message }]) => ({ code, message }));
  }
}
