/**
 * Which connections are kept when there are too many. One is a stranger's until a request on it was let in. A new one takes the place of
 * a stranger's, so that nobody keeps others out by opening connections and leaving them alone; never that of a known user.
 */
import type { EventEmitter } from "node:events";
import type { Socket } from "node:net";
import { Strangers } from "./strangers.ts";

/** Watches, and a request or two of each of their clients. */
const CONNECTIONS_MAX = 1_000;
/** What one user has beyond this may be taken away like a stranger's. */
const OF_USER_MAX = 500;

type Ends = Pick<Socket, "remoteAddress" | "remotePort" | "localAddress">;

export type Connection = Ends &
  Pick<Socket, "bytesRead"> & {
    destroy(): unknown;
    once(event: "close", closed: () => void): unknown;
  };

interface Guest {
  readonly ends: string;
  readonly from: string;
  readonly connection: Connection;
  /** null: a stranger. */
  user: string | null;
}

export class Connections {
  /** By their ends. */
  readonly #guests = new Map<string, Guest>();
  /** By the address they come from; none is empty. */
  readonly #strangers = new Map<string, Strangers<Guest>>();
  readonly #ofUser = new Map<string, number>();

  watch(server: EventEmitter): void {
    server.on("connection", (connection: Connection) => this.#arrive(connection));
  }

  /** `connection` may be what TLS has made of it: its ends are the same. */
  letIn(connection: Ends, user: string): void {
    const guest = this.#guests.get(endsOf(connection));
    const count = this.#ofUser.get(user) ?? 0;
    if (guest === undefined || guest.user !== null || count >= OF_USER_MAX) return;
    this.#noLongerStranger(guest);
    guest.user = user;
    this.#ofUser.set(user, count + 1);
  }

  #arrive(connection: Connection): void {
    if (this.#guests.size >= CONNECTIONS_MAX) {
      const victim = this.#leastWanted();
      if (victim === null) {
        connection.destroy();
        return;
      }
      this.#leave(victim);
      victim.connection.destroy();
    }
    const from = connection.remoteAddress ?? "";
    const guest = { ends: endsOf(connection), from, connection, user: null };
    this.#guests.set(guest.ends, guest);
    const strangers = this.#strangers.get(from) ?? new Strangers();
    strangers.add(guest);
    this.#strangers.set(from, strangers);
    connection.once("close", () => this.#leave(guest));
  }

  /** Of the address that has most: whoever crowds crowds out their own. */
  #leastWanted(): Guest | null {
    let most: Strangers<Guest> | null = null;
    for (const strangers of this.#strangers.values())
      if (most === null || strangers.size > most.size) most = strangers;
    return most?.leastWanted() ?? null;
  }

  /** Once or again. */
  #leave(guest: Guest): void {
    // The same ends may be those of another connection by now.
    if (this.#guests.get(guest.ends) === guest) this.#guests.delete(guest.ends);
    this.#noLongerStranger(guest);
    const { user } = guest;
    if (user === null) return;
    guest.user = null;
    const count = (this.#ofUser.get(user) ?? 1) - 1;
    if (count > 0) this.#ofUser.set(user, count);
    else this.#ofUser.delete(user);
  }

  #noLongerStranger(guest: Guest): void {
    const strangers = this.#strangers.get(guest.from);
    strangers?.remove(guest);
    if (strangers?.size === 0) this.#strangers.delete(guest.from);
  }
}

const endsOf = ({ remoteAddress, remotePort, localAddress }: Ends): string =>
  `${remoteAddress} ${remotePort} ${localAddress}`;
