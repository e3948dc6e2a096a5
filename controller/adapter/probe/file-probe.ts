/** Whether a file is there: the classic maintenance flag. */
import { stat, watch } from "node:fs";
import { basename, dirname } from "node:path";
import type { Probe, ProbeAnswer } from "../../health/probe.ts";
import type { Millis } from "../../net/time.ts";
import { formatDuration } from "../../resource/duration.ts";
import type { Libc } from "../libc/libc.ts";

type FileProbe = Extract<Probe, { type: "file" }>;

/**
 * What the kernel can tell at once, and else one stat(2) on a thread and for a limited time: a file server may have gone away. Both
 * follow links.
 */
export function probeFile(
  libc: Libc,
  { path, expect }: FileProbe,
  timeout: Millis,
  signal: AbortSignal,
): Promise<ProbeAnswer> {
  const answerOf = (isThere: boolean): ProbeAnswer => ({
    healthy: isThere === (expect === "Present"),
    because: isThere ? `${path} exists` : `${path} does not exist`,
  });
  const isThere = libc.isThere(path);
  if (isThere !== null) return Promise.resolve(answerOf(isThere));
  return new Promise((resolve) => {
    const end = (answer: ProbeAnswer): void => {
      clearTimeout(timer);
      signal.removeEventListener("abort", abort);
      resolve(answer);
    };
    const fail = (because: string): void => end({ healthy: false, because });
    const abort = (): void => fail("called off");
    const timer = setTimeout(() => fail(`${path}: no answer within ${formatDuration(timeout)}`), timeout);
    signal.addEventListener("abort", abort, { once: true });
    stat(path, (error) => {
      if (error === null) end(answerOf(true));
      else if (isAbsence(error)) end(answerOf(false));
      else fail(`${path} cannot be looked at: ${error.code ?? error.message}`);
    });
  });
}

/** inotify on the directory, since the file itself may not be there. null where it cannot be had: the interval still asks. */
export function onFileHint({ path }: FileProbe, hint: () => void): Disposable | null {
  try {
    const watcher = watch(dirname(path), { persistent: false }, (_event, name) => {
      if (name === null || name === basename(path)) hint();
    });
    // The directory went away: from now on only the interval asks.
    watcher.on("error", () => watcher.close());
    return { [Symbol.dispose]: () => watcher.close() };
  } catch (error) {
    // No directory, no right to it, or no watches left (ENOSPC, EMFILE).
    if ((error as NodeJS.ErrnoException).code === undefined) throw error;
    return null;
  }
}

const isAbsence = ({ code }: NodeJS.ErrnoException): boolean => code === "ENOENT" || code === "ENOTDIR";
