/** A kind of ours as the definition that a cluster would have of it, so that its clients find it where they look. */
import { rfc3339Seconds, type WallTime } from "../net/time.ts";
import { crdName, crdOf } from "../resource/crd.ts";
import type { JsonObject } from "../resource/json-schema.ts";
import type { Kind } from "../resource/meta.ts";
import { RESOURCES } from "./api-resources.ts";
import { withMetadata } from "./metadata.ts";
import { at } from "./tree.ts";

/** `startedAt`: since when the agent runs. */
export function definitionObject(kind: Kind, startedAt: WallTime): JsonObject {
  const definition = crdOf(kind);
  const creationTimestamp = rfc3339Seconds(startedAt);
  const condition = (type: string, reason: string): JsonObject => ({
    type,
    status: "True",
    reason,
    message: "the agent serves it",
    lastTransitionTime: creationTimestamp,
  });
  return {
    ...withMetadata(definition, { uid: crdName(kind), creationTimestamp }),
    status: {
      conditions: [
        condition("NamesAccepted", "NoConflicts"),
        condition("Established", "InitialNamesAccepted"),
      ],
      acceptedNames: at(definition, "spec", "names") ?? {},
      storedVersions: [RESOURCES[kind].version],
    },
  };
}
