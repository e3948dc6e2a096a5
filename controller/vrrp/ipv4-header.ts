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
import { type Ipv4, ipv4FromBytes, writeIpv4 } from "../net/ipv4.ts";

/** Assigned by IANA; CARP uses it too. */
export const PROTOCOL_VRRP = 112;
/** RFC 9568 §5.1.1.3: what has passed a router is no advertisement from this link. */
const TIME_TO_LIVE = 255;
/** Internetwork control, as keepalived marks its own: queues let it pass first. */
const TYPE_OF_SERVICE = 0xc0;
export const HEADER_LENGTH = 20;
/** More fragments follow, or this is not the first. */
const FRAGMENT_BITS = 0x3fff;

export type HeaderFault =
  | "packet-too-short"
  | "not-ipv4"
  | "header-length-wrong"
  | "packet-length-wrong"
  | "fragment"
  | "not-vrrp"
  | "ttl-not-255";

export interface Ipv4Header {
  readonly source: Ipv4;
  readonly destination: Ipv4;
  readonly payload: Uint8Array;
}

export type DecodedHeader =
  | { readonly ok: true; readonly value: Ipv4Header }
  | { readonly ok: false; readonly reason: HeaderFault; readonly source: Ipv4 | null };

/** The payload is a view into `packet`, without options before it and without Ethernet padding behind it. */
export function decodeIpv4Header(packet: Uint8Array): DecodedHeader {
  if (packet.length < HEADER_LENGTH) return { ok: false, reason: "packet-too-short", source: null };
  const view = new DataView(packet.buffer, packet.byteOffset, packet.byteLength);
  if (view.getUint8(0) >> 4 !== 4) return { ok: false, reason: "not-ipv4", source: null };
  const source = ipv4FromBytes(packet, 12);
  const headerLength = (view.getUint8(0) & 0x0f) * 4;
  const totalLength = view.getUint16(2);
  const reason = headerFault(view, headerLength, totalLength);
  if (reason !== null) return { ok: false, reason, source };
  const payload = packet.subarray(headerLength, totalLength);
  return { ok: true, value: { source, destination: ipv4FromBytes(packet, 16), payload } };
}

function headerFault(view: DataView, headerLength: number, totalLength: number): HeaderFault | null {
  if (headerLength < HEADER_LENGTH || headerLength > view.byteLength) return "header-length-wrong";
  // Frames of less than 60 bytes are padded, and some drivers deliver the padding: more than the length is sound.
  if (totalLength < headerLength || totalLength > view.byteLength) return "packet-length-wrong";
  if ((view.getUint16(6) & FRAGMENT_BITS) !== 0) return "fragment";
  if (view.getUint8(9) !== PROTOCOL_VRRP) return "not-vrrp";
  return view.getUint8(8) === TIME_TO_LIVE ? null : "ttl-not-255";
}

/**
 * Puts a header before `payload`. Identification is zero, which the kernel replaces (raw(7), IP_HDRINCL) together with
 * the checksum; ours holds for the packet as it stands here.
 */
export function withIpv4Header(payload: Uint8Array, source: Ipv4, destination: Ipv4): Uint8Array {
  const packet = new Uint8Array(HEADER_LENGTH + payload.length);
  const view = new DataView(packet.buffer);
  view.setUint8(0, 0x45);
  view.setUint8(1, TYPE_OF_SERVICE);
  view.setUint16(2, packet.length);
  view.setUint8(8, TIME_TO_LIVE);
  view.setUint8(9, PROTOCOL_VRRP);
  writeIpv4(source, packet, 12);
  writeIpv4(destination, packet, 16);
  view.setUint16(10, internetChecksum(packet.subarray(0, HEADER_LENGTH)));
  packet.set(payload, HEADER_LENGTH);
  return packet;
}
