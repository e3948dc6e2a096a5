/**
 * Takes the listening sockets of orphaned workers over, so that the next master inherits them and no connection is refused
 * in between. nginx inherits sockets for its own upgrade in the same way: the environment variable NGINX names them.
 */
import { type Libc, SystemCallFailure } from "../libc/libc.ts";
import type { NginxPlace } from "./place.ts";
import { listenersOf } from "./processes.ts";

/** The first descriptor of a child behind its standard ones. */
const FIRST_INHERITED = 3;

export class InheritedSockets implements Disposable {
  readonly #libc: Libc;
  /** Ours, to be given to the child in this order. */
  readonly descriptors: readonly number[];

  constructor(libc: Libc, descriptors: readonly number[]) {
    this.#libc = libc;
    this.descriptors = descriptors;
  }

  /** For nginx's environment. Nothing when there is nothing to inherit: it would not bind its sockets then. */
  get environment(): Readonly<Record<string, string>> {
    if (this.descriptors.length === 0) return {};
    const numbers = this.descriptors.map((_, index) => `${FIRST_INHERITED + index};`);
    return { NGINX: numbers.join("") };
  }

  [Symbol.dispose](): void {
    for (const descriptor of this.descriptors) this.#libc.close(descriptor);
  }
}

/** Nothing when there is nobody to take from, or the kernel does not let us: nginx then has to bind its sockets itself. */
export function takeSockets(libc: Libc, place: NginxPlace, orphans: readonly number[]): InheritedSockets {
  for (const pid of orphans) {
    const taken = attempt(() => takeFrom(libc, place, pid));
    if (taken !== null && taken.length > 0) return new InheritedSockets(libc, taken);
  }
  return new InheritedSockets(libc, []);
}

function takeFrom(libc: Libc, place: NginxPlace, pid: number): number[] {
  const pidfd = libc.pidfdOpen(pid);
  const taken: number[] = [];
  try {
    for (const descriptor of listenersOf(place, pid).keys()) taken.push(libc.pidfdGetFd(pidfd, descriptor));
    return taken;
  } catch (error) {
    for (const descriptor of taken) libc.close(descriptor);
    throw error;
  } finally {
    libc.close(pidfd);
  }
}

function attempt<T>(act: () => T): T | null {
  try {
    return act();
  } catch (error) {
    if (error instanceof SystemCallFailure) return null;
    throw error;
  }
}
