/** Backup and restore of a node's store, with an agent running or without. */
import { existsSync } from "node:fs";
import { rename } from "node:fs/promises";
import { join } from "node:path";
import { SystemClock } from "../adapter/clock/system-clock.ts";
import { openLibc } from "../adapter/libc/libc.ts";
import { type LmdbRecords, openLmdbRecords } from "../adapter/lmdb/records.ts";
import { makeStateDirectory } from "../adapter/state-files/directories.ts";
import { syncDirectory } from "../adapter/state-files/durable.ts";
import { askBackup } from "../api/backup-client.ts";
import { rfc3339 } from "../net/time.ts";
import { OperationFailure } from "../port/failure.ts";
import { type Backup, type BackupHeader, type BackupOrigin, backupOf, writeBackup } from "../store/backup.ts";
import { EmbeddedStore } from "../store/embedded-store.ts";
import { restoreInto } from "../store/restore.ts";
import { readBackupFile, refusable, writeBackupFile } from "./backup-file.ts";

export interface BackupOptions {
  readonly file: string;
  readonly stateDir: string;
  readonly runtimeDir: string;
  readonly isForced: boolean;
  readonly node: string;
  readonly program: string;
}

export interface TakenBackup {
  readonly from: "agent" | "disk";
  readonly header: BackupHeader;
}

/** The agent that keeps the store answers for it; where none runs, the store is opened here. Throws OperationFailure. */
export async function takeBackup(options: BackupOptions): Promise<TakenBackup> {
  const { file, stateDir, runtimeDir, isForced } = options;
  const told = await askBackup(runtimeDir);
  if (told !== null) return { from: "agent", header: await writeBackupFile(file, told, isForced) };
  // Not made: a backup of nothing would come out of a mistyped directory.
  if (!existsSync(join(stateDir, "store"))) {
    const output = "no agent answers, and there is no store here; are --state-dir and --runtime-dir right?";
    throw new OperationFailure({ code: "store-unusable", path: stateDir, output });
  }
  const records = await openLmdbRecords(stateDir, openLibc());
  const own = await backupOfRecords(records, originOf(options));
  return { from: "disk", header: await writeBackupFile(file, writeBackup(own), isForced) };
}

export interface RestoreOptions {
  readonly file: string;
  readonly stateDir: string;
  readonly node: string;
  readonly program: string;
}

export interface Restored {
  readonly backup: Backup;
  /** From here the versions of the store go on. */
  readonly resourceVersion: number;
  /** Where what was there before is kept; null: there was nothing. */
  readonly replaced: string | null;
}

/** Throws OperationFailure: `backup-refused`, `store-in-use` while an agent runs. Then nothing has changed. */
export async function restoreBackup(options: RestoreOptions): Promise<Restored> {
  const { file, stateDir } = options;
  const backup = await readBackupFile(file);
  await refusable(stateDir, () => makeStateDirectory(stateDir));
  const isNew = !existsSync(join(stateDir, "store", "data.mdb"));
  const replaced = isNew ? null : await keepReplaced(options);
  await using records = await openLmdbRecords(stateDir, openLibc());
  return { backup, replaced, resourceVersion: restoreInto(records, backup) };
}

/** A backup where the store can be read, else the store itself, aside. */
async function keepReplaced(options: RestoreOptions): Promise<string> {
  const { stateDir } = options;
  try {
    const own = await backupOfRecords(await openLmdbRecords(stateDir, openLibc()), originOf(options));
    const path = join(stateDir, "before-restore.backup");
    await writeBackupFile(path, writeBackup(own), true);
    return path;
  } catch (error) {
    if (!(error instanceof OperationFailure && error.detail.code === "store-unusable")) throw error;
    const path = join(
      stateDir,
      `store-unusable-${rfc3339(new SystemClock().wallTime()).replaceAll(":", "")}`,
    );
    await refusable(stateDir, async () => {
      await rename(join(stateDir, "store"), path);
      await syncDirectory(stateDir);
    });
    return path;
  }
}

const originOf = ({ node, program }: { readonly node: string; readonly program: string }): BackupOrigin => ({
  node,
  program,
  takenAt: rfc3339(new SystemClock().wallTime()),
});

/** Closes the records. */
async function backupOfRecords(records: LmdbRecords, origin: BackupOrigin): Promise<Backup> {
  await using _ = records;
  return await backupOf(new EmbeddedStore(records), origin);
}
