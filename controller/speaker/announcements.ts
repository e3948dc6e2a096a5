/**
 * Gratuitous ARP, or unsolicited neighbour advertisements, for addresses that have just been claimed, and repetitions.
 *
 * keepalived sends five in one burst and five more after five seconds. A burst is lost as a whole when a switch still
 * learns or throttles, so ours are spread: the first at once, for every address, the others paced.
 */
import { type IpAddress, isIpv6 } from "../net/ip.ts";
import { after, type Instant, type Millis, millis } from "../net/time.ts";
import type { Link } from "../port/address-table.ts";
import type { Clock } from "../port/clock.ts";
import { OperationFailure } from "../port/failure.ts";
import type { Log } from "../port/log.ts";
import { gratuitousArp, gratuitousArpReply } from "../vrrp/arp.ts";
import { neighbourAdvertisement } from "../vrrp/neighbour-advertisement.ts";
import { isVirtualMac } from "../vrrp/virtual-mac.ts";
import type { Deadlines } from "./deadlines.ts";
import type { Wire } from "./wire.ts";

/** Pauses between rounds: four repetitions within the first second, the last one after five in all. */
const PAUSES: readonly Millis[] = [millis(50), millis(150), millis(300), millis(500), millis(4_000)];

export interface Announced {
  readonly link: Pick<Link, "mac" | "forwardsIpv6">;
  readonly addresses: readonly IpAddress[];
}

export interface AnnouncementSurface {
  readonly wire: Wire;
  readonly clock: Clock;
  readonly deadlines: Deadlines;
  readonly log: Log;
  /** What is held now, and the link that answers for it; null without one. */
  announced(): Announced | null;
}

export class Announcements {
  readonly #surface: AnnouncementSurface;
  #round = 0;
  #due: Instant | null = null;

  constructor(surface: AnnouncementSurface) {
    this.#surface = surface;
  }

  /** Announces now, and begins the repetitions anew. */
  begin(): void {
    this.#round = 0;
    this.#announce();
  }

  /** What is still to be repeated, for another process to go on with. */
  get rest(): { readonly round: number; readonly due: Instant } | null {
    return this.#due === null ? null : { round: this.#round, due: this.#due };
  }

  goOn({ round, due }: { readonly round: number; readonly due: Instant }): void {
    this.#round = round;
    this.#repeatAt(due);
  }

  /** Nothing that was due is sent any more: an announcement after the role is lost would steal the traffic back. */
  stop(): void {
    this.#due = null;
    this.#surface.deadlines.clear(this);
  }

  #announce(): void {
    this.#send();
    this.#due = null;
    const pause = PAUSES[this.#round++];
    if (pause !== undefined) this.#repeatAt(after(this.#surface.clock.now(), pause));
  }

  #repeatAt(due: Instant): void {
    this.#due = due;
    this.#surface.deadlines.set(this, due, () => this.#announce());
  }

  #send(): void {
    const announced = this.#surface.announced();
    if (announced === null || announced.addresses.length === 0) return;
    try {
      this.#surface.wire.announce(announced.addresses.map((address) => frameOf(address, announced.link)));
    } catch (error) {
      if (!(error instanceof OperationFailure)) throw error;
      const { interfaceName } = this.#surface.wire;
      this.#surface.log.warn("cannot announce", { interface: interfaceName, because: error.message });
    }
  }
}

function frameOf(address: IpAddress, { mac, forwardsIpv6 }: Announced["link"]): Uint8Array {
  if (!isIpv6(address)) return (isVirtualMac(mac) ? gratuitousArpReply : gratuitousArp)(mac, address);
  const flags = { isRouter: forwardsIpv6, isSolicited: false, overrides: true };
  return neighbourAdvertisement({ mac, target: address, flags });
}
