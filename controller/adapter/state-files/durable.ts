/** Changes to the disk that survive a loss of power: the bytes and the name that leads to them. */
import { open, rename, rm, symlink } from "node:fs/promises";
import { dirname } from "node:path";

/** A reader sees the old content or the new one, never a part. */
export async function writeDurably(path: string, text: string, mode: number): Promise<void> {
  const beside = `${path}.new`;
  const file = await open(beside, "w", mode);
  try {
    await file.writeFile(text);
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(beside, path);
  await syncDirectory(dirname(path));
}

export async function linkDurably(path: string, target: string): Promise<void> {
  const beside = `${path}.new`;
  await rm(beside, { force: true });
  await symlink(target, beside);
  await rename(beside, path);
  await syncDirectory(dirname(path));
}

/** Without it a loss of power may bring the old name back, and the old content with it. */
export async function syncDirectory(path: string): Promise<void> {
  const directory = await open(path, "r");
  try {
    await directory.sync();
  } finally {
    await directory.close();
  }
}
