/**
 * A slate in a file: one pwrite(2) into the page cache each time. A process that is killed has written it or not; on tmpfs,
 * where the runtime directory is, no disk is ever waited for.
 */
import { closeSync, ftruncateSync, openSync, writeSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { OperationFailure } from "../../port/failure.ts";
import type { Slate } from "../../port/slate.ts";

const MODE = 0o600;

export class SlateFile implements Slate, Disposable {
  readonly #path: string;
  /** Opened when first written: a successor that only looks leaves the other's file alone. */
  #file: number | null = null;
  #length = 0;

  constructor(path: string) {
    this.#path = path;
  }

  async read(): Promise<string | null> {
    return await readFile(this.#path, "utf8").catch(() => null);
  }

  write(content: Uint8Array): void {
    try {
      this.#file ??= openSync(this.#path, "w", MODE);
      writeSync(this.#file, content, 0, content.length, 0);
      if (content.length < this.#length) ftruncateSync(this.#file, content.length);
      this.#length = content.length;
    } catch (error) {
      const output = error instanceof Error ? error.message : String(error);
      throw new OperationFailure({ code: "store-refused", output }, error);
    }
  }

  [Symbol.dispose](): void {
    if (this.#file !== null) closeSync(this.#file);
    this.#file = null;
  }
}
