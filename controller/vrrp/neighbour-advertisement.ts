/**
 * Unsolicited neighbour advertisements (RFC 4861 §4.4, §7.2.6): what gratuitous ARP is for IPv4. Every node of the link is
 * told which hardware address now answers for a virtual address; and what others say of theirs.
 *
 *      Ethernet to 33:33:00:00:00:01, IPv6 to ff02::1 with hop limit 255, then
 *      | type 136      | code 0        | checksum                      |
 *      | R S O, 29 bits reserved                                       |
 *      | target address, 16 bytes                                      |
 *      | option 2      | length 1      | hardware address, 6 bytes     |
 */
import { internetChecksum, wordSum } from "../net/checksum.ts";
import { ipBytes } from "../net/ip.ts";
import { IPV6_BYTES, type Ipv6, ipv6FromBytes } from "../net/ipv6.ts";
import { formatMac, MAC_BYTES, macBytes } from "../net/mac.ts";
import { TIME_TO_LIVE_MAX } from "./ip-header.ts";
import { inIpv6Envelope } from "./ipv6-header.ts";

export interface AdvertisementFlags {
  /** The sender forwards IPv6. A host that is told the contrary drops its default routes through it. */
  readonly isRouter: boolean;
  /** Answers a solicitation; an unsolicited one must not claim that (§7.2.6). */
  readonly isSolicited: boolean;
  /** Replaces the hardware address that a neighbour has learnt, instead of only confirming it. */
  readonly overrides: boolean;
}

export interface NeighbourAdvertisement {
  /** Of the interface that carries the address. */
  readonly mac: string;
  /** The address that is told, and the source: it is assigned to the interface by then, so the source is valid. */
  readonly target: Ipv6;
  readonly flags: AdvertisementFlags;
}

const ETHERNET_HEADER_LENGTH = 14;
const ETHERTYPE_IPV6 = 0x86dd;
/** RFC 2464 §7: 33:33 and the last four bytes of ff02::1. */
const ALL_NODES_MAC = "33:33:00:00:00:01";
const ALL_NODES = Uint8Array.of(0xff, 0x02, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1);
const PROTOCOL_ICMPV6 = 58;
export const TYPE_NEIGHBOUR_ADVERTISEMENT = 136;
const FLAG = { router: 0x80, solicited: 0x40, override: 0x20 } as const;
const TARGET = 8;
const OPTION = TARGET + IPV6_BYTES;
const OPTION_TARGET_LINK_LAYER = 2;
const MESSAGE_LENGTH = OPTION + 8;
/** RFC 4861 §4.6: type, length in units of eight bytes, value. */
const OPTION_UNIT = 8;

export interface HeardNeighbour {
  readonly target: Ipv6;
  readonly mac: string;
}

/** From the ICMPv6 header on. `null`: it is none, or does not say which hardware address answers. */
export function parseNeighbourAdvertisement(message: Uint8Array): HeardNeighbour | null {
  if (message[0] !== TYPE_NEIGHBOUR_ADVERTISEMENT || message.length < OPTION) return null;
  let at = OPTION;
  while (at + OPTION_UNIT <= message.length) {
    const [type = 0, units = 0] = message.subarray(at, at + 2);
    if (type === OPTION_TARGET_LINK_LAYER)
      return {
        target: ipv6FromBytes(message, TARGET),
        mac: formatMac(message.subarray(at + 2, at + 2 + MAC_BYTES)),
      };
    // Nothing may have length zero: it would never end.
    if (units === 0) return null;
    at += units * OPTION_UNIT;
  }
  return null;
}

/** A whole Ethernet frame. */
export function neighbourAdvertisement({ mac, target, flags }: NeighbourAdvertisement): Uint8Array {
  const source = ipBytes(target);
  const packet = inIpv6Envelope(message(mac, source, flags), {
    source,
    destination: ALL_NODES,
    hopLimit: TIME_TO_LIVE_MAX,
    nextHeader: PROTOCOL_ICMPV6,
    trafficClass: 0,
  });
  const frame = new Uint8Array(ETHERNET_HEADER_LENGTH + packet.length);
  frame.set(macBytes(ALL_NODES_MAC), 0);
  frame.set(macBytes(mac), MAC_BYTES);
  new DataView(frame.buffer).setUint16(2 * MAC_BYTES, ETHERTYPE_IPV6);
  frame.set(packet, ETHERNET_HEADER_LENGTH);
  return frame;
}

function message(mac: string, target: Uint8Array, flags: AdvertisementFlags): Uint8Array {
  const bytes = new Uint8Array(MESSAGE_LENGTH);
  bytes[0] = TYPE_NEIGHBOUR_ADVERTISEMENT;
  bytes[4] =
    (flags.isRouter ? FLAG.router : 0) |
    (flags.isSolicited ? FLAG.solicited : 0) |
    (flags.overrides ? FLAG.override : 0);
  bytes.set(target, TARGET);
  bytes[OPTION] = OPTION_TARGET_LINK_LAYER;
  bytes[OPTION + 1] = 1;
  bytes.set(macBytes(mac), OPTION + 2);
  const pseudoHeader = wordSum(target) + wordSum(ALL_NODES) + PROTOCOL_ICMPV6 + MESSAGE_LENGTH;
  new DataView(bytes.buffer).setUint16(2, internetChecksum(bytes, pseudoHeader));
  return bytes;
}
