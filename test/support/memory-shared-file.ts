/** A shared file in memory, which can be made to fail. */
import { OperationFailure } from "../../controller/port/failure.ts";
import type { SharedFile } from "../../controller/port/shared-file.ts";

export class MemorySharedFile implements SharedFile {
  #text: string | null;
  #versions = 0;
  isUnreadable = false;
  readings = 0;

  constructor(text: string | null = null) {
    this.#text = text;
  }

  async version(): Promise<string | null> {
    this.#require();
    return this.#text === null ? null : `${this.#versions}`;
  }

  async read(): Promise<string | null> {
    this.#require();
    this.readings++;
    return this.#text;
  }

  async update(change: (text: string | null) => string): Promise<string> {
    this.#require();
    const text = change(this.#text);
    if (text !== this.#text) this.#versions++;
    this.#text = text;
    return text;
  }

  #require(): void {
    if (this.isUnreadable)
      throw new OperationFailure({ code: "store-unusable", path: "tokens.json", output: "EIO" });
  }
}
