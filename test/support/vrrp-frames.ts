/** Frames for a wire, made by hand: sound advertisements, and others that only a byte differs from them. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { internetChecksum } from "../../controller/net/checksum.ts";
import { type Ipv4, parseIpv4 } from "../../controller/net/ipv4.ts";
import { millis } from "../../controller/net/time.ts";
import { withIpv4Header } from "../../controller/vrrp/ipv4-header.ts";
import { type Advertisement, encodePacket } from "../../controller/vrrp/packet.ts";
import { type LabNode, VIRTUAL_ADDRESS } from "./speaker-lab.ts";

const PROGRAM = fileURLToPath(new URL("inject-frames.js", import.meta.url));
export const GROUP = ip("224.0.0.18");
/** The multicast address of the group, some sender, IPv4. */
const ETHERNET = "01005e0000120200000000770800";

export function ip(text: string): Ipv4 {
  return parseIpv4(text) ?? assert.fail(text);
}

/** As routerOf()'s speakers send it, but for the priority. */
export const soundAdvert = (priority: number): Advertisement => ({
  version: 3,
  virtualRouterID: 51,
  priority,
  adverInterval: millis(100),
  addresses: [ip(VIRTUAL_ADDRESS)],
  password: null,
});

export const frameOf = (packet: Uint8Array): string => `${ETHERNET}${Buffer.from(packet).toString("hex")}`;

export const advertFrame = (advertisement: Advertisement, source: string): string =>
  frameOf(encodePacket(advertisement, ip(source), GROUP));

/** A message with the checksum that belongs to it (over the message only), so that nothing but the point of a case is wrong. */
export function sealedFrame(hex: string, source: string): string {
  const message = Uint8Array.from(Buffer.from(hex, "hex"));
  const view = new DataView(message.buffer);
  // A message that is cut before its checksum has none; here it is zero in the text.
  if (message.length >= 8) view.setUint16(6, internetChecksum(message));
  return frameOf(withIpv4Header(message, ip(source), GROUP));
}

/** With the header's checksum put right, which the kernel looks at. */
export function changedFrame(frame: string, offset: number, value: number): string {
  const packet = Uint8Array.from(Buffer.from(frame.slice(ETHERNET.length), "hex"));
  packet[offset] = value;
  const view = new DataView(packet.buffer);
  view.setUint16(10, 0);
  view.setUint16(10, internetChecksum(packet.subarray(0, ((packet[0] ?? 0) & 0x0f) * 4)));
  return frameOf(packet);
}

export interface Pace {
  readonly perSecond: number;
  readonly count: number;
}

/** From that node's interface, in turn; resolves when all are on the wire. */
export async function inject(
  node: LabNode,
  frames: readonly string[],
  { perSecond, count }: Pace = { perSecond: 1000, count: frames.length },
): Promise<void> {
  const child = node.spawn([process.execPath, PROGRAM, "eth0", String(perSecond), String(count), ...frames]);
  let said = "";
  child.stderr?.on("data", (chunk: Buffer) => {
    said += chunk.toString();
  });
  const [status] = (await once(child, "close")) as [number | null];
  assert.equal(status, 0, said);
}
