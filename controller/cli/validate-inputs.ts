/** Reads what `holdfast validate` is given: files, directories, the standard input. */
import { createReadStream } from "node:fs";
import { realpath, stat } from "node:fs/promises";
import { join } from "node:path";
import type { Readable } from "node:stream";
import { MANIFEST_BYTES_MAX } from "../resource/yaml-text.ts";
import { readManifestDirectory } from "../wiring/read-manifests.ts";

export interface Input {
  /** As the user would name it. */
  readonly file: string;
  /** null when it cannot be read. */
  readonly text: string | null;
  /** Why it cannot be read. */
  readonly problem: string | null;
}

/** Each file once, however often it is named. */
export async function readInputs(paths: readonly string[]): Promise<readonly Input[]> {
  const inputs = new Map<string, Input>();
  for (const path of paths) {
    for (const input of await readInput(path)) {
      const identity = await identityOf(input.file);
      if (!inputs.has(identity)) inputs.set(identity, input);
    }
  }
  return [...inputs.values()];
}

async function readInput(path: string): Promise<readonly Input[]> {
  if (path === "-") return [await readText("standard input", process.stdin)];
  try {
    const stats = await stat(path);
    return stats.isDirectory() ? await readDirectory(path) : [await readText(path, createReadStream(path))];
  } catch (error) {
    return [unreadable(path, error)];
  }
}

async function readDirectory(path: string): Promise<readonly Input[]> {
  const listing = await readManifestDirectory(path);
  if (!listing.available) return [{ file: path, text: null, problem: listing.message }];
  const inputs = [
    ...listing.files.map(({ path: name, text }) => ({ file: join(path, name), text, problem: null })),
    ...listing.unreadable.map(({ path: name, message }) => ({
      file: join(path, name),
      text: null,
      problem: message,
    })),
  ];
  inputs.sort((a, b) => (a.file < b.file ? -1 : 1));
  return inputs.length > 0 ? inputs : [{ file: path, text: null, problem: "holds no manifests" }];
}

/** Reads a little more than what is allowed, so that the parser sees that it is too much. */
async function readText(file: string, stream: Readable): Promise<Input> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  try {
    for await (const chunk of stream as AsyncIterable<Uint8Array>) {
      chunks.push(chunk);
      size += chunk.length;
      if (size > MANIFEST_BYTES_MAX) break;
    }
    const bytes = Buffer.concat(chunks);
    if (size > MANIFEST_BYTES_MAX)
      return { file, text: null, problem: `is larger than ${MANIFEST_BYTES_MAX} bytes` };
    return { file, text: new TextDecoder("utf-8", { fatal: true }).decode(bytes), problem: null };
  } catch (error) {
    return unreadable(file, error);
  }
}

function unreadable(file: string, error: unknown): Input {
  const code = error instanceof Error && "code" in error ? String(error.code) : "";
  const known = PROBLEMS.get(code);
  return { file, text: null, problem: known ?? (error instanceof Error ? error.message : String(error)) };
}

const PROBLEMS = new Map([
  ["ENOENT", "does not exist"],
  ["ENOTDIR", "does not exist"],
  ["EACCES", "may not be read"],
  ["ERR_ENCODING_INVALID_ENCODED_DATA", "is not UTF-8 text"],
]);

async function identityOf(file: string): Promise<string> {
  try {
    return await realpath(file);
  } catch {
    return file;
  }
}
