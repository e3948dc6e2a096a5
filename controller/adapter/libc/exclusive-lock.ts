/** One process at a time, by flock(2): the kernel lets go when the holder dies, however it dies. */
import { closeSync, ftruncateSync, openSync, readFileSync, writeSync } from "node:fs";
import type { Libc } from "./libc.ts";

const MODE = 0o600;

export type LockAttempt =
  | { readonly taken: true; readonly lock: Disposable }
  /** What the holder has written about itself: its pid. */
  | { readonly taken: false; readonly holder: string };

export function takeLock(libc: Libc, path: string): LockAttempt {
  const descriptor = openSync(path, "a+", MODE);
  if (!libc.tryLock(descriptor)) {
    closeSync(descriptor);
    return { taken: false, holder: readFileSync(path, "utf8").trim() };
  }
  ftruncateSync(descriptor);
  writeSync(descriptor, `${process.pid}\n`);
  let isHeld = true;
  const letGo = (): void => {
    if (isHeld) closeSync(descriptor);
    isHeld = false;
  };
  return { taken: true, lock: { [Symbol.dispose]: letGo } };
}
