/** A look at a manifest directory without reading the files: what is there, and by what one tells that it has changed. */
import type { BigIntStats, Dirent } from "node:fs";
import { readdir, stat } from "node:fs/promises";
import { basename, dirname } from "node:path";
import { isHidden, isManifestName } from "./names.ts";

/** More is not a directory of manifests. */
export const FILES_MAX = 1000;
/** Of any kind, over all sub-directories: bounds the time of a look when someone names `/` by mistake. */
const ENTRIES_MAX = 10_000;
const DEPTH_MAX = 16;

/** A file that has a manifest's name, whatever it is. */
export interface SeenFile {
  /** Relative to the directory, with `/`. */
  readonly path: string;
  /** null for a symbolic link that points to nothing. */
  readonly stats: BigIntStats | null;
}

export type Look =
  | {
      readonly available: true;
      /** Sorted by path. */
      readonly files: readonly SeenFile[];
      /** Sub-directories that could not be listed. */
      readonly unlisted: readonly { readonly path: string; readonly message: string }[];
      /** Differs whenever a file may have another content. */
      readonly signature: string;
      /** Differs whenever another set of directories has to be watched. */
      readonly shape: string;
    }
  | {
      readonly available: false;
      readonly message: string;
      readonly signature: string;
      readonly shape: string;
    };

/** `root` is absolute. */
export async function lookAt(root: string): Promise<Look> {
  const way = await identitiesOfAncestors(root);
  try {
    const search = new Search(root);
    await search.run();
    return search.result(way);
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    return { available: false, message, signature: `unavailable: ${message}`, shape: way };
  }
}

/** The directories on the way to `root`, as far as they are there. */
async function identitiesOfAncestors(root: string): Promise<string> {
  const ancestors: string[] = [];
  for (let path = root; path !== dirname(path); ) {
    path = dirname(path);
    ancestors.push(path);
  }
  // At once, as below.
  const identities = await Promise.all(ancestors.map(identityUnlessMissing));
  return identities.join(" ");
}

async function identityUnlessMissing(path: string): Promise<string> {
  try {
    return identityOf(await stat(path, { bigint: true }));
  } catch {
    return "missing";
  }
}

class Search {
  readonly #root: string;
  readonly #files: SeenFile[] = [];
  readonly #unlisted: { path: string; message: string }[] = [];
  readonly #directories: string[] = [];
  /** A symbolic link may lead back up. */
  readonly #visited = new Set<string>();
  readonly #links: { path: string; depth: number }[] = [];
  #entries = 0;

  constructor(root: string) {
    this.#root = root;
  }

  result(way: string): Look {
    const files = this.#files.sort(byPath);
    const signature = [
      ...files.map(({ path, stats }) => `${path} ${stats === null ? "dangling" : versionOf(stats)}`),
      ...this.#unlisted.map(({ path, message }) => `${path} ${message}`).sort(),
    ].join("\n");
    const shape = [way, ...this.#directories.sort()].join("\n");
    return { available: true, files, unlisted: this.#unlisted, signature, shape };
  }

  /** Links come last, so that a directory that is reached both ways has its own name and not the link's. */
  async run(): Promise<void> {
    await this.#descend("", 0);
    this.#links.sort(byPath);
    for (let link = this.#links.shift(); link !== undefined; link = this.#links.shift()) {
      await this.#follow(link.path, link.depth);
      this.#links.sort(byPath);
    }
  }

  async #descend(path: string, depth: number): Promise<void> {
    const identity = identityOf(await stat(this.#absolute(path), { bigint: true }));
    if (this.#visited.has(identity) || depth > DEPTH_MAX) return;
    this.#visited.add(identity);
    const entries = await readdir(this.#absolute(path), { withFileTypes: true });
    this.#directories.push(`${path} ${identity}`);
    this.#entries += entries.length;
    if (this.#entries > ENTRIES_MAX) throw new Error(`more than ${ENTRIES_MAX} entries in ${this.#root}`);
    const visible = entries.filter(({ name }) => !isHidden(name));
    // At once: it halves the time, and a look is taken every few seconds for as long as the agent runs.
    await Promise.all(
      visible.map((entry) => this.#visit(path === "" ? entry.name : `${path}/${entry.name}`, entry, depth)),
    );
  }

  async #visit(path: string, entry: Dirent, depth: number): Promise<void> {
    if (entry.isSymbolicLink()) this.#links.push({ path, depth });
    else if (entry.isDirectory()) await this.#enter(path, depth + 1);
    else if (isManifestName(entry.name)) {
      const stats = await this.#statOf(path);
      // null: gone since the directory was listed, which is as if it had not been listed.
      if (stats !== null) this.#files.push({ path, stats });
    }
  }

  /** A link to nothing is there all the same: what it stood for is out of sight rather than removed. */
  async #follow(path: string, depth: number): Promise<void> {
    const stats = await this.#statOf(path);
    if (stats?.isDirectory()) await this.#enter(path, depth + 1);
    else if (isManifestName(basename(path))) this.#files.push({ path, stats });
  }

  async #enter(path: string, depth: number): Promise<void> {
    try {
      await this.#descend(path, depth);
    } catch (error) {
      if (this.#entries > ENTRIES_MAX) throw error;
      if (!isMissing(error)) this.#unlisted.push({ path, message: String(error) });
    }
  }

  async #statOf(path: string): Promise<BigIntStats | null> {
    try {
      return await stat(this.#absolute(path), { bigint: true });
    } catch (error) {
      if (isMissing(error) || codeOf(error) === "ELOOP") return null;
      throw error;
    }
  }

  #absolute(path: string): string {
    return path === "" ? this.#root : `${this.#root}/${path}`;
  }
}

/** Two contents of a file have different versions, as far as the file system can tell them apart. */
export const versionOf = ({ dev, ino, size, mtimeNs, ctimeNs }: BigIntStats): string =>
  `${dev}:${ino} ${size} ${mtimeNs} ${ctimeNs}`;

const byPath = (a: { path: string }, b: { path: string }): number => (a.path < b.path ? -1 : 1);

const identityOf = ({ dev, ino }: BigIntStats): string => `${dev}:${ino}`;

const isMissing = (error: unknown): boolean => codeOf(error) === "ENOENT";

const codeOf = (error: unknown): unknown =>
  error instanceof Error && "code" in error ? error.code : undefined;
