/**
 * Keeps the kernel's hand off our addresses: while a master advertises, the lifetimes of its addresses begin anew. A speaker
 * that is killed, stopped or stuck does neither, and the kernel takes the addresses away without being asked.
 */
import type { IpPrefix } from "../net/ip.ts";
import type { Lifetime } from "../net/lifetime.ts";
import { type Instant, since } from "../net/time.ts";
import type { AddressTable, Refreshment } from "../port/address-table.ts";
import type { Clock } from "../port/clock.ts";
import { OperationFailure } from "../port/failure.ts";
import type { Log } from "../port/log.ts";
import { deadManLifetime, REFRESH_PAUSE } from "../vrrp/dead-man.ts";
import { isOwner } from "../vrrp/priority.ts";
import { carrierOf } from "../vrrp/virtual-mac.ts";
import type { VirtualRouter } from "../vrrp/virtual-router.ts";
import { heldOf } from "./fate-terms.ts";

export interface DeadManSurface {
  readonly table: Pick<AddressTable, "refresh">;
  readonly clock: Clock;
  readonly log: Log;
}

/** What of a line counts here. */
export interface Heart {
  readonly router: VirtualRouter;
  readonly wantedAddresses: readonly IpPrefix[];
  readonly isHoldingBack: boolean;
  /** `ADDRESS/LENGTH` each: on the interface with our mark at the last look. */
  readonly heldAddresses: readonly string[];
}

/** `last`: the master is leaving and advertises no more. */
export type Beat = "beat" | "last";

interface Refreshed {
  readonly at: Instant;
  readonly lifetime: Lifetime;
}

export class DeadMan {
  readonly #surface: DeadManSurface;
  readonly #refreshed = new Map<Heart, Refreshed>();
  /** A new one each time: what is cleared and filled again, V8 writes anew each time among its old objects. */
  #due = new Set<Heart>();
  #failure: string | null = null;

  constructor(surface: DeadManSurface) {
    this.#surface = surface;
  }

  /** A master has advertised. */
  beat(heart: Heart, beat: Beat): void {
    // The owner's addresses are its interface's own, and no business of ours.
    if (isOwner(heart.router)) return;
    const lifetime = deadManLifetime(heart.router);
    const known = this.#refreshed.get(heart);
    if (beat !== "last" && known?.lifetime === lifetime && !this.#isOld(known)) return;
    if (beat === "last") this.#refreshed.delete(heart);
    else this.#refreshed.set(heart, { at: this.#surface.clock.now(), lifetime });
    // The first word of a master: its claim is about to begin the lifetimes.
    if (beat !== "last" && heart.wantedAddresses.length === 0) return;
    // After everything else that is due now: one call for all, and no advertisement waits for it.
    if (this.#due.size === 0) queueMicrotask(() => this.#flush());
    this.#due.add(heart);
  }

  #isOld({ at, lifetime }: Refreshed): boolean {
    return lifetime !== null && since(at, this.#surface.clock.now()) >= REFRESH_PAUSE;
  }

  #flush(): void {
    this.#joinOthers();
    const batch = [...this.#due].flatMap(refreshmentsOf);
    this.#due = new Set();
    if (batch.length === 0) return;
    try {
      this.#surface.table.refresh(batch);
      this.#note(null);
    } catch (error) {
      if (!(error instanceof OperationFailure)) throw error;
      this.#note(error.message);
    }
  }

  /** Who advertises often comes along before it is due, so that many routers do not make many calls. */
  #joinOthers(): void {
    const now = this.#surface.clock.now();
    for (const [heart, { at, lifetime }] of this.#refreshed) {
      const { adverInterval } = heart.router;
      // Neither a master any more nor a line: whoever gives up the addresses comes past here.
      const isOver = heart.wantedAddresses.length === 0 || heart.isHoldingBack;
      if (isOver && !this.#due.has(heart)) this.#refreshed.delete(heart);
      else if (lifetime !== null && adverInterval < REFRESH_PAUSE && since(at, now) >= REFRESH_PAUSE / 2) {
        this.#refreshed.set(heart, { at: now, lifetime });
        this.#due.add(heart);
      }
    }
  }

  /** Logged when it is another than the last time. */
  #note(failure: string | null): void {
    if (failure === this.#failure) return;
    this.#failure = failure;
    if (failure === null) this.#surface.log.info("the lifetimes of the addresses are renewed again");
    else this.#surface.log.error("cannot renew the lifetimes of the addresses", { because: failure });
  }
}

function refreshmentsOf(heart: Heart): Refreshment[] {
  const { router, heldAddresses, wantedAddresses } = heart;
  if (wantedAddresses.length === 0) return [];
  const lifetime = deadManLifetime(router);
  const carrier = carrierOf(router);
  return heldOf(router, heldAddresses).map((prefix) => ({ interface: carrier, prefix, lifetime }));
}
