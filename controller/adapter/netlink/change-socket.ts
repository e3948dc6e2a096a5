/**
 * Changes to the kernel's tables, many in one system call: what is asked for within one turn goes as one datagram, and the
 * kernel has carried all of it out and answered each before sendto(2) returns. A takeover of 250 addresses is four calls
 * instead of a thousand turns of the event loop.
 */
import { endianness } from "node:os";
import { getSystemErrorName } from "node:util";
import { type Libc, SystemCallFailure } from "../libc/libc.ts";

const AF_NETLINK = 16;
const SOCK_RAW_NONBLOCK = 3 | 0o4000;
const NETLINK_ROUTE = 0;
const SOL_SOCKET = 1;
const SO_RCVBUF = 8;
const SOL_NETLINK = 270;
const NETLINK_CAP_ACK = 10;
const SOCKADDR_NL_BYTES = 12;
const NLM_F_REQUEST = 0x1;
const NLM_F_ACK = 0x4;
const NLMSG_ERROR = 2;
const HEADER_BYTES = 16;
/** Each is answered into the receive buffer, where an answer takes almost a kilobyte: 64 fit into the smallest one there is. */
const REQUESTS_PER_CALL_MAX = 64;
const RECEIVE_BUFFER_BYTES = 200_000;
/** Without the request, which the answer would otherwise quote (NETLINK_CAP_ACK). */
const ANSWER_BYTES = 256;

const LITTLE = endianness() === "LE";

interface Request {
  readonly type: number;
  readonly payload: Uint8Array;
  readonly flags: number;
  readonly done: () => void;
  readonly failed: (failure: SystemCallFailure) => void;
}

export class ChangeSocket implements Disposable {
  readonly #libc: Libc;
  readonly #answer = new Uint8Array(ANSWER_BYTES);
  #waiting: Request[] = [];
  #sequence = 0;
  #descriptor: number | null = null;

  constructor(libc: Libc) {
    this.#libc = libc;
  }

  /** Resolves when the kernel has carried the request out. Rejects with SystemCallFailure. */
  request(type: number, payload: Uint8Array, flags: number): Promise<void> {
    return new Promise((done, failed) => {
      if (this.#waiting.length === 0) queueMicrotask(() => this.#flush());
      this.#waiting.push({ type, payload, flags, done, failed });
    });
  }

  [Symbol.dispose](): void {
    if (this.#descriptor !== null) this.#libc.close(this.#descriptor);
    this.#descriptor = null;
  }

  #flush(): void {
    const requests = this.#waiting;
    this.#waiting = [];
    for (let from = 0; from < requests.length; from += REQUESTS_PER_CALL_MAX) {
      this.#carryOut(requests.slice(from, from + REQUESTS_PER_CALL_MAX));
    }
  }

  #carryOut(requests: readonly Request[]): void {
    const first = this.#sequence + 1;
    this.#sequence += requests.length;
    const open = new Map(requests.map((request, index) => [first + index, request]));
    try {
      const descriptor = this.#open();
      this.#libc.sendTo(descriptor, pack(requests, first), sockaddr());
      this.#readAnswers(descriptor, open);
    } catch (error) {
      if (!(error instanceof SystemCallFailure)) throw error;
      // A socket that has failed may have answers of these requests left in it.
      this[Symbol.dispose]();
      for (const request of open.values()) request.failed(error);
      return;
    }
    // The kernel answers every request that it has taken, before it returns.
    for (const request of open.values()) request.failed(new SystemCallFailure("rtnetlink", "no answer"));
  }

  #readAnswers(descriptor: number, open: Map<number, Request>): void {
    while (open.size > 0) {
      const answer = this.#libc.receive(descriptor, this.#answer);
      if (answer === null) return;
      const view = viewOf(answer);
      if (answer.length < HEADER_BYTES + 4 || view.getUint16(4, LITTLE) !== NLMSG_ERROR) continue;
      const sequence = view.getUint32(8, LITTLE);
      const request = open.get(sequence);
      open.delete(sequence);
      const errno = view.getInt32(HEADER_BYTES, LITTLE);
      if (errno === 0) request?.done();
      else request?.failed(new SystemCallFailure("rtnetlink", getSystemErrorName(errno)));
    }
  }

  #open(): number {
    if (this.#descriptor !== null) return this.#descriptor;
    const descriptor = this.#libc.socket(AF_NETLINK, SOCK_RAW_NONBLOCK, NETLINK_ROUTE);
    this.#libc.setOption(descriptor, SOL_NETLINK, NETLINK_CAP_ACK, 1);
    this.#libc.setOption(descriptor, SOL_SOCKET, SO_RCVBUF, RECEIVE_BUFFER_BYTES);
    this.#libc.bind(descriptor, sockaddr());
    this.#descriptor = descriptor;
    return descriptor;
  }
}

/** Messages are aligned to four bytes, which rtnetlink's payloads are. */
function pack(requests: readonly Request[], firstSequence: number): Uint8Array {
  const length = requests.reduce((sum, { payload }) => sum + HEADER_BYTES + payload.length, 0);
  const datagram = new Uint8Array(length);
  const view = viewOf(datagram);
  let at = 0;
  for (const [index, { type, payload, flags }] of requests.entries()) {
    view.setUint32(at, HEADER_BYTES + payload.length, LITTLE);
    view.setUint16(at + 4, type, LITTLE);
    view.setUint16(at + 6, NLM_F_REQUEST | NLM_F_ACK | flags, LITTLE);
    view.setUint32(at + 8, firstSequence + index, LITTLE);
    datagram.set(payload, at + HEADER_BYTES);
    at += HEADER_BYTES + payload.length;
  }
  return datagram;
}

/** sockaddr_nl: family, padding, port (0: the kernel, or of its choice), no groups. */
function sockaddr(): Uint8Array {
  const bytes = new Uint8Array(SOCKADDR_NL_BYTES);
  viewOf(bytes).setUint16(0, AF_NETLINK, LITTLE);
  return bytes;
}

const viewOf = (bytes: Uint8Array): DataView =>
  new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
