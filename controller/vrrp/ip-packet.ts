/** A whole IP packet around an advertisement, of either family. */
import { type IpAddress, isIpv6 } from "../net/ip.ts";
import { type DecodedHeader, PACKET_TOO_SHORT } from "./ip-header.ts";
import { decodeIpv4Header, ipv4HeaderLength, withIpv4Header } from "./ipv4-header.ts";
import { decodeIpv6Header, IPV6_HEADER_LENGTH, withIpv6Header } from "./ipv6-header.ts";

export function withIpHeader(
  payload: Uint8Array,
  source: IpAddress,
  destination: IpAddress,
  timeToLive: number,
): Uint8Array {
  if (isIpv6(source) && isIpv6(destination)) return withIpv6Header(payload, source, destination, timeToLive);
  if (isIpv6(source) || isIpv6(destination))
    throw new RangeError(`nothing goes from ${source} to ${destination}`);
  return withIpv4Header(payload, source, destination, timeToLive);
}

export function decodeIpHeader(packet: Uint8Array, timeToLiveMin: number): DecodedHeader {
  if (packet.length === 0) return PACKET_TOO_SHORT;
  const version = ipVersion(packet);
  if (version === 4) return decodeIpv4Header(packet, timeToLiveMin);
  if (version === 6) return decodeIpv6Header(packet, timeToLiveMin);
  return { ok: false, reason: "not-ip", source: null };
}

/** Also of a packet that is not sound. */
export const ipHeaderLength = (packet: Uint8Array): number =>
  ipVersion(packet) === 6 ? IPV6_HEADER_LENGTH : ipv4HeaderLength(packet);

const ipVersion = (packet: Uint8Array): number => (packet[0] ?? 0) >> 4;
