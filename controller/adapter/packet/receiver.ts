/** The hearing half of an advertisement socket: a raw socket that is bound to one interface and to a group or an own address. */
import { isMulticast } from "../../net/ip.ts";
import type { Ipv4 } from "../../net/ipv4.ts";
import type { AdvertListener } from "../../port/advert-socket.ts";
import { type Libc, SystemCallFailure } from "../libc/libc.ts";
import {
  AF,
  deviceName,
  IP,
  IPPROTO,
  internetAddress,
  multicastRequest,
  SO,
  SOCK_NONBLOCK,
  SOCK_RAW,
  SOL_SOCKET,
} from "./socket-options.ts";

/** An advertisement with 255 addresses has 1,056 bytes; what is longer is cut and then refused by its length. */
const PACKET_BYTES_MAX = 2048;
/** A thousand small packets: what may come while the process is held up, and no more, since old ones mislead. */
const RECEIVE_BUFFER_BYTES = 1_000_000;
/** As many packets are read in one go; whoever sends more at once is not waited for. */
const DRAIN_MAX = 256;

export interface ReceiverOptions {
  readonly interfaceName: string;
  readonly interfaceIndex: number;
  readonly hearing: Ipv4;
  readonly listener: AdvertListener;
}

export class Receiver implements Disposable {
  readonly #libc: Libc;
  readonly #listener: AdvertListener;
  readonly #readable: Disposable;
  readonly #buffer = new Uint8Array(PACKET_BYTES_MAX);
  #descriptor: number | null;

  /** Throws SystemCallFailure when the kernel refuses. */
  constructor(libc: Libc, options: ReceiverOptions) {
    this.#libc = libc;
    this.#listener = options.listener;
    this.#descriptor = openSocket(libc, options);
    this.#readable = libc.onReadable(this.#descriptor, () => this.drain());
  }

  /** Reads and delivers what waits in the kernel. */
  drain(): void {
    for (let count = 0; count < DRAIN_MAX && this.#readOne(); count++);
  }

  [Symbol.dispose](): void {
    if (this.#descriptor === null) return;
    this.#readable[Symbol.dispose]();
    this.#libc.close(this.#descriptor);
    this.#descriptor = null;
  }

  #readOne(): boolean {
    // A listener may close the socket from within.
    if (this.#descriptor === null) return false;
    try {
      const packet = this.#libc.receive(this.#descriptor, this.#buffer);
      if (packet === null) return false;
      // The buffer is one for all packets, hence the copy; advertisements have 40 to some hundred bytes.
      this.#listener.heard(packet.slice());
      return true;
    } catch (error) {
      if (!(error instanceof SystemCallFailure)) throw error;
      this.#listener.broken(error.message);
      return false;
    }
  }
}

function openSocket(libc: Libc, { interfaceName, interfaceIndex, hearing }: ReceiverOptions): number {
  const descriptor = libc.socket(AF.inet, SOCK_RAW | SOCK_NONBLOCK, IPPROTO.vrrp);
  try {
    libc.setOption(descriptor, SOL_SOCKET, SO.bindToDevice, deviceName(interfaceName));
    // Otherwise groups that other sockets of this host have joined would be heard here, too.
    libc.setOption(descriptor, IPPROTO.ip, IP.multicastAll, 0);
    // Beyond net.core.rmem_max, which is a fifth of it; takes CAP_NET_ADMIN, which setting addresses takes as well.
    libc.setOption(descriptor, SOL_SOCKET, SO.rcvbufForce, RECEIVE_BUFFER_BYTES);
    // So that a group is not heard together with what is sent to this host alone, nor the other way round.
    libc.bind(descriptor, internetAddress(hearing, interfaceIndex));
    if (isMulticast(hearing)) {
      const request = multicastRequest(hearing, interfaceIndex);
      libc.setOption(descriptor, IPPROTO.ip, IP.addMembership, request);
    }
    return descriptor;
  } catch (error) {
    libc.close(descriptor);
    throw error;
  }
}
