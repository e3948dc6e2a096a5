/** Files of backups: there whole or not at all, closed to others, and never in the place of another by mistake. */
import { link, open, readFile, rename, rm, stat, writeFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { syncDirectory } from "../adapter/state-files/durable.ts";
import { OperationFailure } from "../port/failure.ts";
import { type Backup, type BackupHeader, checkBackup, readBackup } from "../store/backup.ts";

/** Manifests may hold passwords. */
const MODE = 0o600;
/** More than the largest store takes as text. */
const FILE_BYTES_MAX = 400_000_000;

type Chunks = Iterable<string> | AsyncIterable<string | Buffer>;

/** Answers what is in it now. Throws OperationFailure `backup-refused`; then nothing has changed. */
export async function writeBackupFile(
  path: string,
  chunks: Chunks,
  isForced: boolean,
): Promise<BackupHeader> {
  return await refusable(path, async () => {
    if (!isForced && (await isThere(path))) throw new Error(EXISTS);
    const beside = join(dirname(path), `.${basename(path)}.${process.pid}`);
    try {
      await writeNew(beside, chunks);
      // An agent may have died while it told its own.
      const checked = checkBackup(await readFile(beside, "utf8"));
      if (!checked.ok) throw new Error(`what was to be written is no backup: ${checked.message}`);
      await place(beside, path, isForced);
      await syncDirectory(dirname(path));
      return checked.header;
    } finally {
      await rm(beside, { force: true });
    }
  });
}

/** Throws OperationFailure `backup-refused` with the line where it is wrong. */
export async function readBackupFile(path: string): Promise<Backup> {
  const text = await refusable(path, async () => {
    const { size } = await stat(path);
    if (size > FILE_BYTES_MAX) throw new Error(`it has ${size} bytes, which no backup has`);
    return await readFile(path, "utf8");
  });
  const read = readBackup(text);
  if (read.ok) return read.backup;
  throw new OperationFailure({
    code: "backup-refused",
    path: `${path}:${read.line}`,
    output: read.message,
  });
}

const EXISTS = "it is there already; --force replaces it";

async function writeNew(path: string, chunks: Chunks): Promise<void> {
  const file = await open(path, "wx", MODE);
  try {
    await writeFile(file, chunks);
    await file.sync();
  } finally {
    await file.close();
  }
}

/** A link is refused where the name has come into being meanwhile; a rename would replace it. */
async function place(beside: string, path: string, isForced: boolean): Promise<void> {
  if (isForced) await rename(beside, path);
  else await link(beside, path);
}

const isThere = (path: string): Promise<boolean> =>
  stat(path).then(
    () => true,
    () => false,
  );

/** What the system refuses is told with its reason, as everything else is. */
export async function refusable<Value>(path: string, task: () => Promise<Value>): Promise<Value> {
  try {
    return await task();
  } catch (error) {
    if (error instanceof OperationFailure) throw error;
    const { code, message } = error as NodeJS.ErrnoException;
    throw new OperationFailure(
      { code: "backup-refused", path, output: code === "EEXIST" ? EXISTS : message },
      error,
    );
  }
}
