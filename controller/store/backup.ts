/**
 * The backup of a store: text that people can read, and that proves that it is whole.
 *
 *     {"kind":"HoldfastBackup","format":1,"program":"0.1.0","node":"lb-1","takenAt":"...","resourceVersion":"42","resources":2}
 *     {"resource":{"apiVersion":...,"kind":...,"metadata":...,"spec":...,"status":...},"provenance":{...}}
 *     ...
 *     {"end":"HoldfastBackup","resources":2,"sha256":"of all bytes before this line"}
 *
 * Queues are not in it: whoever restores a backup of last month does not want last month's notifications sent again.
 */
import { createHash } from "node:crypto";
import { RESOURCES_MAX, type ResourceStore } from "../port/resource-store.ts";
import { isMapping, type Mapping } from "../resource/judge-manifest.ts";
import { formatKey, keyOf } from "../resource/meta.ts";
import type { StoredResource } from "../resource/stored.ts";
import { storedResourceIn } from "./backup-record.ts";

export const BACKUP_FORMAT = 1;
const KIND = "HoldfastBackup";

export interface BackupOrigin {
  /** Version of the program. */
  readonly program: string;
  readonly node: string;
  /** RFC 3339. */
  readonly takenAt: string;
}

export interface Backup extends BackupOrigin {
  /** Of the store when it was taken. */
  readonly resourceVersion: string;
  readonly resources: readonly StoredResource[];
}

/** What a backup says of itself. */
export interface BackupHeader extends BackupOrigin {
  readonly resourceVersion: string;
  /** How many there are. */
  readonly resources: number;
}

export interface BackupFault {
  readonly ok: false;
  /** From 1. */
  readonly line: number;
  readonly message: string;
}

export type ReadBackup = BackupFault | { readonly ok: true; readonly backup: Backup };

/** Of what the store holds now: nothing that is written meanwhile is in it by half. */
export async function backupOf(
  store: Pick<ResourceStore, "list" | "version">,
  origin: BackupOrigin,
): Promise<Backup> {
  // Asked for in one turn of the event loop, they speak of one state.
  const [resources, resourceVersion] = await Promise.all([store.list(), store.version()]);
  return { ...origin, resourceVersion, resources };
}

/** Line by line, each with its end. */
export function* writeBackup({
  program,
  node,
  takenAt,
  resourceVersion,
  resources,
}: Backup): Generator<string> {
  const hash = createHash("sha256");
  const header = { kind: KIND, format: BACKUP_FORMAT, program, node, takenAt, resourceVersion };
  for (const value of [{ ...header, resources: resources.length }, ...resources]) {
    const line = `${JSON.stringify(value)}\n`;
    hash.update(line);
    yield line;
  }
  yield `${JSON.stringify({ end: KIND, resources: resources.length, sha256: hash.digest("hex") })}\n`;
}

/** Whether all is there as it was written; not whether this version of the program would take it. */
export function checkBackup(
  text: string,
): BackupFault | { readonly ok: true; readonly header: BackupHeader } {
  const lines = text.split("\n");
  const header = headerIn(lines[0] ?? "");
  if (typeof header === "string") return { ok: false, line: 1, message: header };
  return brokenIn(text, lines, header.resources) ?? { ok: true, header };
}

/** Everything is judged: a backup that is read is one that can be restored. */
export function readBackup(text: string): ReadBackup {
  const whole = checkBackup(text);
  if (!whole.ok) return whole;
  const { resources: count, ...origin } = whole.header;
  const resources: StoredResource[] = [];
  const seen = new Map<string, number>();
  for (const [index, record] of text
    .split("\n")
    .slice(1, count + 1)
    .entries()) {
    const line = index + 2;
    const stored = storedResourceIn(mappingIn(record));
    if (typeof stored === "string") return { ok: false, line, message: stored };
    const key = formatKey(keyOf(stored.resource));
    const before = seen.get(key);
    if (before !== undefined) return { ok: false, line, message: `${key} is on line ${before} already` };
    seen.set(key, line);
    resources.push(stored);
  }
  return { ok: true, backup: { ...origin, resources } };
}

/** Why it is none, otherwise. */
function headerIn(line: string): BackupHeader | string {
  const header = mappingIn(line);
  if (header?.["kind"] !== KIND) return "this is no backup that holdfast has made";
  const { format, program, node, takenAt, resourceVersion, resources } = header;
  if (format !== BACKUP_FORMAT) {
    return `it has format ${JSON.stringify(format)}; this version of holdfast knows format ${BACKUP_FORMAT}`;
  }
  const isWhole = Number.isInteger(resources) && Number(resources) >= 0 && Number(resources) <= RESOURCES_MAX;
  if (!isWhole)
    return `resources is ${JSON.stringify(resources)}, and must be a number up to ${RESOURCES_MAX}`;
  if (typeof resourceVersion !== "string" || !/^\d{1,15}$/.test(resourceVersion)) {
    return `resourceVersion is ${JSON.stringify(resourceVersion)}, and must be a decimal number as text`;
  }
  return {
    program: String(program),
    node: String(node),
    takenAt: String(takenAt),
    resourceVersion,
    resources: Number(resources),
  };
}

/** What is wrong with it as a whole; null: it is as it was written. */
function brokenIn(text: string, lines: readonly string[], count: number): BackupFault | null {
  const last = lines[count + 1] ?? "";
  const trailer = mappingIn(last);
  if (trailer?.["end"] !== KIND) {
    const found = Math.min(count, Math.max(0, lines.length - 2));
    return text.endsWith("\n") && lines.length > count + 2
      ? { ok: false, line: count + 2, message: `it must end here, after ${count} resources` }
      : {
          ok: false,
          line: lines.length,
          message: `it is cut short: it has ${found} whole lines of ${count} resources`,
        };
  }
  const line = count + 2;
  if (lines.length !== count + 3 || lines.at(-1) !== "") {
    return { ok: false, line: line + 1, message: "it goes on after its end" };
  }
  const body = text.slice(0, text.length - last.length - 1);
  const sha256 = createHash("sha256").update(body).digest("hex");
  if (trailer["sha256"] === sha256) return null;
  return {
    ok: false,
    line,
    message: `it was changed: its SHA-256 is ${sha256}, and was ${String(trailer["sha256"])}`,
  };
}

function mappingIn(line: string): Mapping | null {
  try {
    const value: unknown = JSON.parse(line);
    return isMapping(value) ? value : null;
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
}
