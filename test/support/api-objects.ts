/** Objects of the API for tests, and contexts of requests for them. */
import assert from "node:assert/strict";
import { RESOURCES } from "../../controller/object/api-resources.ts";
import type { Outcome, RequestContext } from "../../controller/object/outcome.ts";
import { type Refusal, refusalToStatus } from "../../controller/object/refusal.ts";
import type { JsonObject } from "../../controller/resource/json-schema.ts";

export const NOW = "2026-11-24T09:00:00Z";
export const LATER = "2026-11-24T10:00:00Z";

export const vipSpec = (virtualRouterID = 51): JsonObject => ({
  addresses: ["192.0.2.10/32"],
  interface: "eth0",
  vrrp: { virtualRouterID },
  members: [{ node: "lb-1" }, { node: "lb-2", priority: 90 }],
});

/** As the store has it. */
export const storedVip = (metadata: JsonObject = {}, content: JsonObject = {}): JsonObject => ({
  apiVersion: "holdfast.dev/v1alpha1",
  kind: "VirtualIP",
  metadata: {
    name: "web",
    namespace: "default",
    uid: "uid-1",
    resourceVersion: "7",
    generation: 1,
    creationTimestamp: NOW,
    ...metadata,
  },
  spec: vipSpec(),
  ...content,
});

export const onVip = (changes: Partial<RequestContext> = {}): RequestContext => ({
  resource: RESOURCES.VirtualIP,
  namespace: "default",
  name: "web",
  now: LATER,
  uid: "uid-new",
  nameSuffix: "x7k2q",
  ...changes,
});

export function objectIn(outcome: Outcome, type: Exclude<Outcome["type"], "refused">): JsonObject {
  if (outcome.type === "refused") assert.fail(outcome.message);
  assert.equal(outcome.type, type);
  return outcome.object;
}

export function refusalIn(outcome: { readonly type: string } | Refusal): Refusal {
  assert.equal(outcome.type, "refused", JSON.stringify(outcome));
  return outcome as Refusal;
}

/** Code, reason and message: what kubectl goes by and what it prints. */
export function told(outcome: { readonly type: string } | Refusal): string {
  const { code, reason, message } = refusalToStatus(refusalIn(outcome));
  return `${code} ${reason}: ${message}`;
}
