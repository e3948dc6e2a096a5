/** nginx's error log: read from where it was, and kept from growing without end. */
import { open, rename, stat } from "node:fs/promises";
import { errorLogOf, type NginxPlace } from "./place.ts";

/** Two of them, in a file system that is often memory. */
const LOG_BYTES_MAX = 4_000_000;
/** What is read of it at a time: the words of a refusal stand in the first few lines. */
const READ_BYTES_MAX = 65_536;

export async function logSize(place: NginxPlace): Promise<number> {
  try {
    return (await stat(errorLogOf(place))).size;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return 0;
    throw error;
  }
}

/** Lines of one process since `offset`. */
export async function logLines(place: NginxPlace, offset: number, pid: number): Promise<string[]> {
  if ((await logSize(place)) <= offset) return [];
  const file = await open(errorLogOf(place), "r");
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(READ_BYTES_MAX), 0, READ_BYTES_MAX, offset);
    const lines = buffer.toString("utf8", 0, bytesRead).split("\n");
    return lines.filter((line) => line.includes(`] ${pid}#`));
  } finally {
    await file.close();
  }
}

/** Puts a log that is full aside, in place of the one before. nginx opens a new one when it is told to (SIGUSR1). */
export async function keepLogBounded(place: NginxPlace, master: number): Promise<void> {
  if ((await logSize(place)) < LOG_BYTES_MAX) return;
  await rename(errorLogOf(place), `${errorLogOf(place)}.1`);
  process.kill(master, "SIGUSR1");
}
