/**
 * A neighbour solicitation (RFC 4861 §4.3): asks who on a link has an IPv6 address, as ARP does for IPv4. Pure.
 *
 *      | type 135      | code 0        | checksum                      |
 *      | reserved                                                      |
 *      | target address, 16 bytes                                      |
 *      | option 1      | length 1      | hardware address, 6 bytes     |
 */
import { ipBytes } from "../net/ip.ts";
import { IPV6_BYTES, type Ipv6, ipv6FromBytes } from "../net/ipv6.ts";
import { macBytes } from "../net/mac.ts";

const TYPE_NEIGHBOUR_SOLICITATION = 135;
const TARGET = 8;
const OPTION = TARGET + IPV6_BYTES;
const OPTION_SOURCE_LINK_LAYER = 1;
const MESSAGE_LENGTH = OPTION + 8;
/** RFC 4291 §2.7.1: ff02::1:ff00:0/104, and the last three bytes of the address. */
const SOLICITED_NODE = [0xff, 0x02, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0xff] as const;

/** From the ICMPv6 header on, without its checksum, which the kernel puts in (RFC 3542 §3.1). `mac`: of whoever asks. */
export function neighbourSolicitation(mac: string, target: Ipv6): Uint8Array {
  const bytes = new Uint8Array(MESSAGE_LENGTH);
  bytes[0] = TYPE_NEIGHBOUR_SOLICITATION;
  bytes.set(ipBytes(target), TARGET);
  bytes[OPTION] = OPTION_SOURCE_LINK_LAYER;
  bytes[OPTION + 1] = 1;
  bytes.set(macBytes(mac), OPTION + 2);
  return bytes;
}

/** The group that whoever has the address hears. */
export function solicitedNode(target: Ipv6): Ipv6 {
  const bytes = Uint8Array.from(ipBytes(target));
  bytes.set(SOLICITED_NODE);
  return ipv6FromBytes(bytes, 0);
}
