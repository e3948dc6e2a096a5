/** Numbers and structures of Linux's socket interface (asm-generic/socket.h, linux/in.h, linux/in6.h, linux/if_packet.h). */
import { type IpAddress, isIpv6, writeIp } from "../../net/ip.ts";
import { type Ipv4, writeIpv4 } from "../../net/ipv4.ts";
import { type Ipv6, writeIpv6 } from "../../net/ipv6.ts";
import { LITTLE } from "./host-order.ts";

export const AF = { inet: 2, inet6: 10, netlink: 16, packet: 17 } as const;
export const SOCK_STREAM = 1;
export const SOCK_RAW = 3;
export const SOCK_NONBLOCK = 0o4000;
export const IPPROTO = { ip: 0, ipv6: 41, icmpv6: 58, vrrp: 112, raw: 255 } as const;
export const SOL_SOCKET = 1;
export const SO = {
  receiveBuffer: 8,
  linger: 13,
  bindToDevice: 25,
  receiveBufferForce: 33,
  timestamps: 64,
} as const;
export const IP = { multicastInterface: 32, multicastLoop: 34, addMembership: 35, multicastAll: 49 } as const;

export const IPV6 = {
  multicastInterface: 17,
  multicastHops: 18,
  multicastLoop: 19,
  addMembership: 20,
  multicastAll: 29,
  receivePacketInfo: 49,
  packetInfo: 50,
  receiveHopLimit: 51,
  hopLimit: 52,
} as const;

/** linux/icmpv6.h. */
export const ICMPV6_FILTER = 1;
const ICMPV6_TYPE_WORDS = 8;

/** icmp6_filter: a bit for each type, set for those that are kept back. */
export function onlyIcmpv6(type: number): Uint8Array {
  const words = new Uint32Array(ICMPV6_TYPE_WORDS).fill(0xffffffff);
  words[type >> 5] = ~(1 << (type & 31));
  return new Uint8Array(words.buffer);
}

const ETHERNET_ADDRESS_BYTES = 6;

/** ip_mreqn: group, local address (any), interface index. */
export function multicastRequest(group: Ipv4, interfaceIndex: number): Buffer {
  const bytes = Buffer.alloc(12);
  writeIpv4(group, bytes, 0);
  new DataView(bytes.buffer, bytes.byteOffset).setInt32(8, interfaceIndex, LITTLE);
  return bytes;
}

/** ipv6_mreq: group, interface index. */
export function ipv6MulticastRequest(group: Ipv6, interfaceIndex: number): Uint8Array {
  const bytes = new Uint8Array(20);
  writeIpv6(group, bytes, 0);
  new DataView(bytes.buffer).setInt32(16, interfaceIndex, LITTLE);
  return bytes;
}

/**
 * sockaddr_in, or sockaddr_in6 with the interface as its scope: link-local addresses need it, others are the same with it.
 * Port 0.
 */
export function internetAddress(address: IpAddress, interfaceIndex: number): Uint8Array {
  const bytes = new Uint8Array(isIpv6(address) ? 28 : 16);
  const view = new DataView(bytes.buffer);
  view.setUint16(0, isIpv6(address) ? AF.inet6 : AF.inet, LITTLE);
  writeIp(address, bytes, isIpv6(address) ? SOCKADDR_IN6_ADDRESS : 4);
  if (isIpv6(address)) view.setUint32(24, interfaceIndex, LITTLE);
  return bytes;
}

/** The same with a port to connect to, without a scope. */
export function internetEndpoint(address: IpAddress, port: number): Uint8Array {
  const bytes = internetAddress(address, 0);
  new DataView(bytes.buffer).setUint16(2, port, false);
  return bytes;
}

/** struct linger: on, for no time. Closing resets the connection: the peer forgets it at once, and so do we (no TIME_WAIT). */
export const LINGER_NOT = new Uint8Array(new Int32Array([1, 0]).buffer);

/** Where sockaddr_in6 has its address. */
export const SOCKADDR_IN6_ADDRESS = 8;

/** sockaddr_ll; the destination and the protocol stand in the frame itself, where the kernel looks for them (Linux 5.1). */
export function linkLayerAddress(interfaceIndex: number): Uint8Array {
  const bytes = new Uint8Array(20);
  const view = new DataView(bytes.buffer);
  view.setUint16(0, AF.packet, LITTLE);
  view.setInt32(4, interfaceIndex, LITTLE);
  bytes[11] = ETHERNET_ADDRESS_BYTES;
  return bytes;
}

/** What a packet socket hears: the ARP, or everything. */
export const ETH_P = { all: 0x0003, arp: 0x0806 } as const;
export const SOL_PACKET = 263;
export const PACKET = { ignoreOutgoing: 23 } as const;

/** sockaddr_ll to bind to: hears one protocol on one interface. */
export function framesOn(interfaceIndex: number, protocol: number): Uint8Array {
  const bytes = linkLayerAddress(interfaceIndex);
  new DataView(bytes.buffer).setUint16(2, protocol, false);
  return bytes;
}
/** Protocol of a packet socket that hears ARP alone. */
export const ARP_IN_NETWORK_ORDER = LITTLE ? 0x0608 : 0x0806;

/** The name of an interface as SO_BINDTODEVICE wants it. */
export const deviceName = (name: string): Buffer => Buffer.from(`${name}\0`, "latin1");
