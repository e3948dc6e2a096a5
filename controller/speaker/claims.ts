/**
 * Adds what lines have just claimed, before anything is looked at: a look takes milliseconds, with 250 addresses twenty, in which
 * nobody answers for it. The kernel refuses what is there already, and the look that follows puts right whatever was not as it seemed.
 */
import { after, type Instant, type Millis, millis, since } from "../net/time.ts";
import type { OwnedAddress } from "../plan/addresses.ts";
import type { AddressTable } from "../port/address-table.ts";
import type { AlarmClock } from "../port/clock.ts";
import { isOwner } from "../vrrp/priority.ts";
import type { VirtualRouter } from "../vrrp/virtual-router.ts";
import {
  actionsOf,
  addressesIn,
  type Claimed,
  claimedBy,
  lifetimesOf,
  type Outcome,
  owned,
  seenBy,
  tellOfNew,
  wantedBy,
} from "./address-lists.ts";
import type { AddressWork } from "./address-work.ts";
import type { Deadlines } from "./deadlines.ts";
import type { Line } from "./line.ts";

/** When nothing more has been claimed for so long, nor is about to be, the look follows; and after so long in any case. */
const CLAIMS_OVER = millis(20);
const LOOK_LATER_MAX = millis(150);

export interface ClaimsSurface {
  readonly table: Pick<AddressTable, "claim" | "prepare">;
  readonly clock: AlarmClock;
  readonly deadlines: Deadlines;
  lines(): readonly Line[];
  /** Another process is about to own the addresses. */
  isPaused(): boolean;
  /** Resolves then, or as soon as there may be something to do. */
  wokenWithin(span: Millis): Promise<void>;
}

export class Claims {
  readonly #surface: ClaimsSurface;
  readonly #work: AddressWork;
  /** Added since the last look began, beside the pass that goes with it. */
  #added: Claimed[] = [];
  /** They have advertised, and claim together with the others that are due at the same moment. */
  #waiting: Line[] = [];
  #lastAt: Instant | null = null;

  constructor(surface: ClaimsSurface, work: AddressWork) {
    this.#surface = surface;
    this.#work = work;
  }

  /** They may be claimed at any time. */
  prepare(lines: readonly Line[]): void {
    for (const line of lines) if (isPlain(line.router)) this.#surface.table.prepare(line.addresses.claim);
  }

  /**
   * At once, where nothing but the addresses themselves has to be there. Where others are due at the same moment, their advertisements
   * go first, and the claims follow together.
   */
  addAtOnce(lines: readonly Line[]): void {
    const claimants = lines.filter(isClaiming);
    if (claimants.length === 0) return;
    this.#lastAt = this.#surface.clock.now();
    // What is due last may be nobody's claim.
    if (this.#waiting.length === 0) queueMicrotask(() => this.#claimForAll());
    this.#waiting.push(...claimants);
    if (!this.#surface.deadlines.isCrowded) this.#claimForAll();
  }

  #claimForAll(): void {
    const waiting = this.#waiting.splice(0).filter(isClaiming);
    if (this.#surface.isPaused()) return;
    for (const line of waiting) {
      const prefixes = this.#surface.table.claim(line.addresses.claim);
      // What the kernel refuses, or does not do at a word, they go on claiming.
      if (prefixes.length === 0) continue;
      this.#added.push({ interface: line.addresses.claim.interface, prefixes });
      line.addressesAre(claimedBy(line, prefixes));
    }
  }

  /** What was added since the last look began, whether its answer has it or not. */
  get addedSinceLook(): readonly OwnedAddress[] {
    return this.#added.flatMap(addressesIn);
  }

  lookBegins(): void {
    this.#work.log(actionsOf(this.addedSinceLook, [], []));
    this.#added = [];
  }

  /** Where many are taken over, as when a node with all masters fails, all of them come before a look. */
  async addAll(): Promise<void> {
    const { clock, lines, wokenWithin } = this.#surface;
    const end = after(clock.now(), LOOK_LATER_MAX);
    const count = lines().length;
    await this.#add();
    while (this.#areUnderWay() && clock.now() < end && !this.#isLookAwaited(count)) {
      await wokenWithin(CLAIMS_OVER);
      await this.#add();
    }
  }

  #areUnderWay(): boolean {
    if (this.#lastAt === null) return false;
    const { clock, deadlines } = this.#surface;
    const quiet = since(this.#lastAt, clock.now());
    return quiet < CLAIMS_OVER || (quiet < LOOK_LATER_MAX && deadlines.isRehearsedWithin(CLAIMS_OVER));
  }

  /** By whoever is to let go, or has gone and left its addresses, or cannot claim before an interface is there. */
  #isLookAwaited(countBefore: number): boolean {
    const lines = this.#surface.lines();
    const awaits = ({ wish, heldAddresses }: Line): boolean =>
      wish.isWanted ? wish.isNew : heldAddresses.length > 0;
    return lines.length < countBefore || lines.some(awaits);
  }

  async #add(): Promise<void> {
    this.#claimForAll();
    const lines = this.#surface.lines().filter(isClaiming);
    if (lines.length === 0) return;
    const desired = lines.flatMap((line) => owned(line, line.wantedAddresses));
    const tell = (soFar: Outcome): ReadonlySet<string> => {
      // A refusal is the look's to judge: it knows the interface.
      tellOfNew(lines, (line) => seenBy(line, [], soFar.held, soFar));
      return wantedBy(lines);
    };
    const lifetimes = new Map(lines.flatMap(lifetimesOf));
    tell(await this.#work.perform(actionsOf(desired, [], []), new Set(), lifetimes, tell));
  }
}

/** It has just claimed what needs nothing but to be there. */
const isClaiming = ({ wish, router }: Line): boolean => wish.isNew && isPlain(router);
const isPlain = (router: VirtualRouter): boolean => !isOwner(router) && !router.virtualMAC;
