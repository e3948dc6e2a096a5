/** Objects that nobody writes: they are what the agent sees, looked at anew, and kept only so that they can be followed. */
import type { WallTime } from "../net/time.ts";
import { metadataOf, withMetadata } from "../object/metadata.ts";
import type { JsonObject } from "../resource/json-schema.ts";
import { isSame } from "../resource/same.ts";
import type { Collection, ObjectChange, ObjectChanges, ObjectList } from "./collection.ts";

/** Whoever is further behind lists anew. */
const CHANGES_KEPT_MAX = 1000;

interface Entry {
  readonly version: number;
  readonly change: ObjectChange;
}

export class LiveCollection implements Collection {
  readonly #objects = new Map<string, JsonObject>();
  readonly #listeners = new Set<() => void>();
  #entries: Entry[] = [];
  /** Counted on from the time of the start, so that it never goes back across restarts. */
  #version: number;
  #beginning: number;

  constructor(startedAt: WallTime) {
    this.#version = startedAt;
    this.#beginning = startedAt;
  }

  /** All that there are now. */
  show(objects: readonly JsonObject[]): void {
    const next = new Set(objects.map(keyOf));
    const gone = [...this.#objects].filter(([key]) => !next.has(key)).map(([, object]) => object);
    this.change({ shown: objects, gone });
  }

  /** The others are as they were. What is gone need not have been shown. */
  change({ shown, gone }: { shown: readonly JsonObject[]; gone: readonly JsonObject[] }): void {
    const before = this.#version;
    for (const object of gone) this.#remove(keyOf(object));
    for (const object of shown) this.#put(keyOf(object), object);
    if (this.#version > before) for (const listener of [...this.#listeners]) listener();
  }

  async list(): Promise<ObjectList> {
    const objects = [...this.#objects].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, object]) => object);
    return { objects, version: String(this.#version) };
  }

  async get(namespace: string, name: string): Promise<JsonObject | null> {
    return this.#objects.get(`${namespace}/${name}`) ?? null;
  }

  async version(): Promise<string> {
    return String(this.#version);
  }

  async changesSince(version: string): Promise<ObjectChanges> {
    const from = Number(version);
    if (from < this.#beginning) return { state: "expired" };
    if (from > this.#version) return { state: "ahead" };
    const changes = this.#entries.filter((entry) => entry.version > from).map(({ change }) => change);
    return { state: "known", changes, version: String(this.#version) };
  }

  onVersion(changed: () => void): Disposable {
    const listener = (): void => changed();
    this.#listeners.add(listener);
    return { [Symbol.dispose]: () => this.#listeners.delete(listener) };
  }

  #remove(key: string): void {
    const known = this.#objects.get(key);
    if (known !== undefined) this.#note("DELETED", key, known);
  }

  #put(key: string, object: JsonObject): void {
    const known = this.#objects.get(key);
    const version = known === undefined ? "" : metadataOf(known).resourceVersion;
    if (known !== undefined && isSame(known, withMetadata(object, { resourceVersion: version }))) return;
    this.#note(known === undefined ? "ADDED" : "MODIFIED", key, object);
  }

  #note(type: ObjectChange["type"], key: string, object: JsonObject): void {
    this.#version += 1;
    const previous = this.#objects.get(key) ?? null;
    const versioned = withMetadata(object, { resourceVersion: String(this.#version) });
    if (type === "DELETED") this.#objects.delete(key);
    else this.#objects.set(key, versioned);
    this.#entries.push({ version: this.#version, change: { type, object: versioned, previous } });
    const dropped =
      this.#entries.length > 2 * CHANGES_KEPT_MAX ? this.#entries.splice(0, CHANGES_KEPT_MAX) : [];
    this.#beginning = dropped.at(-1)?.version ?? this.#beginning;
  }
}

function keyOf(object: JsonObject): string {
  const { namespace, name } = metadataOf(object);
  return `${namespace}/${name}`;
}
