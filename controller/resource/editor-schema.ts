/** One JSON Schema for all files of ours, so that editors complete, explain and check while one types. */
import { agentConfigSchema } from "./agent-config.ts";
import { CHOICES } from "./cluster-rules.ts";
import { type JsonObject, type JsonSchema, jsonSchemaOf, manifestSchema, mapSchemas } from "./json-schema.ts";
import { API_VERSION, KINDS, type Kind } from "./meta.ts";

export function editorSchema(): JsonSchema {
  const schemas = new Map<string, JsonSchema>([
    ...KINDS.map((kind) => [kind, kindSchema(kind)] as const),
    ["AgentConfig", jsonSchemaOf(agentConfigSchema)],
  ]);
  return {
    $schema: "http://json-schema.org/draft-07/schema#",
    title: "Holdfast manifests",
    description: "A HealthCheck, VirtualIP or ProxyPool, or the AgentConfig of a node.",
    type: "object",
    required: ["apiVersion", "kind"],
    properties: { apiVersion: { enum: [API_VERSION] }, kind: { enum: [...schemas.keys()] } },
    // Not `oneOf`: an editor would complain of the other kinds' fields too.
    allOf: [...schemas.keys()].map(whenKindIs),
    definitions: Object.fromEntries(schemas),
  };
}

const whenKindIs = (kind: string): JsonObject => ({
  if: saysKind(kind),
  // biome-ignore lint/suspicious/noThenProperty: it is JSON Schema's word.
  then: { $ref: `#/definitions/${kind}` },
});

const saysKind = (kind: string): JsonObject => ({
  required: ["kind"],
  properties: { kind: { const: kind } },
});

function kindSchema(kind: Kind): JsonSchema {
  return mapSchemas(manifestSchema(kind), (schema, path) => {
    const { "x-kubernetes-validations": _rules, ...plain } = schema;
    const choice = CHOICES[kind].find(({ at }) => at === path);
    return choice === undefined
      ? plain
      : { ...plain, oneOf: choice.fields.map((field) => ({ required: [field] })) };
  });
}
