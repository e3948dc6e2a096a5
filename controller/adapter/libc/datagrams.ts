/**
 * Many datagrams in one system call: recvmmsg(2). A burst of 250 advertisements costs four calls instead of 251, and no
 * call at all to learn that there is nothing more, since a batch that is not full says so.
 *
 * The kernel wants addresses of memory that stays where it is, so all of it is native and laid out once:
 *
 *     mmsghdr: name * | namelen | iov * | iovlen | control * | controllen | flags | msg_len, one machine word each
 *     iovec:   base * | len
 */
import koffi from "koffi";
import { LITTLE } from "./host-order.ts";

const WORD = koffi.sizeof("void *");
const HEADER_BYTES = 8 * WORD;
const IOVEC_BYTES = 2 * WORD;
const IOV_OFFSET = 2 * WORD;
const IOVLEN_OFFSET = 3 * WORD;
const LENGTH_OFFSET = 7 * WORD;

/** Room for some datagrams, used again for each batch and by every socket. Never freed: whoever holds a view of it would crash. */
export class DatagramBatch {
  /** mmsghdr[], for the call. */
  readonly headers: unknown;
  readonly size: number;
  readonly #view: DataView;
  readonly #datagrams: readonly Uint8Array[];

  /** What does not fit into `bytesEach` is cut. */
  constructor(size: number, bytesEach: number) {
    this.size = size;
    const total = size * (HEADER_BYTES + IOVEC_BYTES + bytesEach);
    this.headers = koffi.alloc("uint8_t", total);
    const bytes = koffi.view(this.headers, total);
    const start = koffi.address(this.headers);
    this.#view = new DataView(bytes);
    new Uint8Array(bytes).fill(0);
    const iovecs = size * HEADER_BYTES;
    const data = iovecs + size * IOVEC_BYTES;
    for (let index = 0; index < size; index++) {
      const [header, iovec] = [index * HEADER_BYTES, iovecs + index * IOVEC_BYTES];
      this.#putWord(header + IOV_OFFSET, start + BigInt(iovec));
      this.#putWord(header + IOVLEN_OFFSET, 1n);
      this.#putWord(iovec, start + BigInt(data + index * bytesEach));
      this.#putWord(iovec + WORD, BigInt(bytesEach));
    }
    this.#datagrams = Array.from(
      { length: size },
      (_, index) => new Uint8Array(bytes, data + index * bytesEach, bytesEach),
    );
  }

  /** One of those that were received last; overwritten by the next batch. */
  at(index: number): Uint8Array {
    const datagram = this.#datagrams[index];
    if (datagram === undefined) throw new RangeError(`there is no datagram ${index}`);
    return datagram.subarray(0, this.#view.getUint32(index * HEADER_BYTES + LENGTH_OFFSET, LITTLE));
  }

  #putWord(offset: number, value: bigint): void {
    if (WORD === 8) this.#view.setBigUint64(offset, value, LITTLE);
    else this.#view.setUint32(offset, Number(value), LITTLE);
  }
}
