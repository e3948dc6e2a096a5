/** HealthCheck → probes: aimed at this node for a VirtualIP that tracks it, at each backend for a pool. */

import type { Check, Probe } from "../health/probe.ts";
import { canonicalAuthority, canonicalHost } from "../net/authority.ts";
import { spanOf } from "../resource/fields.ts";
import type { HealthCheckSpec } from "../resource/health-check.ts";
import { keyOf, type ResourceOf } from "../resource/meta.ts";
import type { BackendSpec } from "../resource/proxy-pool.ts";
import type { Index, Problem } from "./desired.ts";
import { gatewayChecks } from "./tracks.ts";

export interface Aimed {
  readonly check: Check | null;
  readonly problem: Problem | null;
}

/** Whom a probe without an address of its own is aimed at. */
interface Target {
  readonly host: string;
  /** null: the probe must name the port itself. */
  readonly port: number | null;
}

const THIS_NODE: Target = { host: "127.0.0.1", port: null };

export function aimAtNode(vip: ResourceOf<"VirtualIP">, index: Index): Aimed[] {
  const gateways = gatewayChecks(vip).map((check): Aimed => ({ check, problem: null }));
  const checks = vip.spec.track.flatMap(({ healthCheck }) => {
    if (healthCheck === undefined) return [];
    const found = index.find("HealthCheck", vip.metadata.namespace, healthCheck);
    return found === null ? [] : [aim(found, nodeCheckId(found), THIS_NODE)];
  });
  return [...checks, ...gateways];
}

export function aimAtBackend(pool: ResourceOf<"ProxyPool">, index: Index): Aimed[] {
  const name = pool.spec.healthCheck;
  const found = name === undefined ? null : index.find("HealthCheck", pool.metadata.namespace, name);
  if (found === null) return [];
  return pool.spec.backends.map((backend) =>
    aim(found, backendCheckId(found, backend), { host: canonicalHost(backend.address), port: backend.port }),
  );
}

export const nodeCheckId = (check: ResourceOf<"HealthCheck">): string =>
  `${check.metadata.namespace}/${check.metadata.name}`;

/** Two pools with the same backend share its probe: check traffic does not grow with the number of pools. */
export const backendCheckId = (check: ResourceOf<"HealthCheck">, backend: BackendSpec): string =>
  `${nodeCheckId(check)}@${backendName(backend)}`;

/** `192.0.2.7:80`, `[2001:db8::7]:80`. */
export const backendName = ({ address, port }: BackendSpec): string => canonicalAuthority(address, port);

function aim(check: ResourceOf<"HealthCheck">, id: string, target: Target): Aimed {
  const { spec } = check;
  const probe = probeOf(spec, target);
  if (probe === null) {
    const problem: Problem = {
      key: keyOf(check),
      condition: "ReferencesResolved",
      reason: "PortMissing",
      message: "tcp.port is needed where a VirtualIP tracks the check: there is no backend to take it from",
    };
    return { check: null, problem };
  }
  return {
    check: {
      id,
      probe,
      interval: spanOf(spec.interval),
      timeout: spanOf(spec.timeout),
      fall: spec.fall,
      rise: spec.rise,
      jitter: spec.jitter,
      initialState: INITIAL_STATES[spec.initialState],
    },
    problem: null,
  };
}

const INITIAL_STATES = { Pending: "pending", Healthy: "healthy", Unhealthy: "unhealthy" } as const;
const HTTP_PORT = 80;

/** null where the probe cannot be aimed. The schema has seen to it that exactly one probe is there. */
function probeOf(spec: HealthCheckSpec, target: Target): Probe | null {
  const { file, exec, tcp, http } = spec;
  if (spec.process !== undefined) return { type: "process", name: spec.process.name };
  if (file !== undefined) return { type: "file", path: file.path, expect: file.expect };
  if (exec !== undefined) return { type: "exec", command: exec.command, shell: exec.shell };
  if (tcp !== undefined) {
    const port = tcp.port ?? target.port;
    return port === null ? null : { type: "tcp", host: tcp.host ?? target.host, port };
  }
  if (http === undefined) throw new Error("a HealthCheck without a probe, though the schema took it");
  return {
    type: "http",
    host: http.host ?? target.host,
    port: http.port ?? target.port ?? HTTP_PORT,
    path: http.path,
    method: http.method,
    hostHeader: http.hostHeader ?? null,
    expectStatus: http.expectStatus ?? null,
    expectBody: http.expectBody ?? null,
  };
}
