/**
 * ARP, in the forms that we need. Gratuitous ARP (RFC 5227 §3) tells everybody on the link which hardware address now
 * answers for a virtual address. Its form is keepalived's, which the switches and hosts in the field have learnt to take: a
 * broadcast request in which sender and target are the virtual address. An ARP probe asks whether anybody has an address.
 */
import { type Ipv4, ipv4FromBytes, writeIpv4 } from "../net/ipv4.ts";
import { formatMac, MAC_BYTES, macBytes } from "../net/mac.ts";

const FRAME_LENGTH = 42;
const BROADCAST = new Uint8Array(MAC_BYTES).fill(0xff);
const ETHERTYPE_ARP = 0x0806;
const HARDWARE_ETHERNET = 1;
const PROTOCOL_IPV4 = 0x0800;
const OPERATION_REQUEST = 1;
const OPERATION_REPLY = 2;
const OPERATION = 20;
const SENDER_HARDWARE = 22;
const SENDER_ADDRESS = 28;
const TARGET_HARDWARE = 32;
const TARGET_ADDRESS = 38;

/** A whole Ethernet frame. `mac`: six hex bytes with colons, of the interface that carries the address. */
export function gratuitousArp(mac: string, address: Ipv4): Uint8Array {
  const frame = request(mac, address);
  writeIpv4(address, frame, SENDER_ADDRESS);
  frame.set(BROADCAST, TARGET_HARDWARE);
  return frame;
}

/**
 * The same as a broadcast reply, which nobody answers. Who still has the address would answer the request, and with a hardware address
 * that both share the switch would take that answer for the way to it.
 */
export function gratuitousArpReply(mac: string, address: Ipv4): Uint8Array {
  const frame = gratuitousArp(mac, address);
  new DataView(frame.buffer).setUint16(OPERATION, OPERATION_REPLY);
  // A gratuitous reply is one whose sender and target are the same in both (Linux: arp_is_garp).
  frame.set(macBytes(mac), TARGET_HARDWARE);
  return frame;
}

/**
 * Asks who has an address, without saying who asks (RFC 5227 §2.1.1): whoever hears it learns nothing, so that a question
 * that is asked at the wrong moment cannot draw traffic for an address to this node.
 */
export const arpProbe = (mac: string, target: Ipv4): Uint8Array => request(mac, target);

export interface Arp {
  readonly isReply: boolean;
  readonly senderMac: string;
  readonly senderAddress: Ipv4;
  readonly targetMac: string;
}

/** Who says of itself that it has an address, in a request or in a reply. `null`: no ARP for IPv4 over Ethernet. */
export function parseArp(frame: Uint8Array): Arp | null {
  if (frame.length < FRAME_LENGTH) return null;
  const view = new DataView(frame.buffer, frame.byteOffset, frame.byteLength);
  const isIpv4OverEthernet =
    view.getUint16(12) === ETHERTYPE_ARP &&
    view.getUint16(14) === HARDWARE_ETHERNET &&
    view.getUint16(16) === PROTOCOL_IPV4 &&
    view.getUint8(18) === MAC_BYTES &&
    view.getUint8(19) === 4;
  if (!isIpv4OverEthernet) return null;
  return {
    isReply: view.getUint16(OPERATION) === OPERATION_REPLY,
    senderMac: formatMac(frame.subarray(SENDER_HARDWARE, SENDER_HARDWARE + MAC_BYTES)),
    senderAddress: ipv4FromBytes(frame, SENDER_ADDRESS),
    targetMac: formatMac(frame.subarray(TARGET_HARDWARE, TARGET_HARDWARE + MAC_BYTES)),
  };
}

/** Whether the frame is an answer that `address` has given to the interface with hardware address `mac`. */
export function isArpReply(frame: Uint8Array, mac: string, address: Ipv4): boolean {
  const arp = parseArp(frame);
  return arp?.isReply === true && arp.senderAddress === address && arp.targetMac === mac;
}

/** A broadcast with the sender's and the target's address still to be filled in where they are known. */
function request(mac: string, target: Ipv4): Uint8Array {
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
  view.setUint16(OPERATION, OPERATION_REQUEST);
  frame.set(hardware, SENDER_HARDWARE);
  writeIpv4(target, frame, TARGET_ADDRESS);
  return frame;
}
