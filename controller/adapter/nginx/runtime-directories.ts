/** Directories that nginx needs while it runs, for the master and for its workers, who are not root. */
import { mkdir, stat } from "node:fs/promises";
import { dirname } from "node:path";
import { OperationFailure } from "../../port/failure.ts";
import type { NginxPlace } from "./place.ts";

const EXECUTE_BY_OTHERS = 0o001;

/**
 * Workers keep long requests in temporary files in there. If they could not get through to it, all would seem well until
 * the first upload, which would be answered with 500: so that is said at once.
 */
export async function makeRuntimeDirectories(place: NginxPlace): Promise<void> {
  await mkdir(place.runtimeDir, { recursive: true, mode: 0o755 });
  await mkdir(dirname(place.statusSocket), { recursive: true, mode: 0o755 });
  if (place.account === null) return;
  for (const directory of withParents(place.runtimeDir)) {
    const { mode } = await stat(directory);
    if ((mode & EXECUTE_BY_OTHERS) !== 0) continue;
    const operation = `nginx's workers (${place.account.user}) cannot enter ${directory}`;
    throw new OperationFailure({ code: "not-permitted", operation, needs: `chmod o+x ${directory}` });
  }
}

function withParents(directory: string): string[] {
  const parent = dirname(directory);
  return parent === directory ? [directory] : [...withParents(parent), directory];
}
