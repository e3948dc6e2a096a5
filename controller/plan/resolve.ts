/**
 * From resources to what this node is to do: references followed, defaults filled, this node's part picked out.
 *
 * Nothing here fails: what cannot be resolved becomes a problem on the resource that asked for it, and the rest goes on.
 */
import type { Check } from "../health/probe.ts";
import type { Pool } from "../nginx/model.ts";
import { formatKey, type Resource, type ResourceOf } from "../resource/meta.ts";
import type { VirtualRouter } from "../vrrp/virtual-router.ts";
import { aimAtBackend, aimAtNode } from "./checks.ts";
import {
  type Audience,
  type DesiredNode,
  type Index,
  indexOf,
  type Problem,
  routerName,
  type Surroundings,
} from "./desired.ts";
import { groupInWords } from "./groups.ts";
import { resolvePool } from "./pools.ts";
import { resolveRouters } from "./routers.ts";

export function resolve(resources: readonly Resource[], surroundings: Surroundings): DesiredNode {
  const consulted = new Set<string>();
  const index = noting(indexOf(resources), consulted);
  const problems: Problem[] = [];
  const ours = index
    .all("VirtualIP")
    .filter((vip) => vip.spec.members.some((member) => member.node === surroundings.node));

  const routers: VirtualRouter[] = [];
  const retained: string[] = [];
  for (const vip of ours) {
    const resolved = resolveRouters(vip, surroundings, index);
    problems.push(...resolved.problems);
    if (resolved.routers === null) retained.push(routerName(vip));
    else routers.push(...resolved.routers);
  }

  const own = new Set(ours.map(routerName));
  const pools = index.all("ProxyPool").filter((pool) => isServedHere(pool, own));
  const models: Pool[] = [];
  for (const pool of pools) {
    const resolved = resolvePool(pool, surroundings, index);
    problems.push(...resolved.problems);
    if (resolved.pool !== null) models.push(resolved.pool);
  }

  const aimed = [
    ...ours.flatMap((vip) => aimAtNode(vip, index)),
    ...pools.flatMap((p) => aimAtBackend(p, index)),
  ];
  for (const aim of aimed) if (aim.problem !== null) problems.push(aim.problem);

  return {
    routers,
    retained,
    departed: index
      .all("VirtualIP")
      .map(routerName)
      .filter((name) => !own.has(name)),
    checks: uniqueById(aimed.flatMap((aim) => (aim.check === null ? [] : [aim.check]))),
    proxy: models.length === 0 ? null : { node: surroundings.node, pools: models, ...surroundings.nginx },
    audiences: new Map(
      ours.map((vip): [string, Audience] => {
        const { notify, addresses } = vip.spec;
        return [routerName(vip), { notify, addresses, group: groupInWords(vip, index) }];
      }),
    ),
    problems,
    own,
    consulted,
  };
}

const noting = ({ find, all }: Index, consulted: Set<string>): Index => ({
  all,
  find: (kind, namespace, name) => {
    consulted.add(formatKey({ kind, namespace, name }));
    return find(kind, namespace, name);
  },
});

/** A pool is served where one of its VirtualIPs may come to live; one without VirtualIPs is served everywhere. */
function isServedHere({ metadata, spec }: ResourceOf<"ProxyPool">, own: ReadonlySet<string>): boolean {
  const isOwn = (name: string): boolean => own.has(`${metadata.namespace}/${name}`);
  return spec.virtualIPs.length === 0 || spec.virtualIPs.some(isOwn);
}

function uniqueById(checks: readonly Check[]): Check[] {
  return [...new Map(checks.map((check) => [check.id, check])).values()];
}
