/**
 * The kernel's notifications about links and addresses, reduced to "something may have changed".
 *
 * Not through npm `netlink`: when notifications overrun its socket (ENOBUFS), its native half aborts the process. Here
 * an overrun is no error. The kernel drops notifications only while others wait; those are read first and the wake comes
 * after them, so whoever looks then also sees what the dropped ones would have told.
 */
import { LITTLE } from "../libc/host-order.ts";
import type { Libc } from "../libc/libc.ts";
import { SO, SOL_SOCKET } from "../libc/socket-options.ts";
import { RTM } from "./messages.ts";
import { NETLINK, openRouteSocket, SOL_NETLINK } from "./request-socket.ts";

const RTMGRP_LINK = 0x1;
const RTMGRP_IPV4_IFADDR = 0x10;
const RTMGRP_IPV6_IFADDR = 0x100;
/** Some hundred notifications. */
const RECEIVE_BUFFER_BYTES = 200_000;
/** Their contents are not read, so a cut one does no harm. */
const NOTIFICATION_BYTES = 64;

export class ChangeMonitor implements Disposable {
  readonly #libc: Libc;
  readonly #receiveBufferBytes: number;
  readonly #ownPort: (() => number) | null;
  readonly #watchers = new Set<() => void>();
  readonly #buffer = new Uint8Array(NOTIFICATION_BYTES);
  #socket: { readonly descriptor: number; readonly polling: Disposable } | null = null;

  /** `ownPort`: of the socket whose new addresses are no news, because they are our own refreshed ones. */
  constructor(libc: Libc, ownPort: (() => number) | null, receiveBufferBytes = RECEIVE_BUFFER_BYTES) {
    this.#libc = libc;
    this.#ownPort = ownPort;
    this.#receiveBufferBytes = receiveBufferBytes;
  }

  watch(changed: () => void): Disposable {
    this.#watchers.add(changed);
    if (this.#socket === null) this.#open();
    return {
      [Symbol.dispose]: () => {
        this.#watchers.delete(changed);
        if (this.#watchers.size === 0) this.#close();
      },
    };
  }

  [Symbol.dispose](): void {
    this.#watchers.clear();
    this.#close();
  }

  #open(): void {
    const descriptor = openRouteSocket(this.#libc, {
      groups: RTMGRP_LINK | RTMGRP_IPV4_IFADDR | RTMGRP_IPV6_IFADDR,
      prepare: (opened) => this.#prepare(opened),
    });
    const polling = this.#libc.onReadable(descriptor, () => this.#drain(descriptor));
    this.#socket = { descriptor, polling };
  }

  #prepare(descriptor: number): void {
    this.#libc.setOption(descriptor, SOL_NETLINK, NETLINK.noEnobufs, 1);
    this.#libc.setOption(descriptor, SOL_SOCKET, SO.receiveBuffer, this.#receiveBufferBytes);
    if (this.#ownPort !== null) this.#libc.attachFilter(descriptor, echoFilter(this.#ownPort()));
  }

  #drain(descriptor: number): void {
    while (this.#libc.receive(descriptor, this.#buffer) !== null);
    for (const changed of [...this.#watchers]) changed();
  }

  #close(): void {
    if (this.#socket === null) return;
    this.#socket.polling[Symbol.dispose]();
    this.#libc.close(this.#socket.descriptor);
    this.#socket = null;
  }
}

/**
 * Classic BPF, so that a refresh does not even wake us: drops RTM_NEWADDR with that port in the header (see framing.ts;
 * in host order, while BPF loads in network order).
 */
function echoFilter(port: number): Uint8Array {
  const [LOAD_WORD, LOAD_HALF, JUMP_EQUAL, RETURN] = [0x20, 0x28, 0x15, 0x06];
  const ALL = 0xffff_ffff;
  const host = new DataView(new ArrayBuffer(6));
  host.setUint32(0, port, LITTLE);
  host.setUint16(4, RTM.newAddress, LITTLE);
  return filterProgram([
    [LOAD_WORD, 0, 0, 12],
    [JUMP_EQUAL, 0, 3, host.getUint32(0)],
    [LOAD_HALF, 0, 0, 4],
    [JUMP_EQUAL, 0, 1, host.getUint16(4)],
    [RETURN, 0, 0, 0],
    [RETURN, 0, 0, ALL],
  ]);
}

/** struct sock_filter each: code u16, jumps over that many if true and if false, operand u32. */
function filterProgram(
  instructions: readonly (readonly [code: number, ifTrue: number, ifFalse: number, operand: number])[],
): Uint8Array {
  const view = new DataView(new ArrayBuffer(instructions.length * 8));
  for (const [i, [code, ifTrue, ifFalse, operand]] of instructions.entries()) {
    view.setUint16(i * 8, code, LITTLE);
    view.setUint8(i * 8 + 2, ifTrue);
    view.setUint8(i * 8 + 3, ifFalse);
    view.setUint32(i * 8 + 4, operand, LITTLE);
  }
  return new Uint8Array(view.buffer);
}
