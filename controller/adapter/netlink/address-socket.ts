/**
 * Many addresses in each system call: adds what has just been claimed, and begins the lifetimes of what is held anew, about once
 * a second for as long as this node is master.
 *
 * The kernel answers only those requests that it refuses. A socket of our own, because its port tells the notifications
 * that these requests cause from all others: see change-monitor.ts.
 */
import type { Libc } from "../libc/libc.ts";
import { datagramOf, decodeVerdict, NLM_F } from "./framing.ts";
import { RTM } from "./messages.ts";
import { CHANGES_PER_CALL_MAX, type RequestSocket, socketForChanges } from "./request-socket.ts";

/** RTM_NEWADDR requests for addresses that are to be added; each has its place among them as its sequence number. */
export type Creation = readonly Uint8Array[];

/** `addresses`: RTM_NEWADDR payloads. */
export const creationOf = (addresses: readonly Uint8Array[]): Creation =>
  datagramsOf(addresses, NLM_F.create | NLM_F.exclusive);

export class AddressSocket implements Disposable {
  readonly #socket: RequestSocket;

  constructor(libc: Libc) {
    this.#socket = socketForChanges(libc);
  }

  /** The port number that stands in the notifications of what was asked here. */
  get port(): number {
    return this.#socket.port;
  }

  /** `addresses`: RTM_NEWADDR payloads. Returns the first refusal's errno. Throws SystemCallFailure. */
  replace(addresses: readonly Uint8Array[]): string | null {
    const [first = null] = this.#request(datagramsOf(addresses, NLM_F.replace)).values();
    return first;
  }

  /** Returns the errno of each that was refused, by its place; EEXIST for what is there. Throws SystemCallFailure. */
  create(creation: Creation): ReadonlyMap<number, string> {
    return this.#request(creation);
  }

  [Symbol.dispose](): void {
    this.#socket[Symbol.dispose]();
  }

  #request(datagrams: readonly Uint8Array[]): ReadonlyMap<number, string> {
    const refusals = new Map<number, string>();
    try {
      for (const datagram of datagrams) {
        this.#socket.send(datagram);
        this.#readRefusals(refusals);
      }
    } catch (error) {
      // A socket that has failed may have answers of these requests left in it.
      this[Symbol.dispose]();
      throw error;
    }
    return refusals;
  }

  #readRefusals(refusals: Map<number, string>): void {
    for (let answer = this.#socket.receive(); answer !== null; answer = this.#socket.receive()) {
      const verdict = decodeVerdict(answer);
      if (verdict !== null && verdict.refusal !== null) refusals.set(verdict.sequence, verdict.refusal);
    }
  }
}

function datagramsOf(addresses: readonly Uint8Array[], flags: number): readonly Uint8Array[] {
  const datagrams: Uint8Array[] = [];
  for (let from = 0; from < addresses.length; from += CHANGES_PER_CALL_MAX) {
    const messages = addresses
      .slice(from, from + CHANGES_PER_CALL_MAX)
      .map((payload) => ({ type: RTM.newAddress, flags, payload }));
    datagrams.push(datagramOf(messages, from));
  }
  return datagrams;
}
