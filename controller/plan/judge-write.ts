/**
 * What is wrong with one object in the company of those that are there already, for whoever writes objects one by one. What
 * two cannot both have is refused to the later; what may yet come, such as an object that this one refers to, is warned of.
 */
import { formatPath } from "../resource/complaint.ts";
import type { Resource } from "../resource/meta.ts";
import { formatKey, keyOf } from "../resource/meta.ts";
import type { Located } from "../resource/parse.ts";
import type { Rejection } from "../resource/rejection.ts";
import type { StoredResource } from "../resource/stored.ts";
import { checkAddresses, checkVirtualRouterIDs } from "./cross-check-claims.ts";
import { checkFailover } from "./cross-check-failover.ts";
import { checkGroups } from "./cross-check-groups.ts";
import { checkListeners } from "./cross-check-listeners.ts";
import { checkReferences, refersTo } from "./cross-check-references.ts";
import { relevantTo } from "./judge-relevant.ts";
import { manifestOf } from "./source-files.ts";

export interface WriteJudgement {
  /** `path` and `message` of each; the place means nothing. */
  readonly refusals: readonly Rejection[];
  readonly warnings: readonly Rejection[];
}

const NOTHING_UNREADABLE = { keys: new Set<string>(), isAnybodysGuess: false };

export function judgeWrite(candidate: Resource, stored: readonly StoredResource[]): WriteJudgement {
  return judgeAmong(candidate, relevantTo(candidate, stored));
}

/** Whatever `others` there are: it costs with each of them. */
export function judgeAmong(candidate: Resource, others: readonly StoredResource[]): WriteJudgement {
  const key = formatKey(keyOf(candidate));
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
  const key = keyOf(gone);
  return stored.flatMap(({ resource }) =>
    refersTo(resource, key).map(
      (path) => `${formatKey(keyOf(resource))} refers to it in ${formatPath(path)}`,
    ),
  );
}

const locate = ({ resource, provenance: { source, file, line } }: StoredResource): Located =>
  at(resource, line === 0 ? source : `${source}/${file}`, line);

/** As if it were the only thing in a file. */
function at(resource: Resource, file: string, line: number): Located {
  const start = { line, column: 1 };
  return { file, ...start, manifest: manifestOf(resource), position: () => start };
}
