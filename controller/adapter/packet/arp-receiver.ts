/** Hears the ARP of everybody on one interface, our own included, through a packet socket. */
import type { AdvertListener } from "../../port/advert-socket.ts";
import { type Libc, SystemCallFailure } from "../libc/libc.ts";
import { AF, arpOn, SOCK_NONBLOCK, SOCK_RAW } from "../libc/socket-options.ts";

const FRAME_BYTES_MAX = 128;
/** As many are read in one go; whoever sends more at once is not waited for. */
const DRAIN_MAX = 64;

export class ArpReceiver implements Disposable {
  readonly #libc: Libc;
  readonly #listener: AdvertListener;
  readonly #readable: Disposable;
  readonly #buffer = new Uint8Array(FRAME_BYTES_MAX);
  #descriptor: number | null;

  /** Throws SystemCallFailure when the kernel refuses. */
  constructor(libc: Libc, interfaceIndex: number, listener: AdvertListener) {
    this.#libc = libc;
    this.#listener = listener;
    // Protocol 0 until it is bound: otherwise it would hear the ARP of all interfaces meanwhile.
    const descriptor = libc.socket(AF.packet, SOCK_RAW | SOCK_NONBLOCK, 0);
    try {
      libc.bind(descriptor, arpOn(interfaceIndex));
    } catch (error) {
      libc.close(descriptor);
      throw error;
    }
    this.#descriptor = descriptor;
    this.#readable = libc.onReadable(descriptor, () => this.#drain());
  }

  [Symbol.dispose](): void {
    if (this.#descriptor === null) return;
    this.#readable[Symbol.dispose]();
    this.#libc.close(this.#descriptor);
    this.#descriptor = null;
  }

  #drain(): void {
    for (let count = 0; count < DRAIN_MAX && this.#readOne(); count++);
  }

  #readOne(): boolean {
    // A listener may close the socket from within.
    if (this.#descriptor === null) return false;
    try {
      const frame = this.#libc.receive(this.#descriptor, this.#buffer);
      if (frame === null) return false;
      this.#listener.heard(frame);
      return true;
    } catch (error) {
      if (!(error instanceof SystemCallFailure)) throw error;
      this.#listener.broken(error.message);
      return false;
    }
  }
}
