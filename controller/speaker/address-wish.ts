/**
 * Whether a router's addresses are wanted on this node, a moment beyond its role.
 *
 * A successor advertises first and has its addresses a little later: the kernel has to be asked, and the machine may be
 * busy. Whoever lets go as soon as it hears that advertisement leaves a hole in which nobody answers. So the addresses stay
 * for a moment, without a word about them; the successor's announcement has drawn the traffic away by then.
 */
import { after, type Instant, type Millis, millis, since } from "../net/time.ts";
import type { AlarmClock } from "../port/clock.ts";
import type { VirtualRouter } from "../vrrp/virtual-router.ts";
import type { Deadlines } from "./deadlines.ts";

/** Measured from advertisement to address: 1 ms on an idle machine, 58 ms on one with four times more work than cores. */
const LINGER = millis(100);

/**
 * The RFC leaves no time for a successor to have the addresses. And with a virtual hardware address its advertisement has drawn the
 * traffic away already: an answer of ours would draw it back.
 */
export const mayLinger = ({ strictRFC, virtualMAC }: VirtualRouter): boolean => !strictRFC && !virtualMAC;

export interface WishSurface {
  readonly clock: AlarmClock;
  readonly deadlines: Deadlines;
  addressesWanted(): void;
  changed(): void;
}

export class AddressWish {
  readonly #surface: WishSurface;
  #wish: "held" | "held-back" | "awaiting" | "lingering" | "gone" = "gone";
  #claimedAt: Instant | null = null;
  #isNew = false;

  constructor(surface: WishSurface) {
    this.#surface = surface;
  }

  get isWanted(): boolean {
    return this.#wish !== "gone";
  }

  /** Claimed, and not brought about since. */
  get isNew(): boolean {
    return this.#isNew && this.#wish === "held";
  }

  /** Whoever brings it about has told what came of it. */
  told(): void {
    this.#isNew = false;
  }

  /** Neither lingering nor waiting for anybody. */
  get isSettled(): boolean {
    return this.#wish === "held" || this.#wish === "gone";
  }

  /** Another process had them already: nothing needs to be done. */
  inherit(isWanting: boolean): void {
    this.#wish = isWanting ? "held" : "gone";
  }

  /** What is there may stay; what is not there is not added. */
  get isHeldBack(): boolean {
    return this.#wish === "held-back";
  }

  holdBack(isBack: boolean): void {
    if (isBack && this.#wish === "held") this.#wish = "held-back";
    if (!isBack && this.#wish === "held-back") this.claim();
  }

  claim(): void {
    this.#surface.deadlines.clear(this);
    if (!this.isWanted) {
      this.#claimedAt = this.#surface.clock.now();
      this.#isNew = true;
    }
    this.#wish = "held";
    this.#surface.addressesWanted();
  }

  /** `isFollowed`: somebody has been heard to take over. Otherwise nobody gains by waiting. */
  release(isFollowed: boolean): void {
    if (!isFollowed || this.#wish === "gone" || this.isHeldBack || this.#isYoung) this.stop();
    else this.#letGoAfter(LINGER, "lingering");
  }

  /** Somebody has been heard to take over, but elsewhere: they stay until that is heard here as well, or time is up. */
  awaitSuccessor(span: Millis): void {
    if (this.isHeldBack) this.stop();
    else if (this.#wish !== "gone") this.#letGoAfter(span, "awaiting");
  }

  /** An advertisement was heard here. */
  followed(): void {
    if (this.#wish === "awaiting") this.release(true);
  }

  stop(): void {
    this.#surface.deadlines.clear(this);
    this.#wish = "gone";
    this.#surface.addressesWanted();
    // Whoever waits for the fate to be through may have waited for this alone.
    this.#surface.changed();
  }

  /** Whoever takes them back so soon has had them all the while, as when its resignation was forged. */
  get #isYoung(): boolean {
    return this.#claimedAt !== null && since(this.#claimedAt, this.#surface.clock.now()) < LINGER;
  }

  #letGoAfter(span: Millis, wish: "awaiting" | "lingering"): void {
    const { clock, deadlines } = this.#surface;
    this.#wish = wish;
    deadlines.set(this, after(clock.now(), span), () => this.stop());
  }
}
