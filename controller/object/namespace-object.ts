/** The one namespace that an agent serves, as an object of the core group. */
import type { JsonObject } from "../resource/json-schema.ts";

/** `startedAt`: RFC 3339, since when the agent runs. */
export const namespaceObject = (name: string, startedAt: string): JsonObject => ({
  apiVersion: "v1",
  kind: "Namespace",
  metadata: {
    name,
    uid: name,
    creationTimestamp: startedAt.replace(/\.\d+Z$/, "Z"),
    labels: { "kubernetes.io/metadata.name": name },
  },
  spec: {},
  status: { phase: "Active" },
});
