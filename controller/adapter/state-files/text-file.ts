/** A small text file, replaced by rename: readers and crashes meet the old text or the new, never a part. */
import { readFile } from "node:fs/promises";
import { OperationFailure } from "../../port/failure.ts";
import type { StateFile } from "../../port/state-file.ts";
import { writeDurably } from "./durable.ts";

/** It may hold passwords. */
const MODE = 0o600;

export function textFile(path: string): StateFile {
  return {
    read: () => readFile(path, "utf8").catch(() => null),
    write: async (text) => {
      try {
        await writeDurably(path, text, MODE);
      } catch (error) {
        const output = error instanceof Error ? error.message : String(error);
        throw new OperationFailure({ code: "store-refused", output }, error);
      }
    },
  };
}
