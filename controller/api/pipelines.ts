/** What is being answered on each connection: HTTP/1.1 lets a client send the next request before it has its answer. */
import type { ServerResponse } from "node:http";
import type { Socket } from "node:net";

/** No client of ours sends more than one; whoever does more than this has nothing good in mind. */
const PIPELINED_MAX = 16;

export class Pipelines {
  readonly #open = new WeakMap<Socket, Set<() => void>>();

  /** Calls `ended` once, when the answer has gone out or nobody is there to take it. false: it will not, and the connection is to be ended. */
  begin(socket: Socket, response: ServerResponse, ended: () => void): boolean {
    const open = this.#openOn(socket);
    if (socket.destroyed || socket.writableEnded || open.size >= PIPELINED_MAX) return false;
    const end = (): void => {
      if (open.delete(end)) ended();
    };
    open.add(end);
    // An answer that waits behind others on a connection that closes says nothing itself.
    response.once("close", end);
    return true;
  }

  #openOn(socket: Socket): Set<() => void> {
    const known = this.#open.get(socket);
    if (known !== undefined) return known;
    const open = new Set<() => void>();
    this.#open.set(socket, open);
    socket.once("close", () => {
      for (const end of [...open]) end();
    });
    return open;
  }
}
