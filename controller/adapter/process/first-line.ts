/** The first line that a program printed, as it can be put into a sentence: short, and without control characters. */

const BYTES_KEPT_MAX = 4096;
const LENGTH_MAX = 200;

export class FirstLine {
  readonly #chunks: Buffer[] = [];
  #bytes = 0;

  add(chunk: Buffer): void {
    if (this.#bytes >= BYTES_KEPT_MAX) return;
    // Copied, so that a small part does not keep a large buffer alive.
    const part = Buffer.from(chunk.subarray(0, BYTES_KEPT_MAX - this.#bytes));
    this.#chunks.push(part);
    this.#bytes += part.length;
  }

  get text(): string {
    const [line = ""] = Buffer.concat(this.#chunks).toString("utf8").trim().split(/\r?\n/);
    const clean = line.replaceAll(/[\u0000-\u001f\u007f-\u009f]+/g, " ").trim();
    return clean.length > LENGTH_MAX ? `${clean.slice(0, LENGTH_MAX - 1)}…` : clean;
  }
}
