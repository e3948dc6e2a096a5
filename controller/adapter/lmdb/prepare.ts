/** Rules out, before LMDB opens a database for the agent, all that it would answer by ending the process. */
import { type ExecFileException, execFile } from "node:child_process";
import { existsSync, statfsSync, unlinkSync, writeFileSync } from "node:fs";
import { mkdir, open as openFile, rename, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { open } from "lmdb";
import { syncDirectory } from "../state-files/durable.ts";
import { databaseOptions } from "./options.ts";

/** Room for the first pages of a new database: LMDB does not notice a full disk while it creates them. */
const FREE_BYTES_MIN = 2 ** 20;
/** LMDB's table of readers. It must exist in full before LMDB maps it, or a full disk ends the process. */
const LOCK_FILE_BYTES = 8192;
const EXAMINATION_TIMEOUT_MS = 60_000;

/** The caller has the directory `path` to itself. `examining`: called when all that is left is to wait for another process. */
export async function prepare(path: string, examining: () => void): Promise<void> {
  const isNew = !existsSync(join(path, "data.mdb"));
  if (isNew) await create(path);
  renewLockFile(path);
  if (isNew) return;
  const examination = examine(path);
  examining();
  await examination;
}

/**
 * LMDB writes the first pages of a database in place and does not flush them: a loss of power then would leave a file that
 * nobody can open. So it is made aside, and comes to its name when it is whole and on disk.
 */
async function create(path: string): Promise<void> {
  const { bavail, bsize } = statfsSync(path);
  if (bavail * bsize < FREE_BYTES_MIN) throw new Error("the disk is full");
  const aside = join(path, "new");
  await rm(aside, { recursive: true, force: true });
  await mkdir(aside, { mode: 0o700 });
  renewLockFile(aside);
  await open({ path: aside, ...databaseOptions }).close();
  const file = join(aside, "data.mdb");
  await syncFile(file);
  await rename(file, join(path, "data.mdb"));
  await rm(aside, { recursive: true });
  // The names that lead to the database are as much a part of what is acknowledged as its pages.
  for (const directory of [path, dirname(path)]) await syncDirectory(directory);
}

async function syncFile(path: string): Promise<void> {
  const file = await openFile(path, "r+");
  try {
    await file.chmod(0o600);
    await file.sync();
  } finally {
    await file.close();
  }
}

/**
 * Nobody else is here, so readers of a former process need not be kept. A new file, not the old one emptied: an agent that
 * was killed may have left its examiner behind, which still has the old one mapped.
 */
function renewLockFile(path: string): void {
  const file = join(path, "lock.mdb");
  if (existsSync(file)) unlinkSync(file);
  writeFileSync(file, new Uint8Array(LOCK_FILE_BYTES), { mode: 0o600, flag: "wx" });
}

/** Reads everything in a process of its own, which may die of it. */
function examine(path: string): Promise<void> {
  const program = fileURLToPath(new URL("./examine.js", import.meta.url));
  return new Promise((resolve, reject) => {
    const options = { timeout: EXAMINATION_TIMEOUT_MS, killSignal: "SIGKILL" } as const;
    execFile(process.execPath, [program, path], options, (error, _output, complaint) => {
      if (error === null) resolve();
      else reject(new Error(verdict(error, complaint.trim().split("\n").at(-1) ?? "")));
    });
  });
}

/** What can be said for certain: the advice to move a sound store away would be the loss of it. */
function verdict({ killed, signal, code, message }: ExecFileException, complaint: string): string {
  if (killed === true) return `reading it took longer than ${EXAMINATION_TIMEOUT_MS / 1000} s; start again`;
  if (signal === "SIGKILL") return "reading it was ended by SIGKILL (is memory short?); start again";
  if (typeof code === "string") return `reading it could not begin: ${message}`;
  const cause = signal ? `reading it ended in ${signal}` : complaint;
  return `it is damaged: ${cause}. Put a backup in its place (holdfast restore FILE), or move it away to start afresh`;
}
