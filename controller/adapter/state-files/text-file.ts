/** A small text file, replaced by rename: readers and crashes meet the old text or the new, never a part. */
import { open, readFile, rename } from "node:fs/promises";
import { dirname } from "node:path";
import { OperationFailure } from "../../port/failure.ts";
import type { StateFile } from "../../port/state-file.ts";

/** It may hold passwords. */
const MODE = 0o600;

export function textFile(path: string): StateFile {
  return {
    read: () => readFile(path, "utf8").catch(() => null),
    write: async (text) => {
      const beside = `${path}.new`;
      try {
        const file = await open(beside, "w", MODE);
        try {
          await file.writeFile(text);
          await file.sync();
        } finally {
          await file.close();
        }
        await rename(beside, path);
        await syncDirectory(dirname(path));
      } catch (error) {
        const output = error instanceof Error ? error.message : String(error);
        throw new OperationFailure({ code: "store-refused", output }, error);
      }
    },
  };
}

/** Without it a loss of power may bring the old name back, and the old text with it. */
async function syncDirectory(path: string): Promise<void> {
  const directory = await open(path, "r");
  try {
    await directory.sync();
  } finally {
    await directory.close();
  }
}
