/** Answers whether a named process lives, and says at once when the one that was seen has died. */
import { type Libc, SystemCallFailure } from "../libc/libc.ts";
import { watchExit } from "./pidfd.ts";
import { type FoundProcess, findProcess, isAlive, lastPid } from "./process-table.ts";

/** The kernel does not tell of a process that appears. While one is missed, somebody waits for it. */
const MISSED_LOOK_MS = 250;

export class ProcessWatch {
  readonly #libc: Libc;
  /** The process that was seen last, by name: asking after it costs one small read. */
  readonly #seen = new Map<string, FoundProcess>();

  constructor(libc: Libc) {
    this.#libc = libc;
  }

  find(name: string): FoundProcess | null {
    const seen = this.#seen.get(name);
    if (seen !== undefined && isAlive(seen, name)) return seen;
    const found = findProcess(name);
    if (found === null) this.#seen.delete(name);
    else this.#seen.set(name, found);
    return found;
  }

  /** Calls back when the process has died, or when one has appeared that was missed. */
  onHint(name: string, hint: () => void): Disposable {
    let current: Disposable;
    let watched: FoundProcess | null;
    const watch = (found: FoundProcess | null): void => {
      watched = found;
      current = found === null ? this.#awaitBirth(name, changed) : this.#awaitDeath(found, name, changed);
    };
    const follow = (): void => {
      const told = watched;
      // As it was when somebody looked last: forgotten when it was looked for in vain, and the one that was told of when
      // nobody has looked since.
      const known = this.#seen.get(name) ?? null;
      const found = this.find(name);
      watch(found);
      const isNews = known === null ? found !== null : known !== told && known !== found;
      if (isNews) hint();
    };
    const changed = (): void => {
      // Whoever is told looks first, so that the news is not held up by a second look through all processes.
      const following = setImmediate(follow);
      current = { [Symbol.dispose]: () => clearImmediate(following) };
      hint();
    };
    watch(this.find(name));
    return {
      [Symbol.dispose]: () => current[Symbol.dispose](),
    };
  }

  #awaitBirth(name: string, born: () => void): Disposable {
    let before: number | null = null;
    let looksLeft = 1;
    return every(MISSED_LOOK_MS, () => {
      const last = lastPid();
      // One more look after the last fork: a process bears its name only once it has executed its program.
      if (last === null || last !== before) looksLeft = 2;
      before = last;
      looksLeft -= 1;
      return looksLeft >= 0 && this.find(name) !== null ? born : null;
    });
  }

  #awaitDeath(found: FoundProcess, name: string, died: () => void): Disposable {
    try {
      const exit = watchExit(this.#libc, found.pid, died);
      if (isAlive(found, name)) return exit;
      // It died before it could be watched, and the pid may be another's by now.
      exit[Symbol.dispose]();
    } catch (error) {
      if (!(error instanceof SystemCallFailure)) throw error;
      // No descriptor to be had: look now and then instead.
    }
    return every(MISSED_LOOK_MS, () => (isAlive(found, name) ? null : died));
  }
}

/** Looks at intervals until something was seen, then calls what the look returned, once. Does not keep the process alive. */
function every(intervalMs: number, look: () => (() => void) | null): Disposable {
  const timer = setInterval(() => {
    const seen = look();
    if (seen === null) return;
    clearInterval(timer);
    seen();
  }, intervalMs);
  timer.unref();
  return { [Symbol.dispose]: () => clearInterval(timer) };
}
