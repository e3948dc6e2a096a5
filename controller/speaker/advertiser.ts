/**
 * Sends one router's advertisements: one to its group, or one to each peer. Each is encoded once and sent again until
 * something in it changes.
 */
import type { IpAddress } from "../net/ip.ts";
import { OperationFailure } from "../port/failure.ts";
import type { Log } from "../port/log.ts";
import { TIME_TO_LIVE_MAX } from "../vrrp/ip-header.ts";
import { type Advertisement, encodePacket, type PacketTerms } from "../vrrp/packet.ts";
import { simplePassword } from "../vrrp/password.ts";
import { inMulticastFrame, virtualMacOf } from "../vrrp/virtual-mac.ts";
import type { VirtualRouter } from "../vrrp/virtual-router.ts";
import type { Wire } from "./wire.ts";

interface Outgoing {
  /** With a virtual hardware address as its sender a whole frame. */
  readonly packet: Uint8Array;
  readonly destination: IpAddress;
}

export class Advertiser {
  readonly #wire: Wire;
  readonly #log: Log;
  #router: VirtualRouter;
  #source: IpAddress | null = null;
  /** By priority: the effective one, and 0. */
  readonly #packets = new Map<number, readonly Outgoing[]>();
  #failure: string | null = null;
  #sent = 0;

  constructor(router: VirtualRouter, wire: Wire, log: Log) {
    this.#router = router;
    this.#wire = wire;
    this.#log = log;
  }

  /** What the advertisements say from now on. */
  use(router: VirtualRouter, source: IpAddress | null): void {
    if (router === this.#router && source === this.#source) return;
    this.#router = router;
    this.#source = source;
    this.#packets.clear();
  }

  get source(): IpAddress | null {
    return this.#source;
  }

  get sent(): number {
    return this.#sent;
  }

  /** Another process has sent that many before. */
  inherit(sent: number): void {
    this.#sent += sent;
  }

  /** Why the last one could not be sent. */
  get failure(): string | null {
    return this.#failure;
  }

  /**
   * Whether it left, to everybody, to some (`failed`) or to nobody. A failure is logged when it begins and when it ends, not
   * for every packet.
   */
  advertise(priority: number): "sent" | "recovered" | "failed" | "refused" {
    const failedBefore = this.#failure !== null;
    const { failure, hasLeft } = this.#send(priority);
    this.#failure = failure;
    if (failure !== null) {
      if (!failedBefore) this.#log.error("cannot advertise", { router: this.#router.name, because: failure });
      return hasLeft ? "failed" : "refused";
    }
    this.#sent++;
    if (failedBefore) this.#log.info("can advertise again", { router: this.#router.name });
    return failedBefore ? "recovered" : "sent";
  }

  /** Why it could not be sent; one peer that cannot be reached keeps it from no other. */
  #send(priority: number): { readonly failure: string | null; readonly hasLeft: boolean } {
    const source = this.#source;
    // A master without a source is on its way to letting go; the event that says so is being worked on.
    if (source === null)
      return { failure: `${this.#router.interface} has no source address`, hasLeft: false };
    let failure: string | null = null;
    let hasLeft = false;
    for (const { packet, destination } of this.#outgoing(priority, source)) {
      try {
        if (this.#router.virtualMAC) this.#wire.announce([packet]);
        else this.#wire.advertise(packet, destination);
        hasLeft = true;
      } catch (error) {
        if (!(error instanceof OperationFailure)) throw error;
        failure ??= error.message;
      }
    }
    return { failure, hasLeft };
  }

  /** It may be sent at any time. */
  prepare(priority: number): void {
    if (this.#source !== null) this.#outgoing(priority, this.#source);
  }

  #outgoing(priority: number, source: IpAddress): readonly Outgoing[] {
    const known = this.#packets.get(priority);
    if (known !== undefined) return known;
    // A priority that is no longer in force will not come back soon; only the resignation is worth keeping.
    for (const each of this.#packets.keys()) if (each !== 0) this.#packets.delete(each);
    const outgoing = outgoingOf(this.#router, priority, source);
    this.#packets.set(priority, outgoing);
    return outgoing;
  }
}

/** One packet for each destination: it stands in the header, and in version 3 in the checksum. */
function outgoingOf(router: VirtualRouter, priority: number, source: IpAddress): Outgoing[] {
  const { transport, checksumForm } = router;
  const advertisement = advertisementOf(router, priority);
  const isUnicast = transport.type === "unicast";
  const terms: PacketTerms = { checksumForm, timeToLive: isUnicast ? transport.ttl : TIME_TO_LIVE_MAX };
  const mac = virtualMacOf(router);
  return (isUnicast ? transport.peers : [transport.group]).map((destination) => {
    const packet = encodePacket(advertisement, source, destination, terms);
    return { packet: mac === null ? packet : inMulticastFrame(packet, mac, destination), destination };
  });
}

function advertisementOf(router: VirtualRouter, priority: number): Advertisement {
  return {
    version: router.version,
    virtualRouterID: router.virtualRouterID,
    priority,
    adverInterval: router.adverInterval,
    addresses: router.addresses.map(({ address }) => address),
    password: router.password === null ? null : simplePassword(router.password),
  };
}
