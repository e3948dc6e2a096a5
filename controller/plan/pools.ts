/** ProxyPool → what nginx serves for it on this node, with only the backends that may get requests now. */

import { canonicalHost } from "../net/authority.ts";
import type { IpAddress } from "../net/ip.ts";
import type { Pool, PoolBackend, SorryPage } from "../nginx/model.ts";
import { spanOf } from "../resource/fields.ts";
import { keyOf, type ResourceOf } from "../resource/meta.ts";
import type { BackendSpec } from "../resource/proxy-pool.ts";
import type { CheckVerdict } from "../vrrp/virtual-router.ts";
import { backendCheckId } from "./checks.ts";
import { addressesOf, type Index, type Problem, type Surroundings } from "./desired.ts";

export interface ResolvedPool {
  readonly pool: Pool | null;
  readonly problems: readonly Problem[];
}

export function resolvePool(
  pool: ResourceOf<"ProxyPool">,
  surroundings: Surroundings,
  index: Index,
): ResolvedPool {
  const { spec, metadata } = pool;
  const problems: Problem[] = [];
  const addresses: IpAddress[] = [];
  for (const name of spec.virtualIPs) {
    const vip = index.find("VirtualIP", metadata.namespace, name);
    if (vip === null) problems.push(notFound(pool, "VirtualIP", name, "it is not listened on"));
    else addresses.push(...addressesOf(vip));
  }
  const check =
    spec.healthCheck === undefined ? null : index.find("HealthCheck", metadata.namespace, spec.healthCheck);
  if (check === null && spec.healthCheck !== undefined) {
    problems.push(notFound(pool, "HealthCheck", spec.healthCheck, "the backends are not checked"));
  }
  if (spec.virtualIPs.length > 0 && addresses.length === 0) return { pool: null, problems };

  return {
    pool: {
      name: `${metadata.namespace}/${metadata.name}`,
      addresses,
      ports: spec.listeners.map(({ port }) => port),
      algorithm: spec.algorithm,
      backends: inRotation(spec.backends, (backend) =>
        check === null ? undefined : surroundings.verdicts.get(backendCheckId(check, backend))?.verdict,
      ),
      checkInterval: check === null ? null : spanOf(check.spec.interval),
      sorryPage: sorryPageOf(pool, surroundings.node),
      connectTimeout: spanOf(spec.connectTimeout),
    },
    problems,
  };
}

/**
 * The backends that get requests: the healthy ones, and while none is known to be healthy those that have not answered
 * yet. So a backend that is added waits for its first answer, but a pool that starts does not turn clients away.
 */
export function inRotation(
  backends: readonly BackendSpec[],
  verdictOf: (backend: BackendSpec) => CheckVerdict["verdict"] | undefined,
): PoolBackend[] {
  const unchecked = backends.every((backend) => verdictOf(backend) === undefined);
  if (unchecked) return backends.map(toPoolBackend);
  const healthy = backends.filter((backend) => verdictOf(backend) === "healthy");
  const chosen =
    healthy.length > 0 ? healthy : backends.filter((backend) => verdictOf(backend) !== "unhealthy");
  return chosen.map(toPoolBackend);
}

const toPoolBackend = ({ address, port, weight, backup }: BackendSpec): PoolBackend => ({
  address: canonicalHost(address),
  port,
  weight,
  backup,
});

function sorryPageOf(pool: ResourceOf<"ProxyPool">, node: string): SorryPage | null {
  const page = pool.spec.sorryPage;
  if (page === undefined) return null;
  return {
    body: page.body.replaceAll("${node}", () => node),
    contentType: page.contentType,
    status: page.status,
  };
}

function notFound(pool: ResourceOf<"ProxyPool">, kind: string, name: string, effect: string): Problem {
  return {
    key: keyOf(pool),
    condition: "ReferencesResolved",
    reason: `${kind}NotFound`,
    message: `${kind} ${name} does not exist: ${effect}`,
  };
}
