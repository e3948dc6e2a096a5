/**
 * A recording in a file with a limit: when it is full it becomes `PATH.1`, replacing the one before, and a new one begins.
 * Lines wait in memory while the disk is slow; when too many wait, they are lost, and the recording begins anew behind them.
 */
import { type FileHandle, open, rename } from "node:fs/promises";
import type { Log } from "../../port/log.ts";
import type { RecordingSink } from "../../port/recording-sink.ts";

/** Of one file: some 200,000 steps, which is a day of one virtual router at 1 s, or a quarter of an hour of 250. */
const FILE_BYTES_MAX = 32_000_000;
const WAITING_BYTES_MAX = 4_000_000;
const MODE = 0o600;

export class RecordingFile implements RecordingSink {
  readonly #path: string;
  readonly #log: Log;
  readonly #bytesMax: number;
  #part = 0;
  #bytes = 0;
  /** Lines by the file that they belong to, oldest first. */
  #waiting: { readonly part: number; text: string }[] = [];
  #waitingBytes = 0;
  #isLosing = false;
  #writing: Promise<void> | null = null;
  #handle: FileHandle | null = null;
  #openPart = -1;
  #failure: string | null = null;

  /** A file that is there already is put aside: what is written can only be read from its beginning. */
  constructor(path: string, log: Log, bytesMax = FILE_BYTES_MAX) {
    this.#path = path;
    this.#log = log;
    this.#bytesMax = bytesMax;
  }

  get part(): number {
    return this.#part;
  }

  write(line: string): void {
    if (this.#waitingBytes > WAITING_BYTES_MAX) {
      if (!this.#isLosing)
        this.#log.warn("the recording loses lines: the disk is too slow", { file: this.#path });
      this.#isLosing = true;
      return;
    }
    if (this.#isLosing) {
      // This line is in the middle of a gap; the next one begins anew.
      this.#isLosing = false;
      this.#turn();
      return;
    }
    const text = `${line}\n`;
    const last = this.#waiting.at(-1);
    if (last !== undefined && last.part === this.#part) last.text += text;
    else this.#waiting.push({ part: this.#part, text });
    this.#waitingBytes += text.length;
    this.#bytes += text.length;
    if (this.#bytes >= this.#bytesMax) this.#turn();
    this.#writing ??= this.#writeWaiting();
  }

  async flushed(): Promise<void> {
    await this.#writing;
    await this.#handle?.close();
    this.#handle = null;
  }

  #turn(): void {
    this.#part += 1;
    this.#bytes = 0;
  }

  async #writeWaiting(): Promise<void> {
    for (let next = this.#waiting.shift(); next !== undefined; next = this.#waiting.shift()) {
      try {
        const handle = await this.#handleOf(next.part);
        await handle.appendFile(next.text);
        this.#failure = null;
      } catch (error) {
        this.#note(error as NodeJS.ErrnoException);
      }
      this.#waitingBytes -= next.text.length;
    }
    this.#writing = null;
  }

  async #handleOf(part: number): Promise<FileHandle> {
    if (this.#handle !== null && this.#openPart === part) return this.#handle;
    await this.#handle?.close();
    this.#handle = null;
    if (this.#openPart !== part) await this.#putAside();
    this.#handle = await open(this.#path, "a", MODE);
    this.#openPart = part;
    return this.#handle;
  }

  async #putAside(): Promise<void> {
    await rename(this.#path, `${this.#path}.1`).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== "ENOENT") throw error;
    });
  }

  /** The recording is no reason to stop speaking. Told when it is another failure than before. */
  #note({ message }: NodeJS.ErrnoException): void {
    if (message !== this.#failure) this.#log.error("cannot write the recording", { because: message });
    this.#failure = message;
    // What was lost cannot be read over.
    this.#turn();
  }
}
