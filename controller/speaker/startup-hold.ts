/**
 * For how long a line that has just come up takes over from nobody (startupDelay): until the delay is over, and until
 * something has come in. A port that a switch still blocks (spanning tree, a bond that forms) has carrier and swallows
 * everything, for however long: that nobody is heard there proves nothing.
 */
import { formatMac, MAC_BYTES } from "../net/mac.ts";
import { after, type Instant, millis } from "../net/time.ts";
import type { Clock } from "../port/clock.ts";
import { OperationFailure } from "../port/failure.ts";
import type { Log } from "../port/log.ts";
import type { VirtualRouter } from "../vrrp/virtual-router.ts";
import type { Deadlines } from "./deadlines.ts";
import type { Hold, Reach } from "./reach.ts";
import type { Wire } from "./wire.ts";

/**
 * So much longer than the delay a link may be silent. Then it is taken for one on which nobody else is, not for one that is
 * blocked: spanning tree takes 50 s at the most, and an address that is never served is the worse mistake.
 */
export const SILENCE_MAX = millis(60_000);

/** IEEE 802.1Q 8.6.3: what is for a bridge's own neighbours (spanning tree, LACP, LLDP) passes a blocked port. */
const TO_NEIGHBOUR = "01:80:c2:00:00:0";
/** Cisco's the same: CDP, VTP, and the spanning trees of single VLANs. */
const TO_CISCO = "01:00:0c:cc:cc:c";

export interface HoldSurface {
  readonly clock: Clock;
  readonly deadlines: Deadlines;
  readonly log: Log;
  readonly wire: Pick<Wire, "hearFrames">;
  /** The line is held otherwise now: how it stands is to be looked at again. */
  addressesWanted(): void;
}

export class StartupHold implements Disposable {
  readonly #surface: HoldSurface;
  /** Of the link as it is now: since when it is up, and what came in first. */
  #up: { readonly since: Instant; firstAt: Instant | null } | null = null;
  #ears: Disposable | null = null;

  constructor(surface: HoldSurface) {
    this.#surface = surface;
  }

  /** `heardAt`: when an advertisement was heard last. `null`: nothing holds the line. */
  of({ startupDelay }: VirtualRouter, { upSince, link }: Reach, heardAt: Instant | null): Hold | null {
    if (startupDelay === 0 || upSince === null || link === null) {
      this.#forget();
      return null;
    }
    const end = after(upSince, startupDelay);
    const now = this.#surface.clock.now();
    if (this.#up?.since !== upSince) {
      this.#forget();
      // One that is added later is not held: what the link has seen before is not known, and nothing has just come up.
      this.#up = { since: upSince, firstAt: now >= end ? upSince : null };
    }
    if (heardAt !== null && heardAt >= upSince) this.#up.firstAt ??= heardAt;
    const { firstAt } = this.#up;
    if (firstAt !== null) {
      this.#deafen();
      return { until: Math.max(end, firstAt) as Instant, isSilent: false };
    }
    this.#listen(link.mac);
    if (now < end) this.#surface.deadlines.set(this, end, () => this.#surface.addressesWanted());
    return { until: after(end, SILENCE_MAX), isSilent: now >= end };
  }

  [Symbol.dispose](): void {
    this.#forget();
  }

  #listen(mac: string): void {
    if (this.#ears !== null) return;
    try {
      this.#ears = this.#surface.wire.hearFrames({
        heard: (frame) => {
          if (hasPassed(frame, mac)) this.#hear();
        },
        // The interface is going, and the address table tells of it.
        broken: () => this.#deafen(),
      });
    } catch (error) {
      if (!(error instanceof OperationFailure)) throw error;
      this.#surface.log.warn("cannot hear whether the link passes anything", { because: error.message });
    }
  }

  #hear(): void {
    if (this.#up !== null) this.#up.firstAt ??= this.#surface.clock.now();
    this.#deafen();
    this.#surface.addressesWanted();
  }

  #deafen(): void {
    this.#surface.deadlines.clear(this);
    this.#ears?.[Symbol.dispose]();
    this.#ears = null;
  }

  #forget(): void {
    this.#deafen();
    this.#up = null;
  }
}

/** Whether a frame shows that the port passes traffic: somebody else's, and nothing that a blocked port would let through. */
export function hasPassed(frame: Uint8Array, ownMac: string): boolean {
  if (frame.length < 2 * MAC_BYTES) return false;
  const to = macAt(frame, 0);
  return !to.startsWith(TO_NEIGHBOUR) && !to.startsWith(TO_CISCO) && macAt(frame, MAC_BYTES) !== ownMac;
}

const macAt = (frame: Uint8Array, offset: number): string =>
  formatMac(frame.subarray(offset, offset + MAC_BYTES));
