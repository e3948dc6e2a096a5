/** Sockets of rtnetlink that are ours alone, without npm `netlink`: what is sent by them is carried out within sendto(2). */
import { LITTLE, viewOf } from "../libc/host-order.ts";
import type { Libc } from "../libc/libc.ts";
import { openRawSocket } from "../libc/open-socket.ts";
import { AF, SO, SOL_SOCKET } from "../libc/socket-options.ts";

export const SOL_NETLINK = 270;
export const NETLINK = { noEnobufs: 5, capAck: 10 } as const;
export const NETLINK_ROUTE = 0;
const SOCKADDR_NL_BYTES = 12;
const KERNEL = netlinkAddress(0);

export interface RouteSocketOptions {
  /** Before it is bound, so that it hears nothing that it should not. */
  readonly prepare?: (descriptor: number) => void;
  /** Whose notifications it is to hear: RTMGRP_* bits. */
  readonly groups?: number;
}

/** The descriptor; closed again when anything about it is refused. Throws SystemCallFailure. */
export function openRouteSocket(libc: Libc, { prepare, groups = 0 }: RouteSocketOptions = {}): number {
  return openRawSocket(libc, AF.netlink, NETLINK_ROUTE, (descriptor) => {
    prepare?.(descriptor);
    libc.bind(descriptor, netlinkAddress(groups));
  });
}

/** Opened when it is first used, and once more when it is used after it has been disposed of. */
export class RequestSocket implements Disposable {
  readonly #libc: Libc;
  readonly #answer: Uint8Array;
  readonly #prepare: (descriptor: number) => void;
  #descriptor: number | null = null;

  /** What does not fit into `answerBytes` is cut. */
  constructor(libc: Libc, answerBytes: number, prepare: (descriptor: number) => void = () => undefined) {
    this.#libc = libc;
    this.#answer = new Uint8Array(answerBytes);
    this.#prepare = prepare;
  }

  /** The port number that stands in the notifications of what was asked here. */
  get port(): number {
    return viewOf(this.#libc.socketName(this.#open(), SOCKADDR_NL_BYTES)).getUint32(4, LITTLE);
  }

  /** All answers are there when it returns. Throws SystemCallFailure. */
  send(datagram: Uint8Array): void {
    this.#libc.sendTo(this.#open(), datagram, KERNEL);
  }

  /** The next answer, which the one after it overwrites; `null` when there is no more. Throws SystemCallFailure. */
  receive(): Uint8Array | null {
    return this.#libc.receive(this.#open(), this.#answer);
  }

  [Symbol.dispose](): void {
    if (this.#descriptor !== null) this.#libc.close(this.#descriptor);
    this.#descriptor = null;
  }

  #open(): number {
    this.#descriptor ??= openRouteSocket(this.#libc, { prepare: this.#prepare });
    return this.#descriptor;
  }
}

/** As many as may be asked for at once: each is answered into the receive buffer, where an answer takes almost a kilobyte, and 64 fit into the smallest. */
export const CHANGES_PER_CALL_MAX = 64;
const CHANGES_RECEIVE_BUFFER_BYTES = 200_000;
/** Without the request, which the answer would otherwise quote (NETLINK_CAP_ACK). */
const CHANGE_ANSWER_BYTES = 256;

/** For changes to the kernel's tables, many in one datagram. */
export const socketForChanges = (libc: Libc): RequestSocket =>
  new RequestSocket(libc, CHANGE_ANSWER_BYTES, (descriptor) => {
    libc.setOption(descriptor, SOL_NETLINK, NETLINK.capAck, 1);
    libc.setOption(descriptor, SOL_SOCKET, SO.receiveBuffer, CHANGES_RECEIVE_BUFFER_BYTES);
  });

/** sockaddr_nl: family, padding, port (0: the kernel, or of its choice), groups. */
function netlinkAddress(groups: number): Uint8Array {
  const bytes = new Uint8Array(SOCKADDR_NL_BYTES);
  viewOf(bytes).setUint16(0, AF.netlink, LITTLE);
  viewOf(bytes).setUint32(8, groups, LITTLE);
  return bytes;
}
