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

  /** false: the disk has taken only the beginning of it. */
  write(line: string): boolean {
    if (this.#bytes >= this.#bytesMax) this.#turn();
    const bytes = Buffer.from(line);
    const written = writeSync(this.#descriptor, bytes);
    this.#bytes += written;
    return written === bytes.length;
  }

  close(): void {
    closeSync(this.#descriptor);
  }

  /** What it has is let go of last: where the disk refuses, it is written on. */
  #turn(): void {
    renameSync(this.#path, `${this.#path}.1`);
    const next = openSync(this.#path, "a", MODE);
    closeSync(this.#descriptor);
    this.#descriptor = next;
    this.#bytes = 0;
  }
}
