/** What the IP headers around an advertisement have in common, whichever family they are of. */
import type { IpAddress } from "../net/ip.ts";

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

export type DecodedHeader =
  | { readonly ok: true; readonly value: IpHeader }
  | { readonly ok: false; readonly reason: HeaderFault; readonly source: IpAddress | null };

export function timeToLiveFault(timeToLive: number, minimum: number): HeaderFault | null {
  if (timeToLive >= minimum) return null;
  return minimum === TIME_TO_LIVE_MAX ? "ttl-not-255" : "ttl-too-low";
}
