/** Nodes with something in their stores, and the program as an operator runs it, for tests of backup and restore. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { StoredResource } from "../../controller/resource/stored.ts";
import { openDiskStore } from "./disk-store.ts";
import { put, remove } from "./store-cases.ts";
import { checkKey } from "./stored-manifests.ts";

export const MAIN = fileURLToPath(new URL("../../controller/cli/main.js", import.meta.url));

export const root = mkdtempSync(join(tmpdir(), "hfbackup-"));
process.on("exit", () => rmSync(root, { recursive: true, force: true }));
export const freshDirectory = (): string => mkdtempSync(join(root, "n"));
/** Where no agent answers. */
export const nowhere = (): string[] => ["--runtime-dir", join(root, "nowhere")];

export function holdfast(...words: readonly string[]) {
  const { stdout, stderr, status } = spawnSync(process.execPath, [MAIN, ...words], { encoding: "utf8" });
  assert.doesNotMatch(stderr, /\n {4}at /, "no stack trace");
  return { stdout, stderr, status };
}

/** A node with two objects, one of which has been through a lot. */
export async function aNode(): Promise<string> {
  const directory = freshDirectory();
  await using store = await openDiskStore(directory);
  await store.write([put("web", { generation: 2, labels: { tier: "front" } }), put("db"), put("gone")]);
  await store.writeStatus(checkKey("web"), {
    observedGeneration: 1,
    conditions: [],
    nodes: [{ node: "a", state: "Healthy", since: "2026-01-01T00:00:00Z", why: "it answers — 你好" }],
  });
  await store.write([remove("gone")]);
  await store.enqueue("mail", [{ id: "1", payload: "to be told" }]);
  return directory;
}

export async function contentsOf(directory: string): Promise<readonly StoredResource[]> {
  await using store = await openDiskStore(directory);
  return await store.list();
}

export async function versionOf(directory: string): Promise<number> {
  await using store = await openDiskStore(directory);
  return Number(await store.version());
}

/** All that must be the same afterwards, which is all but the version. */
export const lasting = (stored: readonly StoredResource[]) =>
  stored.map(({ resource, provenance }) => {
    const { resourceVersion, ...metadata } = resource.metadata;
    assert.match(resourceVersion, /^\d+$/);
    return { resource: { ...resource, metadata }, provenance };
  });

export async function aBackup(): Promise<{ readonly node: string; readonly file: string }> {
  const node = await aNode();
  const file = join(freshDirectory(), "holdfast.backup");
  const { status, stderr } = holdfast("backup", file, "--state-dir", node, ...nowhere());
  assert.equal(status, 0, stderr);
  return { node, file };
}
