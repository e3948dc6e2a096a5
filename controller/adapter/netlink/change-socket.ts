/**
 * Changes to the kernel's tables, many in one system call: what is asked for within one turn goes as one datagram, and the
 * kernel has carried all of it out and answered each before sendto(2) returns. A takeover of 250 addresses is four calls
 * instead of a thousand turns of the event loop.
 */
import { type Libc, SystemCallFailure } from "../libc/libc.ts";
import { datagramOf, decodeVerdict, NLM_F, type RouteMessage } from "./framing.ts";
import { CHANGES_PER_CALL_MAX, type RequestSocket, socketForChanges } from "./request-socket.ts";

interface Request extends RouteMessage {
  readonly done: () => void;
  readonly failed: (failure: SystemCallFailure) => void;
}

export class ChangeSocket implements Disposable {
  readonly #socket: RequestSocket;
  #waiting: Request[] = [];
  #sequence = 0;

  constructor(libc: Libc) {
    this.#socket = socketForChanges(libc);
  }

  /** Resolves when the kernel has carried the request out. Rejects with SystemCallFailure. */
  request(type: number, payload: Uint8Array, flags: number): Promise<void> {
    return new Promise((done, failed) => {
      if (this.#waiting.length === 0) queueMicrotask(() => this.#flush());
      this.#waiting.push({ type, payload, flags: NLM_F.ack | flags, done, failed });
    });
  }

  [Symbol.dispose](): void {
    this.#socket[Symbol.dispose]();
  }

  #flush(): void {
    const requests = this.#waiting;
    this.#waiting = [];
    for (let from = 0; from < requests.length; from += CHANGES_PER_CALL_MAX) {
      this.#carryOut(requests.slice(from, from + CHANGES_PER_CALL_MAX));
    }
  }

  #carryOut(requests: readonly Request[]): void {
    const first = this.#sequence + 1;
    this.#sequence += requests.length;
    const open = new Map(requests.map((request, index) => [first + index, request]));
    try {
      this.#socket.send(datagramOf(requests, first));
      this.#readAnswers(open);
    } catch (error) {
      if (!(error instanceof SystemCallFailure)) throw error;
      // A socket that has failed may have answers of these requests left in it.
      this[Symbol.dispose]();
      for (const request of open.values()) request.failed(error);
      return;
    }
    // The kernel answers every request that it has taken, before it returns.
    for (const request of open.values()) request.failed(new SystemCallFailure("rtnetlink", "no answer"));
  }

  #readAnswers(open: Map<number, Request>): void {
    while (open.size > 0) {
      const answer = this.#socket.receive();
      if (answer === null) return;
      const verdict = decodeVerdict(answer);
      if (verdict === null) continue;
      const request = open.get(verdict.sequence);
      open.delete(verdict.sequence);
      if (verdict.refusal === null) request?.done();
      else request?.failed(new SystemCallFailure("rtnetlink", verdict.refusal));
    }
  }
}
