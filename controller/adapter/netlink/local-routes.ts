/**
 * Whether the kernel takes what is sent to an IPv6 address. It has the address as soon as rtnetlink has answered, but puts
 * the route to itself into its table a little later, from a work queue: 1 ms on an idle machine, 30 ms on a busy one. Whoever
 * is told of the address in between sends into the void.
 */
import { setTimeout as sleep } from "node:timers/promises";
import type { Ipv6 } from "../../net/ipv6.ts";
import type { Libc } from "../libc/libc.ts";
import { datagramOf, HEADER_BYTES, messageType } from "./framing.ts";
import { encodeRouteQuestion, isLocalRoute, RTM } from "./messages.ts";
import { RequestSocket } from "./request-socket.ts";

const ANSWER_BYTES = 1024;
const LOOK_INTERVAL_MS = 1;
/** An address that is in the table and not routed after that long may have been removed again: whoever asks looks anyway. */
const LOOKS_MAX = 200;

export class LocalRoutes implements Disposable {
  readonly #socket: RequestSocket;

  constructor(libc: Libc) {
    this.#socket = new RequestSocket(libc, ANSWER_BYTES);
  }

  /** Resolves when what is sent to the address arrives here. Throws SystemCallFailure. */
  async led(linkIndex: number, address: Ipv6): Promise<void> {
    for (let look = 0; look < LOOKS_MAX && !this.#isLocal(linkIndex, address); look++) {
      await sleep(LOOK_INTERVAL_MS);
    }
  }

  [Symbol.dispose](): void {
    this.#socket[Symbol.dispose]();
  }

  #isLocal(linkIndex: number, address: Ipv6): boolean {
    const payload = encodeRouteQuestion(linkIndex, address);
    this.#socket.send(datagramOf([{ type: RTM.getRoute, flags: 0, payload }]));
    const answer = this.#socket.receive();
    if (answer === null || answer.length < HEADER_BYTES) return false;
    return messageType(answer) === RTM.newRoute && isLocalRoute(answer.subarray(HEADER_BYTES));
  }
}
