/**
 * The IPv4 header around an advertisement (RFC 791 §3.1), both ways.
 *
 *      0               8              16              24
 *      | version, IHL  | type of serv. | total length                  |
 *      | identification                | flags, fragment offset        |
 *      | time to live  | protocol      | header checksum               |
 *      | source address                                                |
 *      | destination address                                           |
 */
import { internetChecksum } from "../net/checksum.ts";
import { type Ipv4, writeIpv4 } from "../net/ipv4.ts";
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

const HEADER_LENGTH = 20;
const SOURCE = 12;
const DESTINATION = 16;
/** More fragments follow, or this is not the first. */
const FRAGMENT_BITS = 0x3fff;

/** The payload is without options before it and without Ethernet padding behind it. */
export function decodeIpv4Header(packet: Uint8Array, timeToLiveMin: number): DecodedHeader {
  if (packet.length < HEADER_LENGTH) return PACKET_TOO_SHORT;
  const view = new DataView(packet.buffer, packet.byteOffset, packet.byteLength);
  const start = ipv4HeaderLength(packet);
  const end = view.getUint16(2);
  const fault = headerFault(view, start, end) ?? timeToLiveFault(view.getUint8(8), timeToLiveMin);
  return headerOf("ipv4", packet, { fault, addresses: SOURCE, start, end });
}

export const ipv4HeaderLength = (packet: Uint8Array): number => ((packet[0] ?? 0) & 0x0f) * 4;

function headerFault(view: DataView, headerLength: number, totalLength: number): HeaderFault | null {
  if (headerLength < HEADER_LENGTH || headerLength > view.byteLength) return "header-length-wrong";
  // Frames of less than 60 bytes are padded, and some drivers deliver the padding: more than the length is sound.
  if (totalLength < headerLength || totalLength > view.byteLength) return "packet-length-wrong";
  if ((view.getUint16(6) & FRAGMENT_BITS) !== 0) return "fragment";
  return view.getUint8(9) === PROTOCOL_VRRP ? null : "not-vrrp";
}

/**
 * Puts a header before `payload`. Identification is zero, which the kernel replaces (raw(7), IP_HDRINCL) together with
 * the checksum; ours holds for the packet as it stands here.
 */
export function withIpv4Header(
  payload: Uint8Array,
  source: Ipv4,
  destination: Ipv4,
  timeToLive = TIME_TO_LIVE_MAX,
): Uint8Array {
  const packet = new Uint8Array(HEADER_LENGTH + payload.length);
  const view = new DataView(packet.buffer);
  view.setUint8(0, 0x45);
  view.setUint8(1, TRAFFIC_CLASS);
  view.setUint16(2, packet.length);
  view.setUint8(8, timeToLive);
  view.setUint8(9, PROTOCOL_VRRP);
  writeIpv4(source, packet, SOURCE);
  writeIpv4(destination, packet, DESTINATION);
  view.setUint16(10, internetChecksum(packet.subarray(0, HEADER_LENGTH)));
  packet.set(payload, HEADER_LENGTH);
  return packet;
}
