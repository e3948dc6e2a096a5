/** A directory of manifests as the agent reads it, once: the same files count, and the same are refused. */
import { resolve } from "node:path";
import { lookAt } from "../adapter/files/look.ts";
import { readAll } from "../adapter/files/read.ts";
import type { Listing } from "../port/manifest-files.ts";

export async function readManifestDirectory(path: string): Promise<Listing> {
  const root = resolve(path);
  return await readAll(root, await lookAt(root));
}
