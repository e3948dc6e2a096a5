/** What the store lists, kept in order while it changes: a list costs nothing as long as nothing changes, and little when one does. */
import { lowerBound } from "../resource/lower-bound.ts";
import type { StoredResource } from "../resource/stored.ts";

export class SortedList {
  /** In step with the values. */
  readonly #keys: string[] = [];
  #values: StoredResource[] = [];
  #isShared = false;

  /** By kind, namespace and name. The same array until something changes; it is frozen. */
  all(): readonly StoredResource[] {
    this.#isShared = true;
    return Object.freeze(this.#values);
  }

  /** `key`: of `formatKey`. null takes it out. */
  set(key: string, value: StoredResource | null): void {
    // A slash sorts after the hyphen that a name may go on with: by kind, namespace and name, not by the text of the key.
    const sortable = key.replaceAll("/", "\0");
    const at = this.#placeOf(sortable);
    const isThere = this.#keys[at] === sortable;
    if (value === null && !isThere) return;
    if (this.#isShared) this.#values = [...this.#values];
    this.#isShared = false;
    if (value === null) this.#replace(at, 1);
    else if (isThere) this.#values[at] = value;
    else this.#replace(at, 0, [sortable, value]);
  }

  #replace(at: number, count: number, ...added: readonly (readonly [string, StoredResource])[]): void {
    this.#keys.splice(at, count, ...added.map(([key]) => key));
    this.#values.splice(at, count, ...added.map(([, value]) => value));
  }

  /** Most come in order, when a store is read. */
  #placeOf(key: string): number {
    const last = this.#keys.at(-1);
    if (last === undefined || last < key) return this.#keys.length;
    return lowerBound(this.#keys.length, (index) => (this.#keys[index] ?? "") < key);
  }
}
