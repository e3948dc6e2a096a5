/** Sends one router's advertisements. Each is encoded once and sent again until something in it changes. */
import type { Ipv4 } from "../net/ipv4.ts";
import { OperationFailure } from "../port/failure.ts";
import type { Log } from "../port/log.ts";
import { type Advertisement, encodePacket } from "../vrrp/packet.ts";
import { simplePassword } from "../vrrp/password.ts";
import type { VirtualRouter } from "../vrrp/virtual-router.ts";
import type { Wire } from "./wire.ts";

export class Advertiser {
  readonly #wire: Wire;
  readonly #log: Log;
  #router: VirtualRouter;
  #source: Ipv4 | null = null;
  /** By priority: the effective one, and 0. */
  readonly #packets = new Map<number, Uint8Array>();
  #failure: string | null = null;
  #sent = 0;

  constructor(router: VirtualRouter, wire: Wire, log: Log) {
    this.#router = router;
    this.#wire = wire;
    this.#log = log;
  }

  /** What the advertisements say from now on. */
  use(router: VirtualRouter, source: Ipv4 | null): void {
    if (router === this.#router && source === this.#source) return;
    this.#router = router;
    this.#source = source;
    this.#packets.clear();
  }

  get source(): Ipv4 | null {
    return this.#source;
  }

  get sent(): number {
    return this.#sent;
  }

  /** Why the last one could not be sent. */
  get failure(): string | null {
    return this.#failure;
  }

  /** Whether it left. A failure is logged when it begins and when it ends, not for every packet. */
  advertise(priority: number): "sent" | "recovered" | "failed" {
    const failedBefore = this.#failure !== null;
    try {
      this.#wire.advertise(this.#packet(priority));
    } catch (error) {
      if (!(error instanceof OperationFailure)) throw error;
      if (!failedBefore)
        this.#log.error("cannot advertise", { router: this.#router.name, because: error.message });
      this.#failure = error.message;
      return "failed";
    }
    this.#sent++;
    this.#failure = null;
    if (failedBefore) this.#log.info("can advertise again", { router: this.#router.name });
    return failedBefore ? "recovered" : "sent";
  }

  #packet(priority: number): Uint8Array {
    const known = this.#packets.get(priority);
    if (known !== undefined) return known;
    const source = this.#source;
    if (source === null) {
      // A master without a source is on its way to letting go; the event that says so is being worked on.
      throw new OperationFailure({
        code: "send-refused",
        interface: this.#router.interface,
        operation: "advertise",
        errno: "no source address",
      });
    }
    // A priority that is no longer in force will not come back soon; only the resignation is worth keeping.
    for (const each of this.#packets.keys()) if (each !== 0) this.#packets.delete(each);
    const packet = encodePacket(advertisementOf(this.#router, priority), source, this.#router.multicastGroup);
    this.#packets.set(priority, packet);
    return packet;
  }
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
