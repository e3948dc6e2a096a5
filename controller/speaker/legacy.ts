/**
 * What a speaker leaves to the one that replaces it: everything that it knows and that cannot be seen in the kernel. Plain data,
 * which crosses a process boundary as JSON. Instants are counted from the boot, so they mean the same in both processes.
 */
import type { Instant } from "../net/time.ts";
import type { Transition } from "../vrrp/virtual-router.ts";
import type { HearingLegacy } from "./hearing.ts";
import type { Orders } from "./orders.ts";
import type { Standing } from "./standing.ts";

/** Grows when something in it changes its meaning. A speaker that meets another number is replaced by a hand-over. */
export const LEGACY_FORMAT = 3;

export interface Legacy {
  /** Names the life of the speaker, which goes on in the other process. */
  readonly speaker: string;
  readonly orders: Orders;
  readonly journal: JournalLegacy;
  readonly fates: readonly FateLegacy[];
  /** Since when the interfaces are up, by index. */
  readonly upSince: readonly (readonly [number, Instant])[];
}

export interface JournalLegacy {
  readonly lastSequence: number;
  readonly unacknowledged: readonly Transition[];
}

export interface FateLegacy {
  readonly name: string;
  readonly standing: Standing;
  readonly lines: readonly LineLegacy[];
}

export interface LineLegacy extends HearingLegacy {
  readonly router: string;
  /** See `identityOf`. */
  readonly identity: string;
  readonly held: readonly string[];
  readonly repaired: number;
  readonly isWanting: boolean;
  readonly sent: number;
  readonly received: number;
  readonly checksumForms: Readonly<Record<string, number>>;
  readonly dropped: Readonly<Record<string, number>>;
  /** Announcements that are still to be repeated. */
  readonly announcing: { readonly round: number; readonly due: Instant } | null;
}
