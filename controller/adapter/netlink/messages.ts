/**
 * The rtnetlink messages that the address table needs, as bytes (linux/if_addr.h, linux/if_link.h). Written here because
 * npm `netlink` does not know IFA_PROTO, the attribute that carries our mark. Integers are in host order.
 *
 *     ifaddrmsg:  family u8 | prefixlen u8 | flags u8 | scope u8 | index u32
 *     ifinfomsg:  family u8 | pad u8 | type u16 | index u32 | flags u32 | change u32
 *     attribute:  length u16 (with these four bytes) | type u16 | payload, padded to four bytes
 */
import { endianness } from "node:os";
import { type Ipv4, ipv4FromBytes, type Prefix, writeIpv4 } from "../../net/ipv4.ts";
import type { Link } from "../../port/address-table.ts";

export const RTM = { getLink: 18, newAddress: 20, deleteAddress: 21, getAddress: 22 } as const;
/**
 * Our mark in the kernel: the IFA_PROTO of every address that is ours, `proto 0x48` in `ip addr`. "H", and not in
 * /etc/iproute2/rt_addrprotos; keepalived uses 0x12.
 */
export const ADDRESS_MARK = 0x48;

const AF_INET = 2;
const IFA_ADDRESS = 1;
const IFA_LOCAL = 2;
const IFA_PROTO = 11;
const IFLA_ADDRESS = 1;
const IFLA_IFNAME = 3;
const IFLA_MTU = 4;
const IFF_UP = 0x1;
const IFF_LOWER_UP = 0x10000;
const IFADDRMSG_BYTES = 8;
const IFINFOMSG_BYTES = 16;

const LITTLE = endianness() === "LE";

export interface KernelAddress {
  readonly linkIndex: number;
  readonly prefix: Prefix;
  readonly mark: number | null;
}

export function encodeAddress(linkIndex: number, prefix: Prefix): Uint8Array {
  const header = new Uint8Array(IFADDRMSG_BYTES);
  header[0] = AF_INET;
  header[1] = prefix.length;
  new DataView(header.buffer).setUint32(4, linkIndex, LITTLE);
  const address = new Uint8Array(4);
  writeIpv4(prefix.address, address, 0);
  return Buffer.concat([
    header,
    attribute(IFA_LOCAL, address),
    attribute(IFA_ADDRESS, address),
    attribute(IFA_PROTO, Uint8Array.of(ADDRESS_MARK)),
  ]);
}

export function encodeAddressDump(): Uint8Array {
  const header = new Uint8Array(IFADDRMSG_BYTES);
  header[0] = AF_INET;
  return header;
}

export const encodeLinkDump = (): Uint8Array => new Uint8Array(IFINFOMSG_BYTES);

/** `null` for what is no plain IPv4 address, e.g. the message of another family. */
export function decodeAddress(payload: Uint8Array): KernelAddress | null {
  if (payload.length < IFADDRMSG_BYTES || payload[0] !== AF_INET) return null;
  const attributes = decodeAttributes(payload.subarray(IFADDRMSG_BYTES));
  // On a point-to-point link IFA_ADDRESS is the peer, so IFA_LOCAL goes first.
  const local = attributes.get(IFA_LOCAL) ?? attributes.get(IFA_ADDRESS);
  if (local === undefined || local.length < 4) return null;
  const address: Ipv4 = ipv4FromBytes(local);
  return {
    linkIndex: viewOf(payload).getUint32(4, LITTLE),
    prefix: { address, length: payload[1] ?? 0 },
    mark: attributes.get(IFA_PROTO)?.[0] ?? null,
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
    name: Buffer.from(name).toString("latin1").replace(/\0.*$/s, ""),
    isUp: (flags & IFF_UP) !== 0 && (flags & IFF_LOWER_UP) !== 0,
    mac: Array.from(attributes.get(IFLA_ADDRESS) ?? [], (byte) => byte.toString(16).padStart(2, "0")).join(
      ":",
    ),
    mtu: mtu === undefined ? 0 : viewOf(mtu).getUint32(0, LITTLE),
  };
}

function attribute(type: number, payload: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(aligned(4 + payload.length));
  const view = viewOf(bytes);
  view.setUint16(0, 4 + payload.length, LITTLE);
  view.setUint16(2, type, LITTLE);
  bytes.set(payload, 4);
  return bytes;
}

function decodeAttributes(bytes: Uint8Array): Map<number, Uint8Array> {
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

const aligned = (length: number): number => (length + 3) & ~3;
const viewOf = (bytes: Uint8Array): DataView =>
  new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
