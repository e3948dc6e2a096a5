/**
 * Requests to rtnetlink: each is answered in the kernel's own words, or fails with the errno's name.
 *
 * Dumps have a socket of their own and take turns: the kernel allows one at a time, and npm `netlink` loses the thread
 * of a dump when the answer to another request comes between its parts.
 */
import { getSystemErrorName } from "node:util";
import { createNetlink, type NetlinkSocket } from "netlink/dist/netlink.js";
import type { NetlinkMessage } from "netlink/dist/structs.js";
import { SystemCallFailure } from "../libc/libc.ts";

const NETLINK_ROUTE = 0;
const NLMSG_ERROR = 2;
const NLM_F_DUMP = 0x300;
const NLM_F_DUMP_INTR = 0x10;
/** The kernel answers rtnetlink requests at once; a longer silence means that the answer was lost. */
const ANSWER_TIMEOUT_MS = 2_000;
/** A dump is repeated when the table changed under it. Ten in a row do not happen unless something floods the table. */
const DUMP_ATTEMPTS_MAX = 10;
/** Requests sent before the first is answered. Their answers must fit into the socket: npm `netlink` aborts if not. */
const REQUESTS_UNDER_WAY_MAX = 64;
const BUFFER_BYTES = 200_000;

export class RouteSocket implements Disposable {
  readonly #changes = new Lane(REQUESTS_UNDER_WAY_MAX);
  readonly #dumps = new Lane(1);

  /** Resolves when the kernel has carried the request out. Throws SystemCallFailure. */
  async request(type: number, payload: Uint8Array, flags: number): Promise<void> {
    await this.#changes.ask(type, payload, flags);
  }

  /** The payloads of a consistent dump. */
  async dump(type: number, payload: Uint8Array): Promise<readonly Uint8Array[]> {
    for (let attempt = 1; ; attempt++) {
      const messages = await this.#dumps.ask(type, payload, NLM_F_DUMP);
      const isTorn = messages.some((message) => (message.flags & NLM_F_DUMP_INTR) !== 0);
      if (!isTorn || attempt === DUMP_ATTEMPTS_MAX) return messages.map((message) => message.data);
    }
  }

  [Symbol.dispose](): void {
    this.#changes[Symbol.dispose]();
    this.#dumps[Symbol.dispose]();
  }
}

/** One socket and how many requests may be under way on it. */
class Lane implements Disposable {
  readonly #width: number;
  readonly #waiting: (() => void)[] = [];
  #underWay = 0;
  #socket: NetlinkSocket | null = null;

  constructor(width: number) {
    this.#width = width;
  }

  async ask(type: number, payload: Uint8Array, flags: number): Promise<readonly NetlinkMessage[]> {
    if (this.#underWay >= this.#width) await new Promise<void>((resolve) => this.#waiting.push(resolve));
    this.#underWay++;
    try {
      const options = { flags, timeout: ANSWER_TIMEOUT_MS, checkError: false };
      const [messages] = await this.#open().request(type, Buffer.from(payload), options).catch(noAnswer);
      throwRefusal(messages);
      return messages;
    } finally {
      this.#underWay--;
      this.#waiting.shift()?.();
    }
  }

  [Symbol.dispose](): void {
    this.#socket?.close();
    this.#socket = null;
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
