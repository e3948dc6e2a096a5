/** What a pass over all statuses looks into again and again, put in order once. Pure. */
import { formatKey, type Resource } from "../resource/meta.ts";
import type { Rejection } from "../resource/rejection.ts";
import type { RouterStatus } from "../vrrp/virtual-router.ts";
import { type Index, indexOf, type Problem } from "./desired.ts";
import type { CheckStanding, Seen } from "./seen.ts";

export interface Scene {
  readonly seen: Seen;
  readonly index: Index;
  /** By `formatKey`; the first of each. */
  readonly rejections: ReadonlyMap<string, Rejection>;
  readonly problems: ReadonlyMap<string, readonly Problem[]>;
  /** By `routerName`; the first of each, where there is one for each address family. */
  readonly routers: ReadonlyMap<string, RouterStatus>;
  /** By the check that they are of: of this node, or of each backend. */
  readonly standings: ReadonlyMap<string, readonly CheckStanding[]>;
}

export function sceneOf(all: readonly Resource[], seen: Seen): Scene {
  const rejections = new Map<string, Rejection>();
  for (const each of seen.rejections)
    if (each.resource !== null && !rejections.has(each.resource)) rejections.set(each.resource, each);
  const routers = new Map(seen.routers.toReversed().map((router) => [router.name, router]));
  return {
    seen,
    index: indexOf(all),
    rejections,
    routers,
    problems: grouped(seen.problems, ({ key }) => formatKey(key)),
    // What follows the @ is the backend.
    standings: grouped(seen.standings.values(), ({ check }) => check.split("@", 1)[0] ?? check),
  };
}

function grouped<T>(items: Iterable<T>, keyIn: (item: T) => string): ReadonlyMap<string, readonly T[]> {
  const groups = new Map<string, T[]>();
  for (const item of items) {
    const group = groups.get(keyIn(item));
    if (group === undefined) groups.set(keyIn(item), [item]);
    else group.push(item);
  }
  return groups;
}
