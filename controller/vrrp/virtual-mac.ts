/**
 * The hardware address that belongs to a virtual router and not to a node (RFC 9568 §7.3), the interface that answers under it,
 * and the frame in which an advertisement leaves from it, so that switches learn where it is now. Pure.
 */
import { type Family, type IpAddress, ipBytes, isIpv6 } from "../net/ip.ts";
import { MAC_BYTES, macBytes } from "../net/mac.ts";
import type { VirtualRouter } from "./virtual-router.ts";

type Terms = Pick<VirtualRouter, "interface" | "family" | "virtualRouterID" | "virtualMAC">;

const HEADER_BYTES = 14;
const ETHERTYPE: Readonly<Record<Family, number>> = { ipv4: 0x0800, ipv6: 0x86dd };
/** IFNAMSIZ without the final zero. */
const NAME_MAX = 15;

/** `null`: the virtual router answers with the hardware address of its interface. */
export function virtualMacOf({ family, virtualRouterID, virtualMAC }: Terms): string | null {
  if (!virtualMAC) return null;
  const number = virtualRouterID.toString(16).padStart(2, "0");
  return `00:00:5e:00:${family === "ipv6" ? "02" : "01"}:${number}`;
}

export const isVirtualMac = (mac: string): boolean => /^00:00:5e:00:0[12]:/.test(mac);

/** With which the addresses answer. `own`: of the router's interface. */
export const answeringMac = <Own extends string | undefined>(router: Terms, own: Own): string | Own =>
  virtualMacOf(router) ?? own;

/** The interface that carries the addresses. Advertisements are sent and heard on the router's own in any case. */
export const carrierOf = (router: Terms): string =>
  router.virtualMAC ? virtualLinkName(router) : router.interface;

/** `hf51.4.eth0`. A name that would be too long has a number made of it in its place. */
function virtualLinkName({ interface: name, family, virtualRouterID }: Terms): string {
  const start = `hf${virtualRouterID}.${family === "ipv6" ? 6 : 4}.`;
  return start.length + name.length <= NAME_MAX ? start + name : start + shortened(name);
}

export const isVirtualLinkName = (name: string): boolean => /^hf\d{1,3}\.[46]\../.test(name);

/** FNV-1a in base 36: seven characters at most. */
function shortened(name: string): string {
  let hash = 0x811c9dc5;
  for (const byte of new TextEncoder().encode(name)) hash = Math.imul(hash ^ byte, 0x01000193) >>> 0;
  return hash.toString(36);
}

/** A whole Ethernet frame to a multicast group. */
export function inMulticastFrame(packet: Uint8Array, mac: string, group: IpAddress): Uint8Array {
  const frame = new Uint8Array(HEADER_BYTES + packet.length);
  frame.set(groupMac(group), 0);
  frame.set(macBytes(mac), MAC_BYTES);
  new DataView(frame.buffer).setUint16(2 * MAC_BYTES, ETHERTYPE[isIpv6(group) ? "ipv6" : "ipv4"]);
  frame.set(packet, HEADER_BYTES);
  return frame;
}

/** RFC 1112 §6.4: the lower 23 bits of the group. RFC 2464 §7: its lower 32. */
function groupMac(group: IpAddress): Uint8Array {
  const bytes = ipBytes(group);
  if (isIpv6(group)) return Uint8Array.of(0x33, 0x33, ...bytes.subarray(-4));
  const [, second = 0, third = 0, fourth = 0] = bytes;
  return Uint8Array.of(0x01, 0x00, 0x5e, second & 0x7f, third, fourth);
}
