/** A log file with a limit: when it is full it becomes `PATH.1`, replacing the one before, and a new one begins. */
import { closeSync, fstatSync, openSync, renameSync, writeSync } from "node:fs";

/** Some ten thousand lines; with the file before it, what an incident needs. */
const FILE_BYTES_MAX = 2_000_000;
const MODE = 0o600;

export class BoundedFile {
  readonly #path: string;
  readonly #bytesMax: number;
  #descriptor: number;
  #bytes: number;

  constructor(path: string, bytesMax = FILE_BYTES_MAX) {
    this.#path = path;
    this.#bytesMax = bytesMax;
    this.#descriptor = openSync(path, "a", MODE);
    this.#bytes = fstatSync(this.#descriptor).size;
  }

  write(line: string): void {
    if (this.#bytes >= this.#bytesMax) this.#turn();
    this.#bytes += writeSync(this.#descriptor, line);
  }

  #turn(): void {
    closeSync(this.#descriptor);
    renameSync(this.#path, `${this.#path}.1`);
    this.#descriptor = openSync(this.#path, "a", MODE);
    this.#bytes = 0;
  }
}
