/** The hearing half of an advertisement socket: a raw socket that is bound to one interface and to a group or an own address. */
import { isMulticast } from "../../net/ip.ts";
import type { Ipv4 } from "../../net/ipv4.ts";
import type { AdvertListener } from "../../port/advert-socket.ts";
import type { DatagramBatch } from "../libc/datagrams.ts";
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
} from "../libc/socket-options.ts";

/** An advertisement with 255 addresses has 1,056 bytes; what is longer is cut and then refused by its length. */
export const PACKET_BYTES_MAX = 2048;
/** A thousand small packets: what may come while the process is held up, and no more, since old ones mislead. */
const RECEIVE_BUFFER_BYTES = 1_000_000;
/** As many batches are read in one go; whoever sends more at once is not waited for. */
const BATCHES_MAX = 8;

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
  readonly #batch: DatagramBatch;
  #descriptor: number | null;

  /** `batch` may be shared with others. Throws SystemCallFailure when the kernel refuses. */
  constructor(libc: Libc, batch: DatagramBatch, options: ReceiverOptions) {
    this.#libc = libc;
    this.#batch = batch;
    this.#listener = options.listener;
    this.#descriptor = openSocket(libc, options);
    this.#readable = libc.onReadable(this.#descriptor, () => this.drain());
  }

  /** Reads and delivers what waits in the kernel. */
  drain(): void {
    for (let count = 0; count < BATCHES_MAX && this.#readBatch(); count++);
  }

  [Symbol.dispose](): void {
    if (this.#descriptor === null) return;
    this.#readable[Symbol.dispose]();
    this.#libc.close(this.#descriptor);
    this.#descriptor = null;
  }

  /** Whether there may be more. */
  #readBatch(): boolean {
    if (this.#descriptor === null) return false;
    try {
      const count = this.#libc.receiveMany(this.#descriptor, this.#batch);
      for (let index = 0; index < count && this.#descriptor !== null; index++) {
        this.#listener.heard(this.#batch.at(index));
      }
      return count === this.#batch.size;
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
    libc.setOption(descriptor, SOL_SOCKET, SO.receiveBufferForce, RECEIVE_BUFFER_BYTES);
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
