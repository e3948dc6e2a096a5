/**
 * The envelope of rtnetlink messages (linux/netlink.h). Integers are in host order.
 *
 *     nlmsghdr: length u32 (with this header) | type u16 | flags u16 | sequence u32 | port u32, then the payload
 *     an answer of type NLMSG_ERROR: negative errno i32, 0 where the request has been carried out | what it answers
 */
import { getSystemErrorName } from "node:util";
import { LITTLE, viewOf } from "../libc/host-order.ts";

export const HEADER_BYTES = 16;
export const NLM_F = {
  request: 0x1,
  ack: 0x4,
  dumpInterrupted: 0x10,
  replace: 0x100,
  exclusive: 0x200,
  dump: 0x300,
  create: 0x400,
} as const;
export const NLMSG_ERROR = 2;

export interface RouteMessage {
  readonly type: number;
  /** Beside NLM_F.request. */
  readonly flags: number;
  readonly payload: Uint8Array;
}

/** One datagram. The sequence numbers count up. Messages are aligned to four bytes, which rtnetlink's payloads are. */
export function datagramOf(messages: readonly RouteMessage[], firstSequence = 0): Uint8Array {
  const length = messages.reduce((sum, { payload }) => sum + HEADER_BYTES + payload.length, 0);
  const datagram = new Uint8Array(length);
  const view = viewOf(datagram);
  let at = 0;
  for (const [index, { type, flags, payload }] of messages.entries()) {
    view.setUint32(at, HEADER_BYTES + payload.length, LITTLE);
    view.setUint16(at + 4, type, LITTLE);
    view.setUint16(at + 6, NLM_F.request | flags, LITTLE);
    view.setUint32(at + 8, firstSequence + index, LITTLE);
    datagram.set(payload, at + HEADER_BYTES);
    at += HEADER_BYTES + payload.length;
  }
  return datagram;
}

export const messageType = (message: Uint8Array): number => viewOf(message).getUint16(4, LITTLE);

export interface Verdict {
  /** Of the request that it is about. */
  readonly sequence: number;
  /** `null`: carried out. */
  readonly refusal: string | null;
}

/** `null` for a message that is no verdict. */
export function decodeVerdict(message: Uint8Array): Verdict | null {
  if (message.length < HEADER_BYTES + 4 || messageType(message) !== NLMSG_ERROR) return null;
  const view = viewOf(message);
  const errno = view.getInt32(HEADER_BYTES, LITTLE);
  return {
    sequence: view.getUint32(8, LITTLE),
    refusal: errno === 0 ? null : getSystemErrorName(errno),
  };
}
