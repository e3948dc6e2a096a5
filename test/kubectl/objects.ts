/** Manifests for the matrix, and what the server holds of them. */
import assert from "node:assert/strict";
import { RESOURCES } from "../../controller/object/api-resources.ts";
import { LOCAL_ROOT } from "../../controller/object/identity.ts";
import { at } from "../../controller/object/tree.ts";
import type { Json, JsonObject } from "../../controller/resource/json-schema.ts";
import { KINDS, type Kind } from "../../controller/resource/meta.ts";
import type { Kubectl } from "./kubectl.ts";

type Changes = { readonly metadata?: JsonObject; readonly spec?: JsonObject };

export const vip = (name: string, { metadata = {}, spec = {} }: Changes = {}): JsonObject => ({
  apiVersion: "holdfast.dev/v1alpha1",
  kind: "VirtualIP",
  metadata: { name, ...metadata },
  spec: {
    addresses: ["192.0.2.10/32"],
    interface: "eth0",
    vrrp: { virtualRouterID: 51 },
    members: [{ node: "lb1" }, { node: "lb2", priority: 90 }],
    ...spec,
  },
});

export const check = (name: string, { metadata = {}, spec = {} }: Changes = {}): JsonObject => ({
  apiVersion: "holdfast.dev/v1alpha1",
  kind: "HealthCheck",
  metadata: { name, ...metadata },
  spec: { process: { name: "nginx" }, ...spec },
});

/**
 * What a row begins with, as `kubectl create` would leave it: the starts of kubectl are what the matrix takes its time for,
 * and rows of their own show that it creates.
 */
export async function given(kubectl: Kubectl, ...objects: readonly JsonObject[]): Promise<void> {
  for (const object of objects) {
    const kind = KINDS.find((name) => name === object["kind"]) ?? assert.fail(`a kind: ${object["kind"]}`);
    const { group, version, plural } = RESOURCES[kind];
    const answer = await kubectl.server.api.answer({
      method: "POST",
      path: `/apis/${group}/${version}/namespaces/default/${plural}`,
      parameters: (name) => (name === "fieldManager" ? "kubectl-create" : ""),
      parameterList: () => [],
      header: (name) => (name.toLowerCase() === "content-type" ? "application/json" : ""),
      body: Buffer.from(JSON.stringify(object)),
      user: LOCAL_ROOT,
      source: "socket",
    });
    assert.ok(answer.type === "answer" && answer.status === 201, JSON.stringify(answer));
  }
}

/** What is at a path of an object in the store; undefined: nothing is. */
export async function held(kubectl: Kubectl, kind: Kind, name: string, ...path: string[]): Promise<unknown> {
  const stored = await kubectl.server.store.get({ kind, namespace: "default", name });
  return stored === null ? undefined : at(stored.resource as unknown as Json, ...path);
}

/** `Kind/name` of all that the store holds, sorted. */
export async function all(kubectl: Kubectl): Promise<readonly string[]> {
  const stored = await kubectl.server.store.list();
  return stored.map(({ resource }) => `${resource.kind}/${resource.metadata.name}`).sort();
}

/** `manager Operation` of each entry of managedFields, sorted. */
export async function managers(kubectl: Kubectl, kind: Kind, name: string): Promise<readonly string[]> {
  const entries = await held(kubectl, kind, name, "metadata", "managedFields");
  assert.ok(Array.isArray(entries), `${kind}/${name} has managedFields`);
  return entries
    .map((entry: JsonObject) => `${String(entry["manager"])} ${String(entry["operation"])}`)
    .sort();
}

/** As the agent does it. */
export async function tellStatus(
  kubectl: Kubectl,
  kind: Kind,
  name: string,
  status: JsonObject,
): Promise<void> {
  const { store } = kubectl.server;
  const stored = await store.get({ kind, namespace: "default", name });
  assert.ok(stored !== null);
  const { resource, provenance } = stored;
  const ifVersion = resource.metadata.resourceVersion;
  const next = { ...resource, status } as unknown as typeof resource;
  await store.write([{ type: "put", resource: next, provenance, ifVersion }]);
}

export const ready = (status: "True" | "False", generation = 1): JsonObject => ({
  observedGeneration: generation,
  conditions: [
    {
      type: "Ready",
      status,
      reason: "AsAsked",
      message: "all is well",
      observedGeneration: generation,
      lastTransitionTime: "2026-11-24T12:00:00Z",
    },
  ],
});
