/**
 * The releases on disk. A directory for each, with marks for what came of it, and two links that name the current and the
 * last good one. All that is known of a release is here, so that the next agent knows it too.
 */
import { mkdir, readdir, readFile, readlink, rm, stat } from "node:fs/promises";
import { basename } from "node:path";
import * as z from "zod";
import { type NginxRelease, RELEASE_ID } from "../../nginx/release.ts";
import type { StagedRelease } from "../../nginx/state.ts";
import { linkDurably, syncDirectory, writeDurably } from "../state-files/durable.ts";
import { type NginxPlace, releaseDirOf, releasesOf, rootOf } from "./place.ts";

export interface ReleasesOnDisk {
  readonly staged: readonly StagedRelease[];
  readonly refused: readonly { readonly release: string; readonly output: string }[];
  readonly current: string | null;
  readonly lastGood: string | null;
}

/** More than anybody tries in a row; a release that is refused again after its mark was removed costs one more test. */
const REFUSED_MAX = 32;
/** For looking back: those before the last good one are of use only to a person. */
const GOOD_KEPT = 3;
/** Its workers have no rights. */
const MODE = 0o644;
const TESTED = "tested.json";
const REFUSED = "refused.txt";
const testedForm = z.object({ ports: z.array(z.int()) });

export async function readReleases(place: NginxPlace): Promise<ReleasesOnDisk> {
  const ids = (await listOf(releasesOf(place))).filter((name) => RELEASE_ID.test(name)).sort();
  const marks = await Promise.all(ids.map((id) => readMarks(place, id)));
  return {
    staged: marks.flatMap(({ id, ports }) => (ports === null ? [] : [{ id, ports }])),
    refused: marks.flatMap(({ id, output }) => (output === null ? [] : [{ release: id, output }])),
    current: await linkedRelease(`${rootOf(place)}/current`),
    lastGood: await linkedRelease(`${rootOf(place)}/last-good`),
  };
}

export async function writeRelease(place: NginxPlace, { id, text }: NginxRelease): Promise<void> {
  const directory = releaseDirOf(place, id);
  await mkdir(directory, { recursive: true, mode: 0o755 });
  await writeDurably(`${directory}/nginx.conf`, text, MODE);
  await syncDirectory(releasesOf(place));
  await syncDirectory(rootOf(place));
}

export async function markTested(place: NginxPlace, { id, ports }: NginxRelease): Promise<void> {
  await writeDurably(`${releaseDirOf(place, id)}/${TESTED}`, `${JSON.stringify({ ports })}\n`, MODE);
}

export async function markRefused(place: NginxPlace, id: string, output: string): Promise<void> {
  await mkdir(releaseDirOf(place, id), { recursive: true, mode: 0o755 });
  await writeDurably(`${releaseDirOf(place, id)}/${REFUSED}`, `${output}\n`, MODE);
}

export const linkCurrent = (place: NginxPlace, id: string): Promise<void> =>
  linkDurably(`${rootOf(place)}/current`, `releases/${id}`);

export const linkLastGood = (place: NginxPlace, id: string): Promise<void> =>
  linkDurably(`${rootOf(place)}/last-good`, `releases/${id}`);

/** Removes what is neither linked nor among the youngest. */
export async function prune(place: NginxPlace): Promise<void> {
  const { staged, refused, current, lastGood } = await readReleases(place);
  const refusedIds = refused.map(({ release }) => release);
  const goodIds = staged.map(({ id }) => id).filter((id) => !refusedIds.includes(id));
  const kept = new Set([
    current,
    lastGood,
    ...(await youngest(place, goodIds, GOOD_KEPT)),
    ...(await youngest(place, refusedIds, REFUSED_MAX)),
  ]);
  for (const name of await listOf(releasesOf(place))) {
    if (!kept.has(name)) await rm(`${releasesOf(place)}/${name}`, { recursive: true, force: true });
  }
}

async function youngest(place: NginxPlace, ids: readonly string[], count: number): Promise<string[]> {
  const dated = await Promise.all(
    ids.map(async (id) => ({ id, changed: (await stat(releaseDirOf(place, id))).mtimeMs })),
  );
  return dated
    .sort((a, b) => b.changed - a.changed)
    .slice(0, count)
    .map(({ id }) => id);
}

interface Marks {
  readonly id: string;
  /** null: not tested, or not found good. */
  readonly ports: readonly number[] | null;
  readonly output: string | null;
}

async function readMarks(place: NginxPlace, id: string): Promise<Marks> {
  const directory = releaseDirOf(place, id);
  const tested = await unlessMissing(() => readFile(`${directory}/${TESTED}`, "utf8"));
  const refused = await unlessMissing(() => readFile(`${directory}/${REFUSED}`, "utf8"));
  const isRefused = refused !== null;
  return {
    id,
    ports: isRefused || tested === null ? null : testedForm.parse(JSON.parse(tested)).ports,
    output: isRefused ? refused.trim() : null,
  };
}

async function linkedRelease(path: string): Promise<string | null> {
  const target = await unlessMissing(() => readlink(path));
  if (target === null) return null;
  const id = basename(target);
  return RELEASE_ID.test(id) ? id : null;
}

const listOf = async (directory: string): Promise<string[]> =>
  (await unlessMissing(() => readdir(directory))) ?? [];

async function unlessMissing<T>(look: () => Promise<T>): Promise<T | null> {
  try {
    return await look();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return null;
    throw error;
  }
}
