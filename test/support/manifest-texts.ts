/** Manifests as text, one of each kind, sound; a test changes one line and sees what is said about it. */
import { type ParsedManifests, parseManifests } from "../../controller/resource/parse.ts";
import { formatRejection } from "../../controller/resource/rejection.ts";

export const HEALTH_CHECK = `apiVersion: holdfast.dev/v1alpha1
kind: HealthCheck
metadata:
  name: web-up
spec:
  http: {path: /}
  interval: 1s
`;

export const VIRTUAL_IP = `apiVersion: holdfast.dev/v1alpha1
kind: VirtualIP
metadata:
  name: web
spec:
  addresses: [192.0.2.10/32]
  interface: eth0
  vrrp:
    virtualRouterID: 51
    version: 3
  members:
    - {node: lb-1, priority: 100}
    - {node: lb-2, priority: 95}
  track:
    - {healthCheck: web-up, weight: -10}
  notify: []
`;

export const PROXY_POOL = `apiVersion: holdfast.dev/v1alpha1
kind: ProxyPool
metadata:
  name: web-servers
spec:
  virtualIPs: [web]
  listeners:
    - {name: http, port: 80}
  backends:
    - {address: 192.0.2.21}
    - {address: 192.0.2.22}
  healthCheck: web-up
`;

/** `text` with `from`, which must be in it, replaced by `to`. */
export function changed(text: string, from: string, to: string): string {
  if (!text.includes(from)) throw new Error(`the manifest does not hold ${JSON.stringify(from)}`);
  return text.replace(from, () => to);
}

/** What is said about a text, without the name of the file: `6:14: spec.http: must be ...`. */
export function refusals(text: string): string[] {
  return told(parseManifests("f", text).rejections);
}

export function cautions(text: string): string[] {
  return told(parseManifests("f", text).warnings);
}

const told = (rejections: ParsedManifests["rejections"]): string[] =>
  rejections.map((rejection) => formatRejection(rejection).replace(/^f:( |(?=\d))/, ""));
