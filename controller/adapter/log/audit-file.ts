/** The audit as a file with a limit: one JSON object per line. */
import type { AuditEntry } from "../../object/audit-entry.ts";
import type { Audit } from "../../port/audit.ts";
import type { Log } from "../../port/log.ts";
import { BoundedFile } from "./bounded-file.ts";

/** Longer than any name that is taken; requests that are refused say what they like. */
const TEXT_CHARACTERS_MAX = 256;

export class AuditFile implements Audit {
  readonly #path: string;
  readonly #bytesMax: number | undefined;
  readonly #log: Log;
  /** null: to be opened, as at first and after a failure. */
  #file: BoundedFile | null = null;
  /** Since the file last took one. */
  #lost = 0;

  constructor(path: string, log: Log, bytesMax?: number) {
    this.#path = path;
    this.#log = log;
    this.#bytesMax = bytesMax;
  }

  record(entry: AuditEntry): void {
    try {
      // A disk that was full may have taken half a line.
      const begin = this.#lost === 0 ? "" : "\n";
      this.#file ??= new BoundedFile(this.#path, this.#bytesMax);
      if (!this.#file.write(`${begin}${lineOf(entry)}\n`)) throw new Error("the disk is full");
      if (this.#lost > 0) this.#log.warn("the audit is written again", { lost: this.#lost });
      this.#lost = 0;
    } catch (error) {
      this.#file?.close();
      this.#file = null;
      if (this.#lost === 0) this.#log.error("the audit cannot be written", { error: String(error) });
      this.#lost++;
    }
  }
}

const lineOf = (entry: AuditEntry): string =>
  JSON.stringify(entry, (_key, value: unknown) =>
    typeof value === "string" ? value.slice(0, TEXT_CHARACTERS_MAX) : value,
  );
