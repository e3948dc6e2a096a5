/** What of IPv6 passes a switch, read without our own decoder. */
import type { SeenPacket, WireWatch } from "./wire-watch.ts";

export interface SeenIpv6Advert {
  readonly at: number;
  /** 32 hexadecimal digits each, as on the wire. */
  readonly source: string;
  readonly destination: string;
  readonly hopLimit: number;
  readonly priority: number;
  /** The VRRP message, without the IPv6 header. */
  readonly message: string;
}

export interface SeenNeighbourAdvert {
  readonly at: number;
  readonly isToAll: boolean;
  readonly target: string;
  /** R, S and O, as in the first byte. */
  readonly flags: number;
  readonly hopLimit: number;
  /** As hexadecimal digits: of the option, and of the frame's sender. */
  readonly mac: string;
  readonly sender: string;
}

const IPV6 = 0x86dd;
const HEADER = 40;
const VRRP = 112;
const ICMPV6 = 58;
const NEIGHBOUR_ADVERTISEMENT = 136;

const packetsOf = (watch: WireWatch, since: number, nextHeader: number): readonly SeenPacket[] =>
  watch.packets(IPV6, since).filter(({ packet }) => packet[6] === nextHeader);

export function ipv6Adverts(watch: WireWatch, since = 0): readonly SeenIpv6Advert[] {
  return packetsOf(watch, since, VRRP).map(({ at, packet }) => {
    const message = packet.subarray(HEADER, HEADER + packet.readUInt16BE(4));
    return {
      at,
      source: packet.toString("hex", 8, 24),
      destination: packet.toString("hex", 24, 40),
      hopLimit: packet[7] ?? 0,
      priority: message[2] ?? 0,
      message: message.toString("hex"),
    };
  });
}

/** Those to all nodes: nobody has asked for them. */
export const unsolicitedAdverts = (watch: WireWatch, since = 0): readonly SeenNeighbourAdvert[] =>
  neighbourAdverts(watch, since).filter(({ isToAll }) => isToAll);

/** The answers to whoever asks. */
export const solicitedAdverts = (watch: WireWatch, since = 0): readonly SeenNeighbourAdvert[] =>
  neighbourAdverts(watch, since).filter(({ isToAll }) => !isToAll);

function neighbourAdverts(watch: WireWatch, since: number): readonly SeenNeighbourAdvert[] {
  return packetsOf(watch, since, ICMPV6)
    .filter(({ packet }) => packet[HEADER] === NEIGHBOUR_ADVERTISEMENT)
    .map(({ at, bytes, packet }) => {
      const message = packet.subarray(HEADER);
      return {
        at,
        isToAll: bytes.toString("hex", 0, 6) === "333300000001",
        target: message.toString("hex", 8, 24),
        flags: message[4] ?? 0,
        hopLimit: packet[7] ?? 0,
        mac: message.toString("hex", 26, 32),
        sender: bytes.toString("hex", 6, 12),
      };
    });
}
