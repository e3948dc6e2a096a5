/**
 * What an agent begins with, before the rest of the program is loaded: its store is first read by a process of its own, which
 * takes as long as to load all else.
 */
import { type Libc, openLibc } from "../adapter/libc/libc.ts";
import { type LmdbRecords, openLmdbRecords } from "../adapter/lmdb/records.ts";
import { makeRuntimeDirectory, makeStateDirectory } from "../adapter/state-files/directories.ts";

export interface OpeningStore {
  readonly libc: Libc;
  /** Resolves when the directories are there. */
  readonly places: Promise<void>;
  /** Rejects with OperationFailure, as `places` does. */
  readonly records: Promise<LmdbRecords>;
}

export function beginOpening({
  runtimeDir,
  stateDir,
}: {
  readonly runtimeDir: string;
  readonly stateDir: string;
}): OpeningStore {
  const libc = openLibc();
  const places = makePlaces(runtimeDir, stateDir);
  const records = places.then(() => openLmdbRecords(stateDir, libc));
  // Whoever awaits them is told.
  for (const each of [places, records]) each.catch(() => undefined);
  return { libc, places, records };
}

async function makePlaces(runtimeDir: string, stateDir: string): Promise<void> {
  await makeRuntimeDirectory(runtimeDir);
  await makeStateDirectory(stateDir);
}
