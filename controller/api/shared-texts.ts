/** Objects as JSON, for a hundred watchers who are told of the same one in the same moment: made once. */
import type { JsonObject } from "../resource/json-schema.ts";

/** More than change between two looks of the slowest watcher that is awake. */
const TEXTS_MAX = 64;

export class SharedTexts {
  /** Of objects that nobody changes: another content is another object. In the order in which they were made. */
  readonly #texts = new Map<JsonObject, string>();

  of(object: JsonObject): string {
    const known = this.#texts.get(object);
    if (known !== undefined) return known;
    const text = JSON.stringify(object);
    const [oldest] = this.#texts.keys();
    if (this.#texts.size >= TEXTS_MAX && oldest !== undefined) this.#texts.delete(oldest);
    this.#texts.set(object, text);
    return text;
  }

  get size(): number {
    return this.#texts.size;
  }
}
