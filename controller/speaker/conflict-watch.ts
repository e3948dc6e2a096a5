/**
 * Looks for whatever does not fit with our part in the election: a rival master, a peer that is configured otherwise,
 * somebody else who answers for an address that we hold. It changes nothing; what was noticed is told with the status.
 */
import type { IpAddress } from "../net/ip.ts";
import { type Instant, millis, since } from "../net/time.ts";
import type { Log } from "../port/log.ts";
import {
  conflictOfDifference,
  conflictOfDrop,
  falseResignation,
  rivalMaster,
  sameAddress,
  samePriority,
} from "../vrrp/conflict.ts";
import type { HeardMessage } from "../vrrp/packet.ts";
import type { Difference, Expectation } from "../vrrp/reception.ts";
import type { ConflictCode, RouterConflict } from "../vrrp/virtual-router.ts";
import { type NoticeSurface, RecentNotices } from "./recent-notices.ts";

/** A predecessor answers for a moment after it has let go, and its last words may still be on the way. */
const SETTLING = millis(1_000);

export interface ConflictSurface extends NoticeSurface {
  readonly log: Log;
}

/** How we stood after the message was heard. */
export interface OwnStanding {
  readonly priority: number;
  readonly isServing: boolean;
}

export class ConflictWatch implements Disposable {
  readonly #router: string;
  readonly #surface: ConflictSurface;
  readonly #notices: RecentNotices<RouterConflict>;
  readonly #counts = new Map<ConflictCode, number>();
  #rival: { readonly source: IpAddress; readonly since: Instant; readonly at: Instant } | null = null;

  constructor(router: string, surface: ConflictSurface) {
    this.#router = router;
    this.#surface = surface;
    this.#notices = new RecentNotices(surface);
  }

  get counts(): Readonly<Record<string, number>> {
    return Object.fromEntries(this.#counts);
  }

  current(now: Instant): RouterConflict[] {
    return this.#notices.current(now);
  }

  accepted(
    message: HeardMessage,
    differences: readonly Difference[],
    expected: Expectation,
    own: OwnStanding,
  ): void {
    for (const difference of differences) this.#note(conflictOfDifference(difference, message, expected));
    const { priority } = message.advertisement;
    if (priority === 0) return;
    if (priority === own.priority) this.#note(samePriority(message.source, priority));
    if (own.isServing) this.#hearRival(message, expected, own.priority);
    else this.#rival = null;
  }

  /** Somebody's resignation, which is none. */
  disbelieved(source: IpAddress): void {
    this.#note(falseResignation(source));
  }

  /** Whether that is a conflict, and not only a broken packet. */
  dropped(reason: string, source: IpAddress | null): boolean {
    const conflict = conflictOfDrop(reason, source);
    if (conflict !== null) this.#note(conflict);
    return conflict !== null;
  }

  /** True when it is news. `heldSince`: since when this node holds it. */
  claimed(address: IpAddress, mac: string, heldSince: Instant): boolean {
    if (since(heldSince, this.#surface.clock.now()) < SETTLING) return false;
    return this.#note(sameAddress(address, mac));
  }

  [Symbol.dispose](): void {
    this.#notices[Symbol.dispose]();
  }

  /**
   * One advertisement of a rival belongs to every election: it yields when it hears our answer. One that goes on for an
   * interval does not hear us, or does not yield.
   */
  #hearRival({ source, advertisement }: HeardMessage, { adverInterval }: Expectation, ours: number): void {
    const now = this.#surface.clock.now();
    const rival = this.#rival;
    const isSame =
      rival !== null && rival.source === source && since(rival.at, now) <= this.#surface.recent();
    const begun = isSame ? rival.since : now;
    this.#rival = { source, since: begun, at: now };
    // Timers are late by a little, never early: almost an interval is one.
    if (since(begun, now) >= adverInterval * 0.9)
      this.#note(rivalMaster(source, advertisement.priority, ours));
  }

  #note(conflict: RouterConflict): boolean {
    const { code, message } = conflict;
    this.#counts.set(code, (this.#counts.get(code) ?? 0) + 1);
    const isNews = this.#notices.note(conflict);
    const fields = { router: this.#router, conflict: code, because: message };
    if (isNews) this.#surface.log.warn("conflict", fields);
    return isNews;
  }
}
