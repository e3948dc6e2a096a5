/**
 * Many datagrams in one system call: recvmmsg(2). A burst of 250 advertisements costs four calls instead of 251, and no
 * call at all to learn that there is nothing more, since a batch that is not full says so.
 *
 * The kernel wants addresses of memory that stays where it is, so all of it is native and laid out once:
 *
 *     mmsghdr: name * | namelen | iov * | iovlen | control * | controllen | flags | msg_len, one machine word each
 *     iovec:   base * | len
 *     control: length (a word) | level i32 | type i32 | seconds i64 | nanoseconds i64, where the socket has asked for it
 */
import koffi from "koffi";
import { LITTLE } from "./host-order.ts";
import { TIMESTAMP_BYTES, timestamp } from "./timestamps.ts";

const WORD = koffi.sizeof("void *");
/** Of a word that is written as a whole and has a small value. */
const LOW_HALF = LITTLE ? 0 : WORD - 4;
const HEADER_BYTES = 8 * WORD;
const IOVEC_BYTES = 2 * WORD;
const IOV_OFFSET = 2 * WORD;
const IOVLEN_OFFSET = 3 * WORD;
const CONTROL_OFFSET = 4 * WORD;
const CONTROL_LENGTH_OFFSET = 5 * WORD;
const LENGTH_OFFSET = 7 * WORD;
const STAMP_OFFSET = WORD + 8;
/** Padded to a word. */
const CONTROL_BYTES = STAMP_OFFSET + TIMESTAMP_BYTES;

/** Room for some datagrams, used again for each batch and by every socket. Never freed: whoever holds a view of it would crash. */
export class DatagramBatch {
  /** mmsghdr[], for the call. */
  readonly headers: unknown;
  readonly size: number;
  readonly #view: DataView;
  readonly #controls: number;
  /** Each as long as the last one that came in there: most are of one length, and a view is not made for free. */
  readonly #datagrams: Uint8Array[];
  /** Of these the kernel has written what it has to say beside them. */
  #filled = 0;

  /** What does not fit into `bytesEach` is cut. */
  constructor(size: number, bytesEach: number) {
    this.size = size;
    const total = size * (HEADER_BYTES + IOVEC_BYTES + CONTROL_BYTES + bytesEach);
    this.headers = koffi.alloc("uint8_t", total);
    const bytes = koffi.view(this.headers, total);
    const start = koffi.address(this.headers);
    this.#view = new DataView(bytes);
    new Uint8Array(bytes).fill(0);
    const iovecs = size * HEADER_BYTES;
    this.#controls = iovecs + size * IOVEC_BYTES;
    const data = this.#controls + size * CONTROL_BYTES;
    for (let index = 0; index < size; index++) {
      const [header, iovec] = [index * HEADER_BYTES, iovecs + index * IOVEC_BYTES];
      this.#putWord(header + IOV_OFFSET, start + BigInt(iovec));
      this.#putWord(header + IOVLEN_OFFSET, 1n);
      this.#putWord(header + CONTROL_OFFSET, start + BigInt(this.#controls + index * CONTROL_BYTES));
      this.#putWord(header + CONTROL_LENGTH_OFFSET, BigInt(CONTROL_BYTES));
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
    const known = this.#datagrams[index];
    if (known === undefined) throw new RangeError(`there is no datagram ${index}`);
    const length = this.#view.getUint32(index * HEADER_BYTES + LENGTH_OFFSET, LITTLE);
    if (known.length === length) return known;
    const datagram = new Uint8Array(known.buffer, known.byteOffset, length);
    this.#datagrams[index] = datagram;
    return datagram;
  }

  /** When the datagram came in, in milliseconds since 1970; `null`: the socket was not asked to tell. */
  stampAt(index: number): number | null {
    const length = this.#view.getUint32(index * HEADER_BYTES + CONTROL_LENGTH_OFFSET + LOW_HALF, LITTLE);
    return length < CONTROL_BYTES
      ? null
      : timestamp(this.#view, this.#controls + index * CONTROL_BYTES + STAMP_OFFSET);
  }

  /** Before each call: the kernel has overwritten how much room there is. */
  reset(): void {
    for (let index = 0; index < this.#filled; index++)
      this.#view.setUint32(index * HEADER_BYTES + CONTROL_LENGTH_OFFSET + LOW_HALF, CONTROL_BYTES, LITTLE);
    this.#filled = 0;
  }

  /** After each call. */
  filled(count: number): void {
    this.#filled = count;
  }

  #putWord(offset: number, value: bigint): void {
    if (WORD === 8) this.#view.setBigUint64(offset, value, LITTLE);
    else this.#view.setUint32(offset, Number(value), LITTLE);
  }
}
