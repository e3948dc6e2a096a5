/** Arbitrary small worlds of resources for properties: few names, numbers and addresses, so that they meet often. */
import fc from "fast-check";
import type { WallTime } from "../../controller/net/time.ts";
import type { Seen } from "../../controller/plan/seen.ts";
import type { Resource } from "../../controller/resource/meta.ts";
import { API_SOURCE, type StoredResource } from "../../controller/resource/stored.ts";
import { aRouterStatus } from "./reports.ts";
import { aHealthCheck, aProxyPool, aVirtualIP } from "./resources.ts";

const name = fc.constantFrom("a", "b", "c", "web");
const namespace = fc.constantFrom("default", "default", "default", "other");
const address = fc.constantFrom(
  "192.0.2.1/32",
  "192.0.2.1/24",
  "192.0.2.2/32",
  "2001:db8::1/64",
  "2001:db8:0::1/64",
  "2001:db8::2/64",
);
const nodes = ["keepalive-a", "keepalive-b", "keepalive-c"] as const;

const placed = <T extends Resource>(resource: T, where: string): T => ({
  ...resource,
  metadata: { ...resource.metadata, namespace: where },
});

const probe = fc.constantFrom(
  { tcp: {} },
  { tcp: { port: 80 } },
  { process: { name: "nginx" } },
  { file: { path: "/etc/down", expect: "Absent" } },
  { file: { path: "/etc/down", expect: "Present" } },
  { http: { path: "/" } },
);

const healthCheck = fc
  .record({ name, namespace, probe })
  .map(({ name: own, namespace: where, probe: asked }): Resource => placed(aHealthCheck(own, asked), where));

const virtualIP = fc
  .record({
    name,
    namespace,
    addresses: fc.uniqueArray(address, { minLength: 1, maxLength: 2 }),
    virtualRouterID: fc.constantFrom(51, 52),
    multicastGroup: fc.constantFrom("224.0.0.18", "224.0.0.19"),
    virtualMAC: fc.boolean(),
    preempt: fc.boolean(),
    group: fc.option(fc.constantFrom("g", "h"), { nil: undefined }),
    members: fc.subarray([...nodes], { minLength: 1 }),
    priorities: fc.array(fc.constantFrom(100, 95, 50), { minLength: 3, maxLength: 3 }),
    track: fc.array(fc.record({ healthCheck: name, weight: fc.constantFrom(undefined, -10, 20) }), {
      maxLength: 2,
    }),
  })
  .map((terms): Resource => {
    const { name: own, namespace: where, addresses, group, members, priorities, track, ...vrrp } = terms;
    return placed(
      aVirtualIP(own, {
        addresses,
        vrrp,
        ...(group === undefined ? {} : { group }),
        members: members.map((node, index) => ({ node, priority: priorities[index] ?? 100 })),
        track,
      }),
      where,
    );
  });

const proxyPool = fc
  .record({
    name,
    namespace,
    virtualIPs: fc.uniqueArray(name, { maxLength: 2 }),
    ports: fc.uniqueArray(fc.constantFrom(80, 81), { minLength: 1, maxLength: 2 }),
    backends: fc.array(
      fc.record({
        address: fc.constantFrom("192.0.2.1", "192.0.2.9", "127.0.0.1"),
        port: fc.constantFrom(80, 8080),
      }),
      { minLength: 1, maxLength: 2 },
    ),
    healthCheck: fc.option(name, { nil: undefined }),
  })
  .map(({ name: own, namespace: where, virtualIPs, ports, backends, healthCheck: check }): Resource => {
    const listeners = ports.map((port) => ({ name: `p${port}`, port }));
    const checked = check === undefined ? {} : { healthCheck: check };
    return placed(aProxyPool(own, { virtualIPs, listeners, backends, ...checked }), where);
  });

export const anyResource: fc.Arbitrary<Resource> = fc.oneof(healthCheck, virtualIP, virtualIP, proxyPool);

const placeOf = ({ kind, metadata }: Resource): string => `${kind}\0${metadata.namespace}\0${metadata.name}`;

/** Each key once, in the order of a store. */
export const anyResources: fc.Arbitrary<readonly Resource[]> = fc
  .uniqueArray(anyResource, { selector: placeOf, maxLength: 14 })
  .map((all) => all.toSorted((one, other) => (placeOf(one) < placeOf(other) ? -1 : 1)));

export const stored = (resource: Resource, index: number): StoredResource => ({
  resource,
  provenance:
    index % 2 === 0
      ? { source: API_SOURCE, file: "kubectl", line: 0 }
      : { source: "directory:/manifests", file: "a.yaml", line: index },
});

const verdict = fc.constantFrom("healthy", "unhealthy", "pending");
const NOW = 5000 as WallTime;

/** What a node of such a world may see. */
export const anySeen: fc.Arbitrary<Seen> = fc
  .record({
    speakerPid: fc.constantFrom(null, 7),
    membershipInForce: fc.boolean(),
    routers: fc.uniqueArray(name, { maxLength: 3 }),
    role: fc.constantFrom("master", "backup", "fault"),
    proxy: fc.option(
      fc.record({ programmed: fc.boolean(), leftOut: fc.uniqueArray(name, { maxLength: 1 }) }),
      {
        nil: null,
      },
    ),
    standings: fc.array(
      fc.record({ name, target: fc.constantFrom("", "@192.0.2.1:80", "@192.0.2.9:80"), verdict }),
      {
        maxLength: 5,
      },
    ),
    problems: fc.array(fc.record({ name, kind: fc.constantFrom("VirtualIP", "ProxyPool") }), {
      maxLength: 2,
    }),
    rejections: fc.array(fc.constantFrom("VirtualIP/default/a", "HealthCheck/default/web", null), {
      maxLength: 2,
    }),
  })
  .map(({ routers, role, proxy, standings, problems, rejections, ...rest }) => ({
    ...rest,
    node: "keepalive-a",
    now: NOW,
    routers: routers.map((own) =>
      aRouterStatus({
        name: `default/${own}`,
        role: role as "master" | "backup" | "fault",
        since: NOW,
        because: "so",
      }),
    ),
    proxy:
      proxy === null
        ? null
        : {
            programmed: proxy.programmed,
            reason: proxy.programmed ? "Converged" : "Refused",
            message: "so it is",
            since: NOW,
            leftOut: proxy.leftOut.map((own) => ({ pool: `default/${own}`, message: "left out" })),
          },
    standings: new Map(
      standings.map(({ name: own, target, verdict: found }) => {
        const check = `default/${own}${target}`;
        return [
          check,
          { check, verdict: found as "healthy" | "unhealthy" | "pending", because: "it said so", since: NOW },
        ];
      }),
    ),
    problems: problems.map(({ name: own, kind }) => ({
      key: { kind: kind as "VirtualIP" | "ProxyPool", namespace: "default", name: own },
      condition: "ReferencesResolved" as const,
      reason: "NotFound",
      message: `${own} is not there`,
    })),
    rejections: rejections.map((resource, index) => ({
      file: "a.yaml",
      line: index,
      column: 1,
      path: "spec",
      resource,
      message: "wrong",
    })),
  }));
