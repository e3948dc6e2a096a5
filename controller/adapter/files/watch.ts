/**
 * Hears from the kernel that something happens in a directory, below it, or to the path that leads to it. It says nothing of
 * what happened, may speak for no reason, and may miss what the kernel does not tell (NFS, overlays, no inotify watches
 * left): whoever listens must look, and must look now and then unasked.
 */
import { type FSWatcher, lstatSync, type Stats, watch } from "node:fs";
import { basename, dirname } from "node:path";
import { type FSWatcher as TreeWatcher, watch as watchTree } from "chokidar";
import type { Log } from "../../port/log.ts";
import { isHidden } from "./names.ts";

const DEPTH_MAX = 16;

export interface DirectoryWatchOptions {
  /** Absolute. */
  readonly root: string;
  /** Where there is no directory, only the way to it is watched. */
  readonly isThere: boolean;
  readonly heard: () => void;
  readonly log: Log;
}

export class DirectoryWatch implements Disposable {
  readonly #root: string;
  readonly #heard: () => void;
  readonly #log: Log;
  readonly #ancestors: FSWatcher[] = [];
  readonly #tree: TreeWatcher | null;

  /** Calls `heard` also once when the watch has been set up. */
  constructor({ root, isThere, heard, log }: DirectoryWatchOptions) {
    this.#root = root;
    this.#heard = heard;
    this.#log = log;
    this.#tree = isThere ? this.#watchTree() : null;
    for (let path = root; path !== dirname(path); path = dirname(path)) this.#watchAncestor(path);
  }

  [Symbol.dispose](): void {
    for (const watcher of this.#ancestors) watcher.close();
    this.#tree?.close().catch((error: unknown) => {
      this.#log.debug("closing a file watch failed", { directory: this.#root, error: String(error) });
    });
  }

  #watchTree(): TreeWatcher {
    const tree = watchTree(this.#root, {
      ignoreInitial: true,
      // Would hold deletions back for 100 ms, to join them with the creation that follows in a replacement.
      atomic: false,
      ignorePermissionErrors: true,
      depth: DEPTH_MAX,
      ignored: (path, stats) => this.#isIgnored(path, stats),
    });
    tree.on("raw", this.#heard);
    tree.on("ready", this.#heard);
    tree.on("error", (error) => this.#missing(this.#root, error));
    return tree;
  }

  /**
   * A watch on a directory tells of changes within its files too, so that a watch on each file would only cost memory and
   * inotify watches. A link to a file elsewhere does need one.
   */
  #isIgnored(path: string, stats: Stats | undefined): boolean {
    if (path === this.#root) return false;
    if (isHidden(basename(path))) return true;
    return stats?.isFile() === true && !isLink(path);
  }

  /** A parent tells when the next step on the way to the root is made, moved, removed or pointed elsewhere. */
  #watchAncestor(child: string): void {
    const parent = dirname(child);
    const step = basename(child);
    try {
      const watcher = watch(parent, (_event, name) => {
        if (name === null || name === step) this.#heard();
      });
      watcher.on("error", (error) => this.#missing(parent, error));
      this.#ancestors.push(watcher);
    } catch (error) {
      this.#missing(parent, error);
    }
  }

  #missing(path: string, error: unknown): void {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return;
    this.#log.warn("the kernel cannot watch a directory; changes there are noticed more slowly", {
      directory: path,
      error: String(error),
    });
  }
}

function isLink(path: string): boolean {
  try {
    return lstatSync(path).isSymbolicLink();
  } catch {
    // Gone already: nothing to watch.
    return false;
  }
}
