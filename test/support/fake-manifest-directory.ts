/** A manifest directory in memory. A change is told of at once. */
import type { Listing, ManifestDirectory } from "../../controller/port/manifest-files.ts";

export class FakeManifestDirectory implements ManifestDirectory {
  readonly path: string;
  readonly #files = new Map<string, string>();
  readonly #unreadable = new Map<string, string>();
  readonly #listeners = new Set<() => void>();
  #isThere = true;

  constructor(path = "/manifests") {
    this.path = path;
  }

  async read(): Promise<Listing> {
    if (!this.#isThere) return { available: false, message: `ENOENT: ${this.path} is not there` };
    const files = [...this.#files]
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([path, text]) => ({ path, text }));
    const unreadable = [...this.#unreadable].map(([path, message]) => ({ path, message }));
    return { available: true, files, unreadable };
  }

  onChange(changed: () => void): Disposable {
    const listener = (): void => changed();
    this.#listeners.add(listener);
    return { [Symbol.dispose]: () => this.#listeners.delete(listener) };
  }

  write(path: string, text: string): void {
    this.#unreadable.delete(path);
    this.#files.set(path, text);
    this.#tell();
  }

  remove(path: string): void {
    this.#unreadable.delete(path);
    this.#files.delete(path);
    this.#tell();
  }

  makeUnreadable(path: string, message: string): void {
    this.#files.delete(path);
    this.#unreadable.set(path, message);
    this.#tell();
  }

  /** The directory goes out of sight with all its files, or comes back with them. */
  setThere(isThere: boolean): void {
    this.#isThere = isThere;
    this.#tell();
  }

  #tell(): void {
    for (const listener of [...this.#listeners]) listener();
  }
}
