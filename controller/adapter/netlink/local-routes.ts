/**
 * Whether the kernel takes what is sent to an IPv6 address. It has the address as soon as rtnetlink has answered, but puts
 * the route to itself into its table a little later, from a work queue: 1 ms on an idle machine, 30 ms on a busy one. Whoever
 * is told of the address in between sends into the void.
 */
import { endianness } from "node:os";
import { setTimeout as sleep } from "node:timers/promises";
import { ipBytes } from "../../net/ip.ts";
import type { Ipv6 } from "../../net/ipv6.ts";
import type { Libc } from "../libc/libc.ts";

const AF_NETLINK = 16;
const AF_INET6 = 10;
const SOCK_RAW_NONBLOCK = 3 | 0o4000;
const NETLINK_ROUTE = 0;
const SOCKADDR_NL_BYTES = 12;
const RTM_NEWROUTE = 24;
const RTM_GETROUTE = 26;
const NLM_F_REQUEST = 0x1;
const RTA_DST = 1;
const RTA_OIF = 4;
const RTN_LOCAL = 2;
const HEADER_BYTES = 16;
const RTMSG_BYTES = 12;
const REQUEST_BYTES = HEADER_BYTES + RTMSG_BYTES + 4 + 16 + 4 + 4;
const ANSWER_BYTES = 1024;
const LOOK_INTERVAL_MS = 1;
/** An address that is in the table and not routed after that long may have been removed again: whoever asks looks anyway. */
const LOOKS_MAX = 200;

const LITTLE = endianness() === "LE";

export class LocalRoutes implements Disposable {
  readonly #libc: Libc;
  readonly #answer = new Uint8Array(ANSWER_BYTES);
  #descriptor: number | null = null;

  constructor(libc: Libc) {
    this.#libc = libc;
  }

  /** Resolves when what is sent to the address arrives here. Throws SystemCallFailure. */
  async led(linkIndex: number, address: Ipv6): Promise<void> {
    for (let look = 0; look < LOOKS_MAX && !this.#isLocal(linkIndex, address); look++) {
      await sleep(LOOK_INTERVAL_MS);
    }
  }

  [Symbol.dispose](): void {
    if (this.#descriptor !== null) this.#libc.close(this.#descriptor);
    this.#descriptor = null;
  }

  /** The kernel has answered when sendto(2) returns. */
  #isLocal(linkIndex: number, address: Ipv6): boolean {
    this.#descriptor ??= this.#libc.socket(AF_NETLINK, SOCK_RAW_NONBLOCK, NETLINK_ROUTE);
    this.#libc.sendTo(this.#descriptor, question(linkIndex, address), kernel());
    const answer = this.#libc.receive(this.#descriptor, this.#answer);
    if (answer === null || answer.length < HEADER_BYTES + RTMSG_BYTES) return false;
    const type = new DataView(answer.buffer, answer.byteOffset).getUint16(4, LITTLE);
    // rtmsg: family, two prefix lengths, type of service, table, protocol and scope of a byte each, then the type.
    return type === RTM_NEWROUTE && answer[HEADER_BYTES + 7] === RTN_LOCAL;
  }
}

function question(linkIndex: number, address: Ipv6): Uint8Array {
  const bytes = new Uint8Array(REQUEST_BYTES);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, REQUEST_BYTES, LITTLE);
  view.setUint16(4, RTM_GETROUTE, LITTLE);
  view.setUint16(6, NLM_F_REQUEST, LITTLE);
  bytes[HEADER_BYTES] = AF_INET6;
  bytes[HEADER_BYTES + 1] = 128;
  const destination = HEADER_BYTES + RTMSG_BYTES;
  view.setUint16(destination, 4 + 16, LITTLE);
  view.setUint16(destination + 2, RTA_DST, LITTLE);
  bytes.set(ipBytes(address), destination + 4);
  const link = destination + 4 + 16;
  view.setUint16(link, 4 + 4, LITTLE);
  view.setUint16(link + 2, RTA_OIF, LITTLE);
  view.setUint32(link + 4, linkIndex, LITTLE);
  return bytes;
}

/** sockaddr_nl: family, padding, port 0, no groups. */
function kernel(): Uint8Array {
  const bytes = new Uint8Array(SOCKADDR_NL_BYTES);
  new DataView(bytes.buffer).setUint16(0, AF_NETLINK, LITTLE);
  return bytes;
}
