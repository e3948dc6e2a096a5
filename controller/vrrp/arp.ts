/**
 * Gratuitous ARP (RFC 5227 §3): tells everybody on the link which hardware address now answers for a virtual address.
 * The form is keepalived's, which the switches and hosts in the field have learnt to take: a broadcast request in which
 * sender and target are the virtual address.
 */
import { type Ipv4, writeIpv4 } from "../net/ipv4.ts";
import { MAC_BYTES, macBytes } from "../net/mac.ts";

const FRAME_LENGTH = 42;
const BROADCAST = new Uint8Array(MAC_BYTES).fill(0xff);
const ETHERTYPE_ARP = 0x0806;
const HARDWARE_ETHERNET = 1;
const PROTOCOL_IPV4 = 0x0800;
const OPERATION_REQUEST = 1;

/** A whole Ethernet frame. `mac`: six hex bytes with colons, of the interface that carries the address. */
export function gratuitousArp(mac: string, address: Ipv4): Uint8Array {
  const hardware = macBytes(mac);
  const frame = new Uint8Array(FRAME_LENGTH);
  const view = new DataView(frame.buffer);
  frame.set(BROADCAST, 0);
  frame.set(hardware, 6);
  view.setUint16(12, ETHERTYPE_ARP);
  view.setUint16(14, HARDWARE_ETHERNET);
  view.setUint16(16, PROTOCOL_IPV4);
  view.setUint8(18, MAC_BYTES);
  view.setUint8(19, 4);
  view.setUint16(20, OPERATION_REQUEST);
  frame.set(hardware, 22);
  writeIpv4(address, frame, 28);
  frame.set(BROADCAST, 32);
  writeIpv4(address, frame, 38);
  return frame;
}
