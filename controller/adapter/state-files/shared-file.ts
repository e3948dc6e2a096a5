/** A small text file that several processes change: one after the other, by a lock beside it; and by rename, as all of ours. */
import { readFile, stat } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";
import { OperationFailure } from "../../port/failure.ts";
import type { SharedFile } from "../../port/shared-file.ts";
import { takeLock } from "../libc/exclusive-lock.ts";
import type { Libc } from "../libc/libc.ts";
import { writeDurably } from "./durable.ts";

/** For its owner alone: keys, and hashes of tokens. */
const MODE = 0o600;
/** A change takes some milliseconds, most of them the disk's. */
const LOCK_LOOK_MS = 10;
const LOCK_LOOKS_MAX = 500;

export function sharedFile(libc: Libc, path: string): SharedFile {
  const read = (): Promise<string | null> => refusable(path, "read", () => readFile(path, "utf8"));
  return {
    version: () =>
      refusable(path, "read", async () => {
        const { ino, mtimeNs, size } = await stat(path, { bigint: true });
        return `${ino} ${mtimeNs} ${size}`;
      }),
    read,
    update: async (change) => {
      using _ = await lock(libc, path);
      const before = await read();
      const text = change(before);
      if (text !== before) await refusable(path, "write", () => writeDurably(path, text, MODE));
      return text;
    },
  };
}

async function lock(libc: Libc, path: string): Promise<Disposable> {
  const place = `${path}.lock`;
  for (let looks = 0; ; looks++) {
    const attempt = await refusable(place, "write", async () => takeLock(libc, place));
    if (attempt?.taken === true) return attempt.lock;
    if (looks === LOCK_LOOKS_MAX)
      throw new OperationFailure({ code: "store-in-use", path, holder: attempt?.holder ?? "" });
    await sleep(LOCK_LOOK_MS);
  }
}

/** null: there is no such file. */
async function refusable<T>(path: string, operation: string, task: () => Promise<T>): Promise<T | null> {
  try {
    return await task();
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === "ENOENT" && operation === "read") return null;
    if (code === "EACCES" || code === "EPERM")
      throw new OperationFailure(
        { code: "not-permitted", operation: `${operation} ${path}`, needs: "root" },
        error,
      );
    throw new OperationFailure(
      operation === "read"
        ? { code: "store-unusable", path, output: message }
        : { code: "store-refused", output: message },
      error,
    );
  }
}
