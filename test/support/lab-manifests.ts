/**
 * The seed's two experiments as manifests, with the seed's own addresses: those that are shipped, and the same again in
 * pieces that a test can edit.
 */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

export const VIP_A = "172.16.253.150";
export const VIP_B = "172.16.253.140";
export const A = "keepalive-a";
export const B = "keepalive-b";
export const CLIENT_ADDRESS = "172.16.253.177";
export const ADDRESS_OF: Readonly<Record<string, string>> = { [A]: "172.16.253.108", [B]: "172.16.253.105" };

const HEAD = "apiVersion: holdfast.dev/v1alpha1";

export const CHECKS = `${HEAD}
kind: HealthCheck
metadata: {name: nginx-alive}
spec: {process: {name: nginx}, interval: 2s, timeout: 1s, fall: 2, rise: 2}
---
${HEAD}
kind: HealthCheck
metadata: {name: in-service}
spec: {file: {path: /etc/holdfast/down, expect: Absent}, interval: 1s, fall: 2, rise: 1}
---
${HEAD}
kind: HealthCheck
metadata: {name: web-up}
spec: {http: {path: /}, interval: 1s, timeout: 500ms, fall: 2, rise: 2}
`;

export interface VirtualIPTerms {
  readonly name: string;
  readonly address: string;
  readonly virtualRouterID: number;
  /** On keepalive-a and keepalive-b. */
  readonly priorities: readonly [number, number];
  readonly version?: 2 | 3;
  readonly password?: string | null;
}

export function virtualIP(terms: VirtualIPTerms): string {
  const { name, address, virtualRouterID, priorities, version = 2, password = "qr8hQHuL" } = terms;
  const authentication =
    password === null ? "" : `\n    authentication: {type: Simple, password: ${password}}`;
  return `${HEAD}
kind: VirtualIP
metadata: {name: ${name}}
spec:
  addresses: [${address}/32]
  interface: ens33
  vrrp:
    version: ${version}
    virtualRouterID: ${virtualRouterID}
    advertisementInterval: 1s
    multicastGroup: 224.103.5.5${authentication}
  members:
    - {node: ${A}, priority: ${priorities[0]}, address: ${ADDRESS_OF[A]}}
    - {node: ${B}, priority: ${priorities[1]}, address: ${ADDRESS_OF[B]}}
  track:
    - {healthCheck: nginx-alive, weight: -10}
    - {healthCheck: in-service, weight: -10}
  notify:
    - mail: {to: [root@example.com], from: ka_admin@example.com}
    - exec: {command: [/etc/holdfast/notify.sh]}
`;
}

export const BACKENDS = "[{address: 172.16.250.127}, {address: 172.16.253.193}]";

export function proxyPool(virtualIPs: string, backends = BACKENDS): string {
  return `${HEAD}
kind: ProxyPool
metadata: {name: websrvs}
spec:
  virtualIPs: ${virtualIPs}
  listeners: [{name: http, protocol: HTTP, port: 80}]
  algorithm: RoundRobin
  backends: ${backends}
  healthCheck: web-up
  sorryPage: {body: "<h1> sorry from \${node} </h1>"}
`;
}

const WEB_A = virtualIP({ name: "web", address: VIP_A, virtualRouterID: 51, priorities: [100, 95] });
const WEB_B = virtualIP({
  name: "web-b",
  address: VIP_B,
  virtualRouterID: 52,
  priorities: [95, 100],
  password: "qr8hQH99",
});

/** As the program comes with them; the suites run at the root of the repository. */
function shipped(name: string): Readonly<Record<string, string>> {
  const directory = join(process.cwd(), "manifests", name);
  const files = readdirSync(directory).filter((file) => file.endsWith(".yaml"));
  return Object.fromEntries(files.map((file) => [file, readFileSync(join(directory, file), "utf8")]));
}

export const shippedSingleMaster = (): Readonly<Record<string, string>> => shipped("single-master");
export const shippedDualMaster = (): Readonly<Record<string, string>> => shipped("dual-master");

/** One file per kind, so that a test can edit one of them. */
export const SINGLE_MASTER = {
  "checks.yaml": CHECKS,
  "web.yaml": WEB_A,
  "pool.yaml": proxyPool("[web]"),
};

export const DUAL_MASTER = {
  "checks.yaml": CHECKS,
  "web.yaml": WEB_A,
  "web-b.yaml": WEB_B,
  "pool.yaml": proxyPool("[web, web-b]"),
};
