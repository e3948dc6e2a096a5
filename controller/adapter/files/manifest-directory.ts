/**
 * ManifestDirectory on a real directory. What it tells of is that the directory no longer is what was last read; the kernel's
 * events only say when to compare, and a slow look of its own makes up for those that never come.
 */
import { resolve } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { Log } from "../../port/log.ts";
import type { Listing, ManifestDirectory } from "../../port/manifest-files.ts";
import { type Look, lookAt } from "./look.ts";
import { readAll } from "./read.ts";
import { DirectoryWatch } from "./watch.ts";

/** Writers that write in place pause for less; a person who waits for the effect does not notice. */
const QUIET_MS = 50;
/** One file that is written without a pause must not hold back all others for longer. */
const UNREST_MS_MAX = 2000;
/** Between looks that no event asked for. */
const RELOOK_MS = 2000;
/** Such looks take no more than half a thousandth of the time, however large the directory and slow the disk. */
const RELOOK_SHARE = 2000;
/** A directory that changes while it is read is read again so often. The next change will be told of anyway. */
const READ_ATTEMPTS = 3;

export class WatchedDirectory implements ManifestDirectory {
  readonly path: string;
  readonly #root: string;
  readonly #log: Log;
  #lastRead: string | null = null;

  constructor(path: string, log: Log) {
    this.path = path;
    this.#root = resolve(path);
    this.#log = log;
  }

  async read(): Promise<Listing> {
    for (let attempt = 1; ; attempt++) {
      const before = await lookAt(this.#root);
      const listing = await readAll(this.#root, before);
      this.#lastRead = before.signature;
      const after = await lookAt(this.#root);
      if (before.signature === after.signature || attempt === READ_ATTEMPTS) return listing;
      await sleep(QUIET_MS);
    }
  }

  onChange(changed: () => void): Disposable {
    const follower = new Follower({
      root: this.#root,
      isNews: (look) => look.signature !== this.#lastRead,
      changed,
      log: this.#log,
    });
    follower.start();
    return follower;
  }
}

interface FollowerOptions {
  readonly root: string;
  readonly isNews: (look: Look) => boolean;
  readonly changed: () => void;
  readonly log: Log;
}

/** Watches on behalf of one listener. */
class Follower implements Disposable {
  readonly #options: FollowerOptions;
  readonly #stopped = new AbortController();
  #watch: DirectoryWatch | null = null;
  #watchedShape: string | null = null;
  #hasHeard = false;
  #isSettling = false;
  #lookMs = 0;

  constructor(options: FollowerOptions) {
    this.#options = options;
  }

  start(): void {
    this.#hear();
    this.#supervise(this.#relook());
  }

  [Symbol.dispose](): void {
    this.#stopped.abort();
    this.#watch?.[Symbol.dispose]();
  }

  /** Any number of these during one settling cause at most one more. */
  #hear(): void {
    this.#hasHeard = true;
    if (this.#isSettling) return;
    this.#isSettling = true;
    this.#supervise(this.#follow());
  }

  async #follow(): Promise<void> {
    while (this.#hasHeard) {
      const look = await this.#settle();
      this.#watchAgainIfNeeded(look);
      if (this.#options.isNews(look)) this.#options.changed();
    }
    this.#isSettling = false;
  }

  /** Looks until neither the kernel nor two looks in a row tell of a change. */
  async #settle(): Promise<Look> {
    const end = performance.now() + UNREST_MS_MAX;
    let before = await this.#look();
    for (;;) {
      this.#hasHeard = false;
      await this.#wait(QUIET_MS);
      const after = await this.#look();
      const isQuiet = !this.#hasHeard && before.signature === after.signature;
      if (isQuiet || performance.now() > end) return after;
      before = after;
    }
  }

  async #relook(): Promise<void> {
    for (;;) {
      await this.#wait(toWholeSecond(Math.max(RELOOK_MS, this.#lookMs * RELOOK_SHARE)));
      const look = await this.#look();
      if (this.#options.isNews(look) || look.shape !== this.#watchedShape) this.#hear();
    }
  }

  async #look(): Promise<Look> {
    const start = performance.now();
    const look = await lookAt(this.#options.root);
    this.#stopped.signal.throwIfAborted();
    this.#lookMs = performance.now() - start;
    return look;
  }

  async #wait(spanMs: number): Promise<void> {
    await sleep(spanMs, undefined, { signal: this.#stopped.signal });
  }

  /** Another directory in the place of the old one, or one more, is not in the watch that there is. */
  #watchAgainIfNeeded(look: Look): void {
    if (look.shape === this.#watchedShape) return;
    this.#watchedShape = look.shape;
    this.#watch?.[Symbol.dispose]();
    const { root, log } = this.#options;
    this.#watch = new DirectoryWatch({ root, isThere: look.available, heard: () => this.#hear(), log });
    // What happened until the watch stood was not heard.
    this.#hasHeard = true;
  }

  /** Both loops end by the abort, whatever they wait for then. Anything else is a bug and must not be hidden. */
  #supervise(loop: Promise<void>): void {
    loop.catch((error: unknown) => {
      if (!this.#stopped.signal.aborted) throw error;
    });
  }
}

/** The span, cut so that it ends on a whole second: then the checks wake the process anyway (see probe/check-run.ts). */
function toWholeSecond(spanMs: number): number {
  const now = performance.now();
  return Math.floor((now + spanMs) / 1000) * 1000 - now;
}
