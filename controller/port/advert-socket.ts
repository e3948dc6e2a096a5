/** Sending and hearing VRRP advertisements (IP protocol 112) and gratuitous ARP on one interface. */
import type { Ipv4 } from "../net/ipv4.ts";

/** A datagram as heard: the whole IPv4 packet, header included, so that TTL, source and options can be judged. */
export type HeardPacket = Uint8Array;

export interface AdvertSocket extends Disposable {
  /** Sends a whole IPv4 packet, header included, at once. Throws OperationFailure when the kernel refuses. */
  send(packet: Uint8Array, destination: Ipv4): void;
  /**
   * Has every packet that has already arrived heard before this returns. A process that was held up finds its timers
   * due before it has read what came meanwhile.
   */
  drain(): void;
}

export interface Announcer extends Disposable {
  /** Sends whole Ethernet frames, in order, at once. Throws OperationFailure when the kernel refuses. */
  send(frames: readonly Uint8Array[]): void;
}

export interface AdvertListener {
  /** The bytes belong to the listener. Packets of this host's other sockets are heard, our own are not. */
  heard(packet: HeardPacket): void;
  /** The kernel has broken the socket: it will hear nothing more. Dispose of it and open another. */
  broken(reason: string): void;
}

/**
 * A socket is bound to the interface as it is when opened. An interface that is deleted and comes back under the same
 * name has another index and needs other sockets.
 */
export interface Network {
  /**
   * Joins `group` on the interface and hears what is sent there. Throws OperationFailure `interface-missing`,
   * `not-permitted` or `send-refused`.
   */
  openAdvertSocket(interfaceName: string, group: Ipv4, listener: AdvertListener): AdvertSocket;
  openAnnouncer(interfaceName: string): Announcer;
}
