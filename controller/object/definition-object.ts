/** A kind of ours as the definition that a cluster would have of it, so that its clients find it where they look. */
import { crdName, crdOf } from "../resource/crd.ts";
import type { JsonObject } from "../resource/json-schema.ts";
import type { Kind } from "../resource/meta.ts";
import { RESOURCES } from "./api-resources.ts";
import { withMetadata } from "./metadata.ts";
import { at } from "./tree.ts";

/** `startedAt`: RFC 3339, since when the agent runs. */
export function definitionObject(kind: Kind, startedAt: string): JsonObject {
  const definition = crdOf(kind);
  const creationTimestamp = startedAt.replace(/\.\d+Z$/, "Z");
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
