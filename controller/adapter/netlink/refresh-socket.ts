/**
 * Begins the lifetimes of many addresses anew in one system call, about once a second for as long as this node is master.
 *
 * The kernel carries requests out within sendto(2), and answers only those that it refuses. A socket of our own, because
 * its port tells the notifications that these requests cause from all others: see change-monitor.ts.
 */
import { endianness } from "node:os";
import { getSystemErrorName } from "node:util";
import type { Libc } from "../libc/libc.ts";
import { RTM } from "./messages.ts";

const AF_NETLINK = 16;
const SOCK_RAW_NONBLOCK = 3 | 0o4000;
const NETLINK_ROUTE = 0;
const SOL_NETLINK = 270;
const NETLINK_NO_ENOBUFS = 5;
const SOCKADDR_NL_BYTES = 12;
const NLM_F_REQUEST = 0x1;
const NLM_F_REPLACE = 0x100;
const NLMSG_ERROR = 2;
const HEADER_BYTES = 16;
/** The kernel refuses a datagram that is larger than the socket's send buffer, 208 kB; this is some 400 addresses. */
const DATAGRAM_BYTES_MAX = 32_000;
/** A refusal quotes the request. */
const ANSWER_BYTES = 256;

const LITTLE = endianness() === "LE";

export class RefreshSocket implements Disposable {
  readonly #libc: Libc;
  readonly #answer = new Uint8Array(ANSWER_BYTES);
  #descriptor: number | null = null;

  constructor(libc: Libc) {
    this.#libc = libc;
  }

  /** The port number that stands in the notifications of what was asked here. */
  get port(): number {
    const name = this.#libc.socketName(this.#open(), SOCKADDR_NL_BYTES);
    return viewOf(name).getUint32(4, LITTLE);
  }

  /** `addresses`: RTM_NEWADDR payloads. Returns the first refusal's errno. Throws SystemCallFailure. */
  replace(addresses: readonly Uint8Array[]): string | null {
    let refusal: string | null = null;
    for (let from = 0; from < addresses.length; ) {
      const { datagram, next } = pack(addresses, from);
      this.#libc.sendTo(this.#open(), datagram, sockaddr());
      refusal ??= this.#readRefusals();
      from = next;
    }
    return refusal;
  }

  [Symbol.dispose](): void {
    if (this.#descriptor !== null) this.#libc.close(this.#descriptor);
    this.#descriptor = null;
  }

  #open(): number {
    if (this.#descriptor !== null) return this.#descriptor;
    this.#descriptor = this.#libc.socket(AF_NETLINK, SOCK_RAW_NONBLOCK, NETLINK_ROUTE);
    this.#libc.setOption(this.#descriptor, SOL_NETLINK, NETLINK_NO_ENOBUFS, 1);
    this.#libc.bind(this.#descriptor, sockaddr());
    return this.#descriptor;
  }

  #readRefusals(): string | null {
    let first: string | null = null;
    for (;;) {
      const answer = this.#libc.receive(this.#open(), this.#answer);
      if (answer === null) return first;
      const errno = errnoOf(answer);
      if (errno !== 0) first ??= getSystemErrorName(errno);
    }
  }
}

function pack(addresses: readonly Uint8Array[], from: number): { datagram: Uint8Array; next: number } {
  let next = from;
  let length = 0;
  for (let size = 0; next < addresses.length; next++) {
    size = HEADER_BYTES + (addresses[next]?.length ?? 0);
    if (length > 0 && length + size > DATAGRAM_BYTES_MAX) break;
    length += size;
  }
  const datagram = new Uint8Array(length);
  const view = viewOf(datagram);
  let at = 0;
  for (const payload of addresses.slice(from, next)) {
    view.setUint32(at, HEADER_BYTES + payload.length, LITTLE);
    view.setUint16(at + 4, RTM.newAddress, LITTLE);
    view.setUint16(at + 6, NLM_F_REQUEST | NLM_F_REPLACE, LITTLE);
    datagram.set(payload, at + HEADER_BYTES);
    at += HEADER_BYTES + payload.length;
  }
  return { datagram, next };
}

function errnoOf(answer: Uint8Array): number {
  const isError = answer.length >= HEADER_BYTES + 4 && viewOf(answer).getUint16(4, LITTLE) === NLMSG_ERROR;
  return isError ? viewOf(answer).getInt32(HEADER_BYTES, LITTLE) : 0;
}

/** sockaddr_nl: family, padding, port (0: the kernel, or of its choice), no groups. */
function sockaddr(): Uint8Array {
  const bytes = new Uint8Array(SOCKADDR_NL_BYTES);
  viewOf(bytes).setUint16(0, AF_NETLINK, LITTLE);
  return bytes;
}

const viewOf = (bytes: Uint8Array): DataView =>
  new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
