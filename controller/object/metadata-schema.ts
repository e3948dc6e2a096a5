/** The schema of `metadata`, the same for every kind: how it merges, and what `kubectl explain` says of it. */
import type { JsonObject, JsonSchema } from "../resource/json-schema.ts";

const text = (description: string): JsonObject => ({ type: "string", description });
const time = (description: string): JsonObject => ({ type: "string", format: "date-time", description });
const whole = (description: string): JsonObject => ({ type: "integer", format: "int64", description });
const flag = (description: string): JsonObject => ({ type: "boolean", description });
const texts = (description: string): JsonObject => ({
  type: "object",
  additionalProperties: { type: "string" },
  description,
});

const OWNER: JsonObject = {
  type: "object",
  required: ["apiVersion", "kind", "name", "uid"],
  properties: {
    apiVersion: text("Group and version of the owner."),
    kind: text("Kind of the owner."),
    name: text("Name of the owner."),
    uid: text("UID of the owner."),
    controller: flag("Whether the owner manages the resource."),
    blockOwnerDeletion: flag("Kept, without effect: nothing here is collected with its owner."),
  },
  "x-kubernetes-map-type": "atomic",
};

export const METADATA_SCHEMA: JsonSchema = {
  type: "object",
  description: "What identifies the resource, and what people and programs have noted on it.",
  properties: {
    name: text(
      "Name of the resource, unique among those of its kind in the namespace. It cannot be changed.",
    ),
    generateName: text("Beginning of a name that the server completes when name is left out."),
    namespace: text("Namespace of the resource. An agent serves one namespace."),
    selfLink: text("Not used any more."),
    uid: text("Tells the resource from others that had or will have its name. Set by the server."),
    resourceVersion: text("Changes with every write. A write that names another version is refused."),
    generation: whole("Grows by one with each change of the spec. Set by the server."),
    creationTimestamp: time("When the resource was created. Set by the server."),
    deletionTimestamp: time("When its deletion was asked for; it goes when its finalizers are gone."),
    deletionGracePeriodSeconds: whole("Always 0. Set by the server with deletionTimestamp."),
    labels: texts("Names and values by which resources are selected."),
    annotations: texts("Notes of people and programs, not for selecting."),
    finalizers: {
      type: "array",
      items: { type: "string" },
      "x-kubernetes-list-type": "set",
      description: "Who must take his name off this list before the resource goes.",
    },
    ownerReferences: {
      type: "array",
      items: OWNER,
      "x-kubernetes-list-type": "map",
      "x-kubernetes-list-map-keys": ["uid"],
      description: "Resources that this one belongs to.",
    },
  },
};

/** Not merged, since the server alone writes it. */
export const MANAGED_FIELDS_SCHEMA: JsonSchema = {
  type: "array",
  items: {
    type: "object",
    properties: {
      manager: text("As the client calls itself."),
      operation: text("Apply or Update."),
      apiVersion: text("Version of the kind in which the fields are named."),
      time: time("When the fields last changed."),
      fieldsType: text("Always FieldsV1."),
      fieldsV1: { type: "object", description: "The fields.", "x-kubernetes-preserve-unknown-fields": true },
      subresource: text("Through which the fields were written; empty for the resource itself."),
    },
  },
  "x-kubernetes-list-type": "atomic",
  description: "Who owns which fields. Written by the server.",
};
