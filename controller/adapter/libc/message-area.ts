/**
 * Memory for recvmsg(2), laid out once and used for every message: the structures point at each other, so that nothing is
 * built or copied per call.
 *
 *     msghdr, a word each: name | name length | iovec | count of iovecs | control | control length | flags
 *     iovec:               payload | payload length
 *     then the name (a socket address), the control messages, and the payload
 *     control message:     length (a word, with this header) | level i32 | type i32 | data, padded to a word
 */
import koffi from "koffi";
import { LITTLE } from "./host-order.ts";

const WORD_BYTES = koffi.sizeof("size_t");
const HEADER_WORDS = 7;
const VECTOR_WORDS = 2;
const NAME_BYTES = 32;
const CONTROL_HEADER_BYTES = WORD_BYTES + 8;

export class MessageArea {
  readonly #view: DataView;
  readonly #control: Uint8Array;
  readonly #controlOffset: number;
  /** Where the message came from: the structure of the socket's family. */
  readonly name: Uint8Array;
  readonly payload: Uint8Array;
  /** The whole memory, which begins with the msghdr. */
  readonly bytes: Uint8Array;

  constructor(payloadBytes: number, controlBytes: number) {
    const nameOffset = (HEADER_WORDS + VECTOR_WORDS) * WORD_BYTES;
    this.#controlOffset = nameOffset + NAME_BYTES;
    const payloadOffset = this.#controlOffset + controlBytes;
    this.bytes = new Uint8Array(new ArrayBuffer(payloadOffset + payloadBytes));
    this.#view = new DataView(this.bytes.buffer);
    this.name = this.bytes.subarray(nameOffset, this.#controlOffset);
    this.#control = this.bytes.subarray(this.#controlOffset, payloadOffset);
    this.payload = this.bytes.subarray(payloadOffset);
    const address = koffi.address(this.bytes);
    this.#setWord(0, address + BigInt(nameOffset));
    this.#setWord(2, address + BigInt(HEADER_WORDS * WORD_BYTES));
    this.#setWord(3, 1n);
    this.#setWord(4, address + BigInt(this.#controlOffset));
    this.#setWord(HEADER_WORDS, address + BigInt(payloadOffset));
    this.#setWord(HEADER_WORDS + 1, BigInt(payloadBytes));
  }

  /** The kernel has written how much it used; each message may use all again. */
  reset(): void {
    this.#view.setUint32(WORD_BYTES, NAME_BYTES, LITTLE);
    this.#setWord(5, BigInt(this.#control.length));
  }

  /** The data of the control message of that kind, as a view; `null` when the kernel has sent none. */
  control(level: number, type: number): Uint8Array | null {
    const end = this.#controlOffset + Number(this.#word(5));
    for (let at = this.#controlOffset; at + CONTROL_HEADER_BYTES <= end; ) {
      const length = this.#view.getUint32(LITTLE ? at : at + WORD_BYTES - 4, LITTLE);
      if (length < CONTROL_HEADER_BYTES || at + length > end) return null;
      const isMeant =
        this.#view.getInt32(at + WORD_BYTES, LITTLE) === level &&
        this.#view.getInt32(at + WORD_BYTES + 4, LITTLE) === type;
      if (isMeant) return this.bytes.subarray(at + CONTROL_HEADER_BYTES, at + length);
      at += Math.ceil(length / WORD_BYTES) * WORD_BYTES;
    }
    return null;
  }

  #word(index: number): bigint {
    const at = index * WORD_BYTES;
    return WORD_BYTES === 8 ? this.#view.getBigUint64(at, LITTLE) : BigInt(this.#view.getUint32(at, LITTLE));
  }

  #setWord(index: number, value: bigint): void {
    const at = index * WORD_BYTES;
    if (WORD_BYTES === 8) this.#view.setBigUint64(at, value, LITTLE);
    else this.#view.setUint32(at, Number(value), LITTLE);
  }
}
