/**
 * From resources to what this node is to do: references followed, defaults filled, this node's part picked out.
 *
 * Nothing here fails: what cannot be resolved becomes a problem on the resource that asked for it, and the rest goes on.
 */
import type { Check } from "../health/probe.ts";
import type { Pool } from "../nginx/model.ts";
import type { Resource, ResourceOf } from "../resource/meta.ts";
import type { VirtualRouter } from "../vrrp/virtual-router.ts";
import { aimAtBackend, aimAtNode } from "./checks.ts";
import {
  type Audience,
  type DesiredNode,
  indexOf,
  type Problem,
  routerName,
  type Surroundings,
} from "./desired.ts";
import { groupInWords } from "./groups.ts";
import { resolvePool } from "./pools.ts";
import { resolveRouters } from "./routers.ts";

export function resolve(resources: readonly Resource[], surroundings: Surroundings): DesiredNode {
  const index = indexOf(resources);
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

  const pools = index.all("ProxyPool").filter((pool) => isServedHere(pool, ours));
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
      .filter((vip) => !ours.includes(vip))
      .map(routerName),
    checks: uniqueById(aimed.flatMap((aim) => (aim.check === null ? [] : [aim.check]))),
    proxy: models.length === 0 ? null : { node: surroundings.node, pools: models, ...surroundings.nginx },
    audiences: new Map(
      ours.map((vip): [string, Audience] => {
        const { notify, addresses } = vip.spec;
        return [routerName(vip), { notify, addresses, group: groupInWords(vip, index) }];
      }),
    ),
    problems,
  };
}

/** A pool is served where one of its VirtualIPs may come to live; one without VirtualIPs is served everywhere. */
function isServedHere(pool: ResourceOf<"ProxyPool">, ours: readonly ResourceOf<"VirtualIP">[]): boolean {
  return (
    pool.spec.virtualIPs.length === 0 ||
    ours.some(
      (vip) =>
        vip.metadata.namespace === pool.metadata.namespace &&
        pool.spec.virtualIPs.includes(vip.metadata.name),
    )
  );
}

function uniqueById(checks: readonly Check[]): Check[] {
  return [...new Map(checks.map((check) => [check.id, check])).values()];
}
