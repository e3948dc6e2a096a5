/** What a ProxyPool's status says: whether nginx serves it, and with which of its backends. Pure. */

import { rfc3339 } from "../net/time.ts";
import type { ResourceOf } from "../resource/meta.ts";
import { backendCheckId, backendName } from "./checks.ts";
import type { CheckStanding, Findings, ProxyStanding } from "./seen.ts";
import type { Scene } from "./status-scene.ts";

export function poolFindings(pool: ResourceOf<"ProxyPool">, scene: Scene): Findings {
  const { seen } = scene;
  const { proxy } = seen;
  if (proxy === null) {
    const message = "this agent does not run nginx (--nginx off)";
    return { conditions: [{ type: "Programmed", status: "False", reason: "NginxOff", message }], node: null };
  }
  const name = `${pool.metadata.namespace}/${pool.metadata.name}`;
  const leftOut = proxy.leftOut.find((each) => each.pool === name);
  if (leftOut !== undefined) return leftOutFindings(leftOut.message, seen.node, proxy);
  const backends = backendStandings(pool, scene);
  return {
    conditions: [
      {
        type: "Programmed",
        status: proxy.programmed ? "True" : "False",
        reason: proxy.reason,
        message: proxy.message,
      },
      ...healthy(pool, backends),
    ],
    node: {
      node: seen.node,
      state: proxy.programmed ? "Programmed" : proxy.reason,
      since: rfc3339(proxy.since),
      why: [
        proxy.message,
        ...backends.filter(isUnhealthy).map(({ check, because }) => `${check}: ${because}`),
      ].join("; "),
    },
  };
}

function leftOutFindings(message: string, node: string, { since }: ProxyStanding): Findings {
  return {
    conditions: [{ type: "Programmed", status: "False", reason: "LeftOut", message }],
    node: { node, state: "LeftOut", since: rfc3339(since), why: message },
  };
}

const isUnhealthy = ({ verdict }: CheckStanding): boolean => verdict === "unhealthy";

function backendStandings(pool: ResourceOf<"ProxyPool">, { seen, index }: Scene): CheckStanding[] {
  const { healthCheck } = pool.spec;
  const check =
    healthCheck === undefined ? null : index.find("HealthCheck", pool.metadata.namespace, healthCheck);
  if (check === null) return [];
  return pool.spec.backends.flatMap((backend) => {
    const standing = seen.standings.get(backendCheckId(check, backend));
    return standing === undefined ? [] : [{ ...standing, check: backendName(backend) }];
  });
}

/** False only when no backend is left: a pool that lost one of several still does its work, and says so. */
function healthy(pool: ResourceOf<"ProxyPool">, backends: readonly CheckStanding[]): Findings["conditions"] {
  if (backends.length === 0) return [];
  const type = "BackendsHealthy";
  const down = backends.filter(isUnhealthy);
  const names = down.map(({ check, because }) => `${check} (${because})`).join(", ");
  if (down.length === 0) {
    return [
      { type, status: "True", reason: "AllHealthy", message: `all ${backends.length} backends are healthy` },
    ];
  }
  if (down.length < backends.length) {
    return [{ type, status: "True", reason: "SomeUnhealthy", message: `gets no requests: ${names}` }];
  }
  const page = pool.spec.sorryPage === undefined ? "clients get 503" : "clients get the sorry page";
  return [{ type, status: "False", reason: "NoneHealthy", message: `${page}: ${names}` }];
}
