/** Builders of resources: everything has a sound default, and a test says only what it is about. */
import { healthCheckSpec } from "../../controller/resource/health-check.ts";
import { API_VERSION, type ObjectMeta, type ResourceOf } from "../../controller/resource/meta.ts";
import { proxyPoolSpec } from "../../controller/resource/proxy-pool.ts";
import { virtualIPSpec } from "../../controller/resource/virtual-ip.ts";

type Fields = Readonly<Record<string, unknown>>;

export function aHealthCheck(name = "nginx-alive", fields: Fields = { process: { name: "nginx" } }) {
  const resource: ResourceOf<"HealthCheck"> = {
    apiVersion: API_VERSION,
    kind: "HealthCheck",
    metadata: metadata(name),
    spec: healthCheckSpec.parse(fields),
  };
  return resource;
}

export function aVirtualIP(name = "web", fields: Fields = {}) {
  const resource: ResourceOf<"VirtualIP"> = {
    apiVersion: API_VERSION,
    kind: "VirtualIP",
    metadata: metadata(name),
    spec: virtualIPSpec.parse({
      addresses: ["172.16.253.150/32"],
      interface: "ens33",
      vrrp: { version: 2, virtualRouterID: 51 },
      members: [
        { node: "keepalive-a", priority: 100 },
        { node: "keepalive-b", priority: 95 },
      ],
      ...fields,
    }),
  };
  return resource;
}

export function aProxyPool(name = "websrvs", fields: Fields = {}) {
  const resource: ResourceOf<"ProxyPool"> = {
    apiVersion: API_VERSION,
    kind: "ProxyPool",
    metadata: metadata(name),
    spec: proxyPoolSpec.parse({
      virtualIPs: ["web"],
      listeners: [{ name: "http", port: 80 }],
      backends: [{ address: "172.16.250.127" }, { address: "172.16.253.193" }],
      ...fields,
    }),
  };
  return resource;
}

function metadata(name: string): ObjectMeta {
  return {
    name,
    namespace: "default",
    uid: `uid-${name}`,
    generation: 1,
    resourceVersion: "1",
    creationTimestamp: "2026-01-01T00:00:00Z",
  };
}
