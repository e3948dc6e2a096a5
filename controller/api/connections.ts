/**
 * Which connections are kept when there are too many. One is a stranger's until a request on it was let in. A new one takes the place of
 * the oldest stranger's, so that nobody keeps others out by opening connections and leaving them alone; never that of a known user.
 */
import type { Server, Socket } from "node:net";

/** Watches, and a request or two of each of their clients. */
const CONNECTIONS_MAX = 1_000;
/** What one user has beyond this may be taken away like a stranger's. */
const OF_USER_MAX = 500;

export class Connections {
  /** Oldest first. */
  readonly #strangers = new Map<string, Socket>();
  /** Whose it is. */
  readonly #known = new Map<string, string>();
  readonly #ofUser = new Map<string, number>();

  watch(server: Server): void {
    server.on("connection", (socket: Socket) => this.#arrive(socket));
  }

  /** `socket` may be what TLS has made of it: its ends are the same. */
  letIn(socket: Socket, user: string): void {
    const ends = endsOf(socket);
    const count = this.#ofUser.get(user) ?? 0;
    if (!this.#strangers.has(ends) || count >= OF_USER_MAX) return;
    this.#strangers.delete(ends);
    this.#known.set(ends, user);
    this.#ofUser.set(user, count + 1);
  }

  #arrive(socket: Socket): void {
    const ends = endsOf(socket);
    const [oldest] = this.#strangers;
    if (this.#strangers.size + this.#known.size >= CONNECTIONS_MAX) {
      if (oldest === undefined) {
        socket.destroy();
        return;
      }
      this.#strangers.delete(oldest[0]);
      oldest[1].destroy();
    }
    this.#strangers.set(ends, socket);
    socket.once("close", () => this.#leave(ends, socket));
  }

  #leave(ends: string, socket: Socket): void {
    // The same ends may be those of another connection by now.
    if (this.#strangers.get(ends) === socket) this.#strangers.delete(ends);
    const user = this.#known.get(ends);
    if (user === undefined) return;
    this.#known.delete(ends);
    const count = (this.#ofUser.get(user) ?? 1) - 1;
    if (count > 0) this.#ofUser.set(user, count);
    else this.#ofUser.delete(user);
  }
}

const endsOf = ({ remoteAddress, remotePort, localAddress }: Socket): string =>
  `${remoteAddress} ${remotePort} ${localAddress}`;
