/** Numbers and structures of Linux's socket interface (asm-generic/socket.h, linux/in.h, linux/if_packet.h). */
import { endianness } from "node:os";
import { type Ipv4, writeIpv4 } from "../../net/ipv4.ts";

export const AF = { inet: 2, packet: 17 } as const;
export const SOCK_RAW = 3;
export const SOCK_NONBLOCK = 0o4000;
export const IPPROTO = { ip: 0, vrrp: 112, raw: 255 } as const;
export const SOL_SOCKET = 1;
export const SO = { bindToDevice: 25, rcvbufForce: 33 } as const;
export const IP = { multicastInterface: 32, multicastLoop: 34, addMembership: 35, multicastAll: 49 } as const;

const LITTLE = endianness() === "LE";
const ETH_P_ARP = 0x0806;
const ETHERNET_ADDRESS_BYTES = 6;

/** ip_mreqn: group, local address (any), interface index. */
export function multicastRequest(group: Ipv4, interfaceIndex: number): Buffer {
  const bytes = Buffer.alloc(12);
  writeIpv4(group, bytes, 0);
  new DataView(bytes.buffer, bytes.byteOffset).setInt32(8, interfaceIndex, LITTLE);
  return bytes;
}

/** sockaddr_in with port 0. */
export function internetAddress(address: Ipv4): Uint8Array {
  const bytes = new Uint8Array(16);
  new DataView(bytes.buffer).setUint16(0, AF.inet, LITTLE);
  writeIpv4(address, bytes, 4);
  return bytes;
}

/** sockaddr_ll; the destination stands in the frame itself. */
export function linkLayerAddress(interfaceIndex: number): Uint8Array {
  const bytes = new Uint8Array(20);
  const view = new DataView(bytes.buffer);
  view.setUint16(0, AF.packet, LITTLE);
  view.setUint16(2, ETH_P_ARP, false);
  view.setInt32(4, interfaceIndex, LITTLE);
  bytes[11] = ETHERNET_ADDRESS_BYTES;
  return bytes;
}

/** The name of an interface as SO_BINDTODEVICE wants it. */
export const deviceName = (name: string): Buffer => Buffer.from(`${name}\0`, "latin1");
