/**
 * The rtnetlink messages that the address table needs, as bytes (linux/if_addr.h, linux/if_link.h, linux/rtnetlink.h). Written here because
 * npm `netlink` does not know IFA_PROTO, the attribute that carries our mark. Integers are in host order.
 *
 *     ifaddrmsg:  family u8 | prefixlen u8 | flags u8 | scope u8 | index u32
 *     ifinfomsg:  family u8 | pad u8 | type u16 | index u32 | flags u32 | change u32
 *     rtmsg:      family, length of destination and of source prefix, type of service, table, protocol, scope, type, u8 each | flags u32
 *     ifa_cacheinfo: preferred lifetime u32 | valid lifetime u32 | added u32 | changed u32
 *     attribute:  length u16 (with these four bytes) | type u16 | payload, padded to four bytes
 */
import {
  ADDRESS_BYTES,
  type Family,
  familyOf,
  type IpPrefix,
  ipBytes,
  ipFromBytes,
  isLinkLocal,
} from "../../net/ip.ts";
import type { Ipv6 } from "../../net/ipv6.ts";
import type { Lifetime } from "../../net/lifetime.ts";
import { formatMac } from "../../net/mac.ts";
import type { Link } from "../../port/address-table.ts";
import { LITTLE, viewOf } from "../libc/host-order.ts";
import { AF } from "../libc/socket-options.ts";

export const RTM = {
  newLink: 16,
  deleteLink: 17,
  getLink: 18,
  newAddress: 20,
  deleteAddress: 21,
  getAddress: 22,
  newRoute: 24,
  getRoute: 26,
} as const;
/**
 * Our mark in the kernel: the IFA_PROTO of every address that is ours, `proto 0x48` in `ip addr`. "H", and not in
 * /etc/iproute2/rt_addrprotos; keepalived uses 0x12.
 */
export const ADDRESS_MARK = 0x48;

const IFA_ADDRESS = 1;
const IFA_LOCAL = 2;
const IFA_CACHEINFO = 6;
const IFA_FLAGS = 8;
const IFA_PROTO = 11;
/** Without duplicate address detection: it would keep a claimed address mute for a second, or for ever (RFC 4862 §5.4). */
const IFA_F_NODAD = 0x02;
/** Without the route to its network, by which the host's own traffic would leave with the virtual address as its source. */
const IFA_F_NOPREFIXROUTE = 0x200;
const IFA_F_DADFAILED = 0x08;
const IFA_F_TENTATIVE = 0x40;
/** Seconds that never end, in ifa_cacheinfo. */
const FOREVER = 0xffff_ffff;
const IFLA_ADDRESS = 1;
const IFLA_IFNAME = 3;
const IFLA_MTU = 4;
const IFLA_AF_SPEC = 26;
const IFLA_INET6_CONF = 2;
export const IFF_UP = 0x1;
const IFF_LOWER_UP = 0x10000;
const IFADDRMSG_BYTES = 8;
export const IFINFOMSG_BYTES = 16;
const RTMSG_BYTES = 12;
const RTMSG_TYPE = 7;
const RTA_DST = 1;
const RTA_OIF = 4;
const RTN_LOCAL = 2;

const ADDRESS_FAMILY: Readonly<Record<Family, number>> = { ipv4: AF.inet, ipv6: AF.inet6 };

export interface KernelAddress {
  readonly linkIndex: number;
  readonly prefix: IpPrefix;
  readonly mark: number | null;
  /** Neither under duplicate address detection nor lost to it. */
  readonly isUsable: boolean;
}

/** `isOnVirtualLink`: traffic leaves by the real interface below it, so the network is not to be looked for here. */
export function encodeAddress(
  linkIndex: number,
  prefix: IpPrefix,
  lifetime: Lifetime = null,
  isOnVirtualLink = false,
): Uint8Array {
  const family = familyOf(prefix.address);
  const header = new Uint8Array(IFADDRMSG_BYTES);
  header[0] = ADDRESS_FAMILY[family];
  header[1] = prefix.length;
  const flags = family === "ipv6" ? IFA_F_NODAD : 0;
  header[2] = flags;
  // Link-local networks are told apart by their interface, and need a route on each.
  const isRouted = !isOnVirtualLink || isLinkLocal(prefix.address);
  new DataView(header.buffer).setUint32(4, linkIndex, LITTLE);
  const address = ipBytes(prefix.address);
  return Buffer.concat([
    header,
    attribute(IFA_LOCAL, address),
    attribute(IFA_ADDRESS, address),
    attribute(IFA_PROTO, Uint8Array.of(ADDRESS_MARK)),
    attribute(IFA_CACHEINFO, cacheInfo(family, lifetime)),
    ...(isRouted ? [] : [attribute(IFA_FLAGS, wordOf(flags | IFA_F_NOPREFIXROUTE))]),
  ]);
}

/**
 * IPv4 takes the first address of a subnet as the source of new connections, and a virtual one comes later. IPv6 takes what
 * matches best, which may be the virtual one, and such a connection breaks when the address moves: RFC 6724 §5 rule 3
 * avoids an address that is preferred no longer.
 */
function cacheInfo(family: Family, lifetime: Lifetime): Uint8Array {
  const bytes = new Uint8Array(16);
  viewOf(bytes).setUint32(0, family === "ipv6" ? 0 : (lifetime ?? FOREVER), LITTLE);
  viewOf(bytes).setUint32(4, lifetime ?? FOREVER, LITTLE);
  return bytes;
}

/** Of all families. */
export const encodeAddressDump = (): Uint8Array => new Uint8Array(IFADDRMSG_BYTES);

export const encodeLinkDump = (): Uint8Array => new Uint8Array(IFINFOMSG_BYTES);

/** By which way what is sent to the address would go. */
export function encodeRouteQuestion(linkIndex: number, address: Ipv6): Uint8Array {
  const header = new Uint8Array(RTMSG_BYTES);
  header[0] = AF.inet6;
  header[1] = ADDRESS_BYTES.ipv6 * 8;
  const link = attribute(RTA_OIF, wordOf(linkIndex));
  return Buffer.concat([header, attribute(RTA_DST, ipBytes(address)), link]);
}

/** Whether it ends on this host. */
export const isLocalRoute = (payload: Uint8Array): boolean =>
  payload.length >= RTMSG_BYTES && payload[RTMSG_TYPE] === RTN_LOCAL;

/** `null` for what is no plain address, e.g. the message of another family. */
export function decodeAddress(payload: Uint8Array): KernelAddress | null {
  if (payload.length < IFADDRMSG_BYTES) return null;
  const family = payload[0] === AF.inet ? "ipv4" : payload[0] === AF.inet6 ? "ipv6" : null;
  if (family === null) return null;
  const attributes = decodeAttributes(payload.subarray(IFADDRMSG_BYTES));
  // On a point-to-point link IFA_ADDRESS is the peer, so IFA_LOCAL goes first.
  const local = attributes.get(IFA_LOCAL) ?? attributes.get(IFA_ADDRESS);
  if (local === undefined || local.length < ADDRESS_BYTES[family]) return null;
  const flags = attributes.get(IFA_FLAGS);
  const shortFlags = payload[2] ?? 0;
  return {
    linkIndex: viewOf(payload).getUint32(4, LITTLE),
    prefix: { address: ipFromBytes(family, local), length: payload[1] ?? 0 },
    mark: attributes.get(IFA_PROTO)?.[0] ?? null,
    isUsable:
      ((flags === undefined ? shortFlags : viewOf(flags).getUint32(0, LITTLE)) &
        (IFA_F_TENTATIVE | IFA_F_DADFAILED)) ===
      0,
  };
}

export function decodeLink(payload: Uint8Array): Link | null {
  if (payload.length < IFINFOMSG_BYTES) return null;
  const attributes = decodeAttributes(payload.subarray(IFINFOMSG_BYTES));
  const name = attributes.get(IFLA_IFNAME);
  const mtu = attributes.get(IFLA_MTU);
  if (name === undefined) return null;
  const flags = viewOf(payload).getUint32(8, LITTLE);
  return {
    index: viewOf(payload).getUint32(4, LITTLE),
    name: textIn(name),
    isUp: (flags & IFF_UP) !== 0 && (flags & IFF_LOWER_UP) !== 0,
    mac: formatMac(attributes.get(IFLA_ADDRESS) ?? new Uint8Array()),
    mtu: mtu === undefined ? 0 : viewOf(mtu).getUint32(0, LITTLE),
    forwardsIpv6: forwardsIpv6(attributes.get(IFLA_AF_SPEC)),
  };
}

/** The first of the interface's settings of IPv6 (DEVCONF_FORWARDING), as in /proc/sys/net/ipv6/conf. */
function forwardsIpv6(perFamily: Uint8Array | undefined): boolean {
  const ipv6 = perFamily === undefined ? undefined : decodeAttributes(perFamily).get(AF.inet6);
  const settings = ipv6 === undefined ? undefined : decodeAttributes(ipv6).get(IFLA_INET6_CONF);
  return settings !== undefined && settings.length >= 4 && viewOf(settings).getInt32(0, LITTLE) !== 0;
}

export function wordOf(value: number): Uint8Array {
  const bytes = new Uint8Array(4);
  viewOf(bytes).setUint32(0, value, LITTLE);
  return bytes;
}

export function attribute(type: number, payload: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(aligned(4 + payload.length));
  const view = viewOf(bytes);
  view.setUint16(0, 4 + payload.length, LITTLE);
  view.setUint16(2, type, LITTLE);
  bytes.set(payload, 4);
  return bytes;
}

export function decodeAttributes(bytes: Uint8Array): Map<number, Uint8Array> {
  const attributes = new Map<number, Uint8Array>();
  const view = viewOf(bytes);
  for (let offset = 0; offset + 4 <= bytes.length; ) {
    const length = view.getUint16(offset, LITTLE);
    if (length < 4 || offset + length > bytes.length) break;
    attributes.set(view.getUint16(offset + 2, LITTLE) & 0x3fff, bytes.subarray(offset + 4, offset + length));
    offset += aligned(length);
  }
  return attributes;
}

/** Up to the zero that ends it; empty for an attribute that is not there. */
export const textIn = (bytes: Uint8Array | undefined): string =>
  bytes === undefined ? "" : Buffer.from(bytes).toString("latin1").replace(/\0.*$/s, "");
const aligned = (length: number): number => (length + 3) & ~3;
