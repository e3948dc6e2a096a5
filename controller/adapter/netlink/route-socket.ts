/**
 * Dumps of the kernel's tables by rtnetlink. They take turns: the kernel allows one at a time on a socket, and npm
 * `netlink` loses the thread of a dump when the answer to another request comes between its parts.
 */
import { getSystemErrorName } from "node:util";
import { createNetlink, type NetlinkSocket } from "netlink/dist/netlink.js";
import type { NetlinkMessage } from "netlink/dist/structs.js";
import { SystemCallFailure } from "../libc/libc.ts";
import { NLM_F, NLMSG_ERROR } from "./framing.ts";
import { NETLINK_ROUTE } from "./request-socket.ts";

/** The kernel answers rtnetlink requests at once; a longer silence means that the answer was lost. */
const ANSWER_TIMEOUT_MS = 2_000;
/** A dump is repeated when the table changed under it. Ten in a row do not happen unless something floods the table. */
const DUMP_ATTEMPTS_MAX = 10;
const BUFFER_BYTES = 200_000;

export class RouteSocket implements Disposable {
  /** Resolves when the dump before has ended, however it did. */
  #turn: Promise<void> = Promise.resolve();
  #socket: NetlinkSocket | null = null;

  /** The payloads of a consistent dump. Throws SystemCallFailure. */
  async dump(type: number, payload: Uint8Array): Promise<readonly Uint8Array[]> {
    for (let attempt = 1; ; attempt++) {
      const messages = await this.#inTurn(() => this.#ask(type, payload));
      const isTorn = messages.some((message) => (message.flags & NLM_F.dumpInterrupted) !== 0);
      if (!isTorn || attempt === DUMP_ATTEMPTS_MAX) return messages.map((message) => message.data);
    }
  }

  [Symbol.dispose](): void {
    this.#socket?.close();
    this.#socket = null;
  }

  async #inTurn<Result>(act: () => Promise<Result>): Promise<Result> {
    const before = this.#turn;
    let end = (): void => undefined;
    this.#turn = new Promise((resolve) => {
      end = resolve;
    });
    await before;
    try {
      return await act();
    } finally {
      end();
    }
  }

  async #ask(type: number, payload: Uint8Array): Promise<readonly NetlinkMessage[]> {
    const options = { flags: NLM_F.dump, timeout: ANSWER_TIMEOUT_MS, checkError: false };
    const [messages] = await this.#open().request(type, Buffer.from(payload), options).catch(noAnswer);
    throwRefusal(messages);
    return messages;
  }

  #open(): NetlinkSocket {
    if (this.#socket !== null) return this.#socket;
    const socket = createNetlink(NETLINK_ROUTE, {
      recvBufferSize: BUFFER_BYTES,
      sendBufferSize: BUFFER_BYTES,
    });
    // What was under way runs into its time-out; the next request opens another socket. Closed outside of the callback,
    // since the library's native half is still using it there.
    socket.on("error", () => {
      if (this.#socket === socket) this.#socket = null;
      setImmediate(() => socket.close());
    });
    this.#socket = socket;
    return socket;
  }
}

/** The socket broke or the answer was lost; the library's sentence says which. */
function noAnswer(error: unknown): never {
  throw new SystemCallFailure("rtnetlink", error instanceof Error ? error.message : String(error));
}

function throwRefusal(messages: readonly NetlinkMessage[]): void {
  for (const message of messages) {
    const errno = message.type === NLMSG_ERROR ? message.data.readInt32LE(0) : 0;
    if (errno !== 0) throw new SystemCallFailure("rtnetlink", getSystemErrorName(errno));
  }
}
