/**
 * The IPv6 header around an advertisement or a neighbour advertisement (RFC 8200 §3), both ways.
 *
 *      0               8              16              24
 *      | version, traffic class, flow label                            |
 *      | payload length                | next header   | hop limit     |
 *      | source address, 16 bytes                                      |
 *      | destination address, 16 bytes                                 |
 *
 * Unlike IPv4's, it is never seen on a raw socket (RFC 3542 §3): what is heard comes without it, and with what counts of
 * it beside it. The adapter puts both together again, so that a packet is a packet in both families.
 */
import { ipBytes } from "../net/ip.ts";
import { IPV6_BYTES, type Ipv6 } from "../net/ipv6.ts";
import {
  type DecodedHeader,
  type HeaderFault,
  headerOf,
  PACKET_TOO_SHORT,
  PROTOCOL_VRRP,
  TIME_TO_LIVE_MAX,
  TRAFFIC_CLASS,
  timeToLiveFault,
} from "./ip-header.ts";

export const IPV6_HEADER_LENGTH = 40;
const SOURCE = 8;
const DESTINATION = SOURCE + IPV6_BYTES;

/** What counts of a header, with the addresses as the 16 bytes of each. */
export interface Ipv6Envelope {
  readonly source: Uint8Array;
  readonly destination: Uint8Array;
  readonly hopLimit: number;
  readonly nextHeader: number;
  readonly trafficClass: number;
}

/** The payload is without Ethernet padding behind it. */
export function decodeIpv6Header(packet: Uint8Array, hopLimitMin: number): DecodedHeader {
  if (packet.length < IPV6_HEADER_LENGTH) return PACKET_TOO_SHORT;
  const view = new DataView(packet.buffer, packet.byteOffset, packet.byteLength);
  const end = IPV6_HEADER_LENGTH + view.getUint16(4);
  const fault = headerFault(view, end) ?? timeToLiveFault(view.getUint8(7), hopLimitMin);
  return headerOf("ipv6", packet, { fault, addresses: SOURCE, start: IPV6_HEADER_LENGTH, end });
}

function headerFault(view: DataView, end: number): HeaderFault | null {
  if (end > view.byteLength) return "packet-length-wrong";
  // An extension header, a fragment's too, would stand here; nobody sends an advertisement with one.
  return view.getUint8(6) === PROTOCOL_VRRP ? null : "not-vrrp";
}

/** Puts a header before an advertisement. */
export function withIpv6Header(
  payload: Uint8Array,
  source: Ipv6,
  destination: Ipv6,
  hopLimit = TIME_TO_LIVE_MAX,
): Uint8Array {
  return inIpv6Envelope(payload, {
    source: ipBytes(source),
    destination: ipBytes(destination),
    hopLimit,
    nextHeader: PROTOCOL_VRRP,
    trafficClass: TRAFFIC_CLASS,
  });
}

export function inIpv6Envelope(payload: Uint8Array, envelope: Ipv6Envelope): Uint8Array {
  const packet = new Uint8Array(IPV6_HEADER_LENGTH + payload.length);
  const view = new DataView(packet.buffer);
  view.setUint32(0, (6 << 28) | (envelope.trafficClass << 20));
  view.setUint16(4, payload.length);
  view.setUint8(6, envelope.nextHeader);
  view.setUint8(7, envelope.hopLimit);
  packet.set(envelope.source, SOURCE);
  packet.set(envelope.destination, DESTINATION);
  packet.set(payload, IPV6_HEADER_LENGTH);
  return packet;
}
