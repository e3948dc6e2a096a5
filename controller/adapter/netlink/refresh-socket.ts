/**
 * Begins the lifetimes of many addresses anew in one system call, about once a second for as long as this node is master.
 *
 * The kernel answers only those requests that it refuses. A socket of our own, because its port tells the notifications
 * that these requests cause from all others: see change-monitor.ts.
 */
import type { Libc } from "../libc/libc.ts";
import { datagramOf, decodeVerdict, HEADER_BYTES, NLM_F } from "./framing.ts";
import { RTM } from "./messages.ts";
import { NETLINK, RequestSocket, SOL_NETLINK } from "./request-socket.ts";

/** The kernel refuses a datagram that is larger than the socket's send buffer, 208 kB; this is some 400 addresses. */
const DATAGRAM_BYTES_MAX = 32_000;
/** A refusal quotes the request. */
const ANSWER_BYTES = 256;

export class RefreshSocket implements Disposable {
  readonly #socket: RequestSocket;

  constructor(libc: Libc) {
    this.#socket = new RequestSocket(libc, ANSWER_BYTES, (descriptor) => {
      libc.setOption(descriptor, SOL_NETLINK, NETLINK.noEnobufs, 1);
    });
  }

  /** The port number that stands in the notifications of what was asked here. */
  get port(): number {
    return this.#socket.port;
  }

  /** `addresses`: RTM_NEWADDR payloads. Returns the first refusal's errno. Throws SystemCallFailure. */
  replace(addresses: readonly Uint8Array[]): string | null {
    let refusal: string | null = null;
    for (let from = 0; from < addresses.length; ) {
      const next = endOfDatagram(addresses, from);
      this.#socket.send(datagramOf(addresses.slice(from, next).map(replacement)));
      refusal ??= this.#readRefusals();
      from = next;
    }
    return refusal;
  }

  [Symbol.dispose](): void {
    this.#socket[Symbol.dispose]();
  }

  #readRefusals(): string | null {
    let first: string | null = null;
    for (;;) {
      const answer = this.#socket.receive();
      if (answer === null) return first;
      first ??= decodeVerdict(answer)?.refusal ?? null;
    }
  }
}

const replacement = (payload: Uint8Array) => ({ type: RTM.newAddress, flags: NLM_F.replace, payload });

/** The first address that does not fit into one datagram with those from `from` on. */
function endOfDatagram(addresses: readonly Uint8Array[], from: number): number {
  let length = 0;
  for (let next = from; next < addresses.length; next++) {
    length += HEADER_BYTES + (addresses[next]?.length ?? 0);
    if (next > from && length > DATAGRAM_BYTES_MAX) return next;
  }
  return addresses.length;
}
