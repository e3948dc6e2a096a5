/** The one namespace that an agent serves, as an object of the core group. */
import { rfc3339Seconds, type WallTime } from "../net/time.ts";
import type { JsonObject } from "../resource/json-schema.ts";

/** `startedAt`: since when the agent runs. */
export const namespaceObject = (name: string, startedAt: WallTime): JsonObject => ({
  apiVersion: "v1",
  kind: "Namespace",
  metadata: {
    name,
    uid: name,
    creationTimestamp: rfc3339Seconds(startedAt),
    labels: { "kubernetes.io/metadata.name": name },
  },
  spec: {},
  status: { phase: "Active" },
});
