/** Wakes whoever waits for a change: on the death of the master, and when somebody else's port may be free. */
import type { PortHolder } from "../../nginx/state.ts";
import type { Libc } from "../libc/libc.ts";
import { watchExit } from "../process/pidfd.ts";
import { foreignSockets } from "./port-holders.ts";

/** A process may let go of a port without ending, which nothing tells. Only while a port is held by somebody else. */
const LOOK_AGAIN_MS = 250;

export interface Watched {
  readonly master: number | null;
  readonly holders: readonly PortHolder[];
  /** Ports that are wanted, and our own processes. */
  readonly ports: ReadonlySet<number>;
  readonly ours: readonly number[];
}

export class Wakes implements Disposable {
  readonly #libc: Libc;
  readonly #listeners = new Set<() => void>();
  readonly #exits = new Map<number, Disposable>();
  #timer: NodeJS.Timeout | null = null;
  #watched: Watched | null = null;

  constructor(libc: Libc) {
    this.#libc = libc;
  }

  subscribe(changed: () => void): Disposable {
    this.#listeners.add(changed);
    if (this.#watched !== null) this.watch(this.#watched);
    return {
      [Symbol.dispose]: () => {
        this.#listeners.delete(changed);
        if (this.#listeners.size === 0) this.#rest();
      },
    };
  }

  /** What was seen last is what may change next. */
  watch(watched: Watched): void {
    this.#watched = watched;
    if (this.#listeners.size === 0) return;
    const pids = new Set([watched.master ?? 0, ...watched.holders.map(({ pid }) => pid)]);
    pids.delete(0);
    for (const [pid, exit] of this.#exits) {
      if (pids.has(pid)) continue;
      exit[Symbol.dispose]();
      this.#exits.delete(pid);
    }
    for (const pid of pids) {
      if (!this.#exits.has(pid))
        this.#exits.set(
          pid,
          watchExit(this.#libc, pid, () => this.#ended(pid)),
        );
    }
    this.#lookAgainWhile(watched);
  }

  [Symbol.dispose](): void {
    this.#listeners.clear();
    this.#rest();
  }

  #ended(pid: number): void {
    this.#exits.delete(pid);
    this.#wake();
  }

  #lookAgainWhile({ holders, ports, ours }: Watched): void {
    if (this.#timer !== null) clearInterval(this.#timer);
    this.#timer = null;
    if (holders.length === 0) return;
    const before = inodesOf(ports, ours);
    this.#timer = setInterval(() => {
      if (inodesOf(ports, ours) !== before) this.#wake();
    }, LOOK_AGAIN_MS);
  }

  #rest(): void {
    for (const exit of this.#exits.values()) exit[Symbol.dispose]();
    this.#exits.clear();
    if (this.#timer !== null) clearInterval(this.#timer);
    this.#timer = null;
  }

  #wake(): void {
    for (const changed of this.#listeners) changed();
  }
}

const inodesOf = (ports: ReadonlySet<number>, ours: readonly number[]): string =>
  foreignSockets(ports, ours)
    .map(({ inode }) => inode)
    .sort()
    .join();
