/** What the IP headers around an advertisement have in common, whichever family they are of. */
import { wordSum } from "../net/checksum.ts";
import { ADDRESS_BYTES, type Family, type IpAddress, ipFromBytes } from "../net/ip.ts";

/** Assigned by IANA; CARP uses it too. */
export const PROTOCOL_VRRP = 112;
/** RFC 9568 §5.1.1.3, §5.1.2.3: what has passed a router is no advertisement from this link. Unicast may allow less. */
export const TIME_TO_LIVE_MAX = 255;
/** Internetwork control, as keepalived marks its own: queues let it pass first. */
export const TRAFFIC_CLASS = 0xc0;

export type HeaderFault =
  | "packet-too-short"
  | "not-ip"
  | "header-length-wrong"
  | "packet-length-wrong"
  | "fragment"
  | "not-vrrp"
  | "ttl-not-255"
  | "ttl-too-low";

export interface IpHeader {
  readonly source: IpAddress;
  readonly destination: IpAddress;
  /** Both of them as a pseudo-header counts them: the unfolded sum of their 16-bit words. */
  readonly addressSum: number;
  readonly payload: Uint8Array;
}

/** `source` is what the packet claims; null when it is too broken to claim anything. */
export type SoundOrNot<Value, Reason> =
  | { readonly ok: true; readonly value: Value }
  | { readonly ok: false; readonly reason: Reason; readonly source: IpAddress | null };

export type DecodedHeader = SoundOrNot<IpHeader, HeaderFault>;

export const PACKET_TOO_SHORT: DecodedHeader = { ok: false, reason: "packet-too-short", source: null };

export interface HeaderFindings {
  readonly fault: HeaderFault | null;
  /** Where the source begins; the destination follows it. */
  readonly addresses: number;
  /** Where the payload begins and ends. */
  readonly start: number;
  readonly end: number;
}

/** The payload is a view into `packet`. */
export function headerOf(
  family: Family,
  packet: Uint8Array,
  { fault, addresses, start, end }: HeaderFindings,
): DecodedHeader {
  const source = ipFromBytes(family, packet, addresses);
  if (fault !== null) return { ok: false, reason: fault, source };
  const length = ADDRESS_BYTES[family];
  return {
    ok: true,
    value: {
      source,
      destination: ipFromBytes(family, packet, addresses + length),
      addressSum: wordSum(packet.subarray(addresses, addresses + 2 * length)),
      payload: packet.subarray(start, end),
    },
  };
}

export function timeToLiveFault(timeToLive: number, minimum: number): HeaderFault | null {
  if (timeToLive >= minimum) return null;
  return minimum === TIME_TO_LIVE_MAX ? "ttl-not-255" : "ttl-too-low";
}
