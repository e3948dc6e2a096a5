/** Sending and hearing VRRP advertisements (IP protocol 112), and announcing addresses, on one interface. */
import type { IpAddress } from "../net/ip.ts";
import type { Millis } from "../net/time.ts";

/** A datagram as heard: the whole IP packet, header included, so that TTL, source and destination can be judged. */
export type HeardPacket = Uint8Array;

export interface AdvertSocket extends Disposable {
  /**
   * Sends a whole IP packet, header included, at once; of the family that the socket hears. Throws OperationFailure when
   * the kernel refuses.
   */
  send(packet: Uint8Array, destination: IpAddress): void;
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
  /**
   * The bytes are there until this returns: whoever needs them for longer copies them. Packets of this host's other sockets are heard, our
   * own are not. `age`: how long ago it arrived, where the kernel says so; 5 ms at most, since for longer times its clock may have been set.
   */
  heard(packet: HeardPacket, age: Millis): void;
  /** The kernel has broken the socket: it will hear nothing more. Dispose of it and open another. */
  broken(reason: string): void;
}

/**
 * A socket is bound to the interface as it is when opened. An interface that is deleted and comes back under the same
 * name has another index and needs other sockets.
 */
export interface Network {
  /**
   * Hears what is sent to one address on the interface, and nothing else: a group, which it joins, or for unicast an address
   * of this host, which must be there. Throws OperationFailure `interface-missing`, `not-permitted` or `send-refused`.
   */
  openAdvertSocket(interfaceName: string, hearing: IpAddress, listener: AdvertListener): AdvertSocket;
  openAnnouncer(interfaceName: string): Announcer;
  /** Hears the ARP of everybody on the interface, whole frames. Throws as the others do. */
  openArpSocket(interfaceName: string, listener: AdvertListener): Disposable;
  /** Hears the neighbour advertisements that reach this host on the interface, each from its ICMPv6 header on. Throws as the others do. */
  openNeighbourSocket(interfaceName: string, listener: AdvertListener): Disposable;
  /** Hears how every frame begins that comes in on the interface, none that leaves on it. Throws as the others do. */
  openFrameSocket(interfaceName: string, listener: AdvertListener): Disposable;
}
