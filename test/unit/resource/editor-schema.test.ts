/** The JSON Schema for editors: one for all kinds, strict about fields, free of what only Kubernetes knows. */
import assert from "node:assert/strict";
import { it } from "node:test";
import { editorSchema } from "../../../controller/resource/editor-schema.ts";
import { isObject, type Json } from "../../../controller/resource/json-schema.ts";

const KINDS_IN_FILES = ["HealthCheck", "VirtualIP", "ProxyPool", "AgentConfig"];

function definition(kind: string): Readonly<Record<string, Json>> {
  const { definitions } = editorSchema();
  assert.ok(isObject(definitions));
  const found = definitions[kind];
  assert.ok(isObject(found), `no definition of ${kind}`);
  return found;
}

it("knows each kind, and leads from the word `kind` to its definition", () => {
  const { allOf } = editorSchema();
  assert.deepEqual(
    allOf,
    KINDS_IN_FILES.map((kind) => ({
      if: { required: ["kind"], properties: { kind: { const: kind } } },
      // biome-ignore lint/suspicious/noThenProperty: it is JSON Schema's word.
      then: { $ref: `#/definitions/${kind}` },
    })),
  );
  for (const kind of KINDS_IN_FILES) assert.equal(definition(kind)["additionalProperties"], false);
});

it("does not ask for fields that have a default", () => {
  assert.deepEqual(definition("AgentConfig")["required"], ["apiVersion", "kind"]);
  assert.deepEqual(definition("ProxyPool")["required"], ["apiVersion", "kind", "metadata", "spec"]);
});

it("says that a HealthCheck has exactly one probe", () => {
  const { properties } = definition("HealthCheck");
  assert.ok(isObject(properties) && isObject(properties["spec"]));
  assert.deepEqual(
    properties["spec"]["oneOf"],
    ["process", "file", "exec", "tcp", "http"].map((probe) => ({ required: [probe] })),
  );
});

it("holds nothing that only Kubernetes understands", () => {
  assert.doesNotMatch(JSON.stringify(editorSchema()), /x-kubernetes/);
});
