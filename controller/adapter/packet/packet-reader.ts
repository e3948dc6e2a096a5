/** A socket that is read whenever something waits in it, until it is disposed of. */
import type { IpAddress } from "../../net/ip.ts";
import { type Millis, millis } from "../../net/time.ts";
import type { AdvertListener } from "../../port/advert-socket.ts";
import { type Libc, SystemCallFailure } from "../libc/libc.ts";

const NONE = millis(0);

export interface HearingOptions<Address extends IpAddress> {
  readonly interfaceName: string;
  readonly interfaceIndex: number;
  /** A group, or an own address. */
  readonly hearing: Address;
  readonly listener: AdvertListener;
}

/** `age`: how long ago the packet came in, where that is known. */
export type Deliver = (packet: Uint8Array, age?: Millis) => boolean;

export interface Reading {
  readonly listener: AdvertListener;
  /** As often in one go; whoever sends more at once is not waited for. */
  readonly readsMax: number;
  /**
   * Reads once, delivers what it has read, and answers whether there may be more. `deliver` answers whether the socket is
   * still open: a listener may close it from within. On the way of every packet, so nothing is allocated around it.
   */
  readonly read: (descriptor: number, deliver: Deliver) => boolean;
}

export class PacketReader implements Disposable {
  readonly #libc: Libc;
  readonly #reading: Reading;
  readonly #readable: Disposable;
  readonly #deliver: Deliver;
  #descriptor: number | null;

  /** The descriptor is closed with it. */
  constructor(libc: Libc, descriptor: number, reading: Reading) {
    this.#libc = libc;
    this.#reading = reading;
    this.#descriptor = descriptor;
    this.#deliver = (packet, age = NONE) => {
      reading.listener.heard(packet, age);
      return this.#descriptor !== null;
    };
    this.#readable = libc.onReadable(descriptor, () => this.drain());
  }

  /** Reads and delivers what waits in the kernel. */
  drain(): void {
    for (let count = 0; count < this.#reading.readsMax && this.#read(); count++);
  }

  [Symbol.dispose](): void {
    if (this.#descriptor === null) return;
    this.#readable[Symbol.dispose]();
    this.#libc.close(this.#descriptor);
    this.#descriptor = null;
  }

  /** Whether there may be more. */
  #read(): boolean {
    if (this.#descriptor === null) return false;
    try {
      return this.#reading.read(this.#descriptor, this.#deliver);
    } catch (error) {
      if (!(error instanceof SystemCallFailure)) throw error;
      this.#reading.listener.broken(error.message);
      return false;
    }
  }
}
