/** The API over a store in memory: with nothing in it, and nothing that it would do. */
import { randomUUID } from "node:crypto";
import { definitionsSince } from "../../controller/api/definitions.ts";
import { KubeApi, type KubeApiParts } from "../../controller/api/kube-api.ts";
import { LiveCollection } from "../../controller/api/live-collection.ts";
import { NODES } from "../../controller/object/api-resources.ts";
import { rulesOf, whyForbidden } from "../../controller/object/authorize.ts";
import { mergeTypes } from "../../controller/object/merge-types.ts";
import { namespaceObject } from "../../controller/object/namespace-object.ts";
import { notFound } from "../../controller/object/refusal.ts";
import { MemoryAudit } from "./memory-audit.ts";

type Given = Pick<KubeApiParts, "store" | "clock"> & Partial<KubeApiParts>;

export function kubeApiOver(parts: Given): KubeApi {
  const live = (): LiveCollection => new LiveCollection(parts.clock.wallTime());
  const namespaces = live();
  namespaces.show([namespaceObject("default", parts.clock.wallTime())]);
  return new KubeApi({
    version: "0.0.0-test",
    address: "127.0.0.1:0",
    namespace: "default",
    random: Math.random,
    newUid: randomUUID,
    mergeTypes: mergeTypes(),
    gate: { refusal: whyForbidden, rules: rulesOf },
    audit: new MemoryAudit(),
    events: live(),
    nodes: live(),
    namespaces,
    definitions: definitionsSince(parts.clock.wallTime()),
    changeNode: async (call) => notFound(NODES, call.name),
    foresee: async () => ({ plan: [], warnings: [] }),
    ...parts,
  });
}
