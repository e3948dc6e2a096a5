/** Connections from one address on which nobody known has asked anything yet. */
import type { Socket } from "node:net";

export interface Stranger {
  readonly connection: Pick<Socket, "bytesRead">;
}

export class Strangers<S extends Stranger> {
  /** Oldest first; some may have been heard since they were last looked at. */
  readonly #silent = new Set<S>();
  readonly #heard = new Set<S>();

  get size(): number {
    return this.#silent.size + this.#heard.size;
  }

  add(stranger: S): void {
    this.#silent.add(stranger);
  }

  remove(stranger: S): void {
    if (!this.#silent.delete(stranger)) this.#heard.delete(stranger);
  }

  /** The oldest that has said nothing: an honest client begins its handshake at once. When all have spoken, the oldest. */
  leastWanted(): S | null {
    for (const stranger of this.#silent) {
      if (stranger.connection.bytesRead === 0) return stranger;
      this.#silent.delete(stranger);
      this.#heard.add(stranger);
    }
    return this.#heard.values().next().value ?? null;
  }
}
