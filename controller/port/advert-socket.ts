/** Sending and hearing VRRP advertisements (IP protocol 112) and gratuitous ARP on one interface. */
import type { Ipv4 } from "../net/ipv4.ts";

/** A datagram as heard: the whole IPv4 packet, header included, so that TTL, source and options can be judged. */
export type HeardPacket = Uint8Array;

export interface AdvertSocket extends Disposable {
  /** Sends a whole IPv4 packet, header included, at once. Throws OperationFailure when the kernel refuses. */
  send(packet: Uint8Array, destination: Ipv4): void;
}

export interface Announcer extends Disposable {
  /** Sends whole Ethernet frames, in order, at once. Throws OperationFailure when the kernel refuses. */
  send(frames: readonly Uint8Array[]): void;
}

export interface Network {
  /** Joins `group` on the interface and hears what arrives there; our own packets are not heard. */
  openAdvertSocket(interfaceName: string, group: Ipv4, heard: (packet: HeardPacket) => void): AdvertSocket;
  openAnnouncer(interfaceName: string): Announcer;
}
