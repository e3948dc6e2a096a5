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
  /**
   * Resolves when the store is being read by that process, or has been opened, or cannot be. Whoever keeps this thread busy before
   * that keeps the process from being started.
   */
  readonly underway: Promise<void>;
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
  let tell = (): void => undefined;
  const underway = new Promise<void>((resolve) => {
    tell = resolve;
  });
  const records = places.then(() => openLmdbRecords(stateDir, libc, tell));
  // Whoever awaits them is told.
  places.catch(() => undefined);
  records.then(tell, tell);
  return { libc, places, underway, records };
}

async function makePlaces(runtimeDir: string, stateDir: string): Promise<void> {
  await makeRuntimeDirectory(runtimeDir);
  await makeStateDirectory(stateDir);
}
