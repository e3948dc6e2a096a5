/**
 * What is wrong with one object in the company of those that are there already, for whoever writes objects one by one. What
 * two cannot both have is refused to the later; what may yet come, such as an object that this one refers to, is warned of.
 */
import type { Resource } from "../resource/meta.ts";
import { formatKey, keyOf } from "../resource/meta.ts";
import type { Located } from "../resource/parse.ts";
import type { Rejection } from "../resource/rejection.ts";
import { isSame } from "../resource/same.ts";
import type { StoredResource } from "../resource/stored.ts";
import { checkAddresses, checkVirtualRouterIDs } from "./cross-check-claims.ts";
import { checkFailover } from "./cross-check-failover.ts";
import { checkGroups } from "./cross-check-groups.ts";
import { checkListeners } from "./cross-check-listeners.ts";
import { checkReferences } from "./cross-check-references.ts";
import { manifestOf } from "./source-files.ts";

export interface WriteJudgement {
  /** `path` and `message` of each; the place means nothing. */
  readonly refusals: readonly Rejection[];
  readonly warnings: readonly Rejection[];
}

const NOTHING_UNREADABLE = { keys: new Set<string>(), isAnybodysGuess: false };

export function judgeWrite(candidate: Resource, stored: readonly StoredResource[]): WriteJudgement {
  const key = formatKey(keyOf(candidate));
  const others = stored.filter(({ resource }) => formatKey(keyOf(resource)) !== key);
  const all = [...others.map(locate), at(candidate, "", 0)];
  const isOurs = ({ resource }: Rejection): boolean => resource === key;
  const refusals = [checkAddresses, checkVirtualRouterIDs, checkGroups, checkListeners].flatMap((check) =>
    check(all),
  );
  const warnings = [...checkReferences(all, NOTHING_UNREADABLE), ...checkFailover(all)];
  return { refusals: refusals.filter(isOurs), warnings: warnings.filter(isOurs) };
}

/** What others would miss, in words. */
export function judgeDelete(gone: Resource, stored: readonly StoredResource[]): readonly string[] {
  const key = formatKey(keyOf(gone));
  const before = stored.map(locate);
  const after = stored.filter(({ resource }) => formatKey(keyOf(resource)) !== key).map(locate);
  const known = checkReferences(before, NOTHING_UNREADABLE);
  const isNew = (each: Rejection): boolean => !known.some((old) => isSame(old, each));
  return checkReferences(after, NOTHING_UNREADABLE)
    .filter(isNew)
    .map(({ resource, path }) => `${resource ?? ""} refers to it in ${path}`);
}

const locate = ({ resource, provenance: { source, file, line } }: StoredResource): Located =>
  at(resource, line === 0 ? source : `${source}/${file}`, line);

/** As if it were the only thing in a file. */
function at(resource: Resource, file: string, line: number): Located {
  const start = { line, column: 1 };
  return { file, ...start, manifest: manifestOf(resource), position: () => start };
}
