/** Reads manifest files without ever waiting for a writer, and never takes half of what is being written for the whole. */
import { constants } from "node:fs";
import { type FileHandle, open } from "node:fs/promises";
import type { Listing, ManifestFile } from "../../port/manifest-files.ts";
import { FILES_MAX, type Look, type SeenFile, versionOf } from "./look.ts";

/** Ten times the longest manifest that anybody will write by hand. */
export const FILE_BYTES_MAX = 1_000_000;
/** A file that changes while it is read is read again so often; the next look will come anyway. */
const ATTEMPTS = 3;

type Content =
  | { readonly readable: true; readonly text: string }
  | { readonly readable: false; readonly message: string };

export async function readAll(root: string, look: Look): Promise<Listing> {
  if (!look.available) return { available: false, message: look.message };
  const files: ManifestFile[] = [];
  const unreadable = [...look.unlisted.map(({ path, message }) => ({ path, message }))];
  for (const [index, seen] of look.files.entries()) {
    const content = index < FILES_MAX ? await readFile(root, seen) : TOO_MANY;
    if (content.readable) files.push({ path: seen.path, text: content.text });
    else unreadable.push({ path: seen.path, message: content.message });
  }
  return { available: true, files, unreadable };
}

const TOO_MANY: Content = {
  readable: false,
  message: `not read: the directory holds more than ${FILES_MAX} manifests`,
};

async function readFile(root: string, { path, stats }: SeenFile): Promise<Content> {
  if (stats === null) return refused("is a symbolic link to nothing");
  // Opening a device or a FIFO may wait for ever or have consequences.
  if (!stats.isFile()) return refused("is not a regular file");
  try {
    return await readStable(`${root}/${path}`);
  } catch (error) {
    return refused(error instanceof Error ? error.message : String(error));
  }
}

async function readStable(path: string): Promise<Content> {
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    // O_NONBLOCK: it may have become a FIFO since the look.
    await using file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
    const before = await file.stat({ bigint: true });
    if (!before.isFile()) return refused("is not a regular file");
    if (before.size > FILE_BYTES_MAX) return refused(`is larger than ${FILE_BYTES_MAX} bytes`);
    const bytes = await readUpTo(file, FILE_BYTES_MAX);
    const after = await file.stat({ bigint: true });
    if (versionOf(before) === versionOf(after) && BigInt(bytes.length) === after.size) return decode(bytes);
  }
  return refused("changes while it is read");
}

async function readUpTo(file: FileHandle, limit: number): Promise<Uint8Array> {
  const { size } = await file.stat();
  const buffer = new Uint8Array(Math.min(size, limit));
  let length = 0;
  while (length < buffer.length) {
    const { bytesRead } = await file.read(buffer, length, buffer.length - length, length);
    if (bytesRead === 0) break;
    length += bytesRead;
  }
  return buffer.subarray(0, length);
}

function decode(bytes: Uint8Array): Content {
  try {
    return { readable: true, text: new TextDecoder("utf-8", { fatal: true }).decode(bytes) };
  } catch {
    return refused("is not UTF-8 text");
  }
}

const refused = (message: string): Content => ({ readable: false, message });
