import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { readObject } from "../../../controller/object/api-object.ts";
import { NODES, RESOURCES } from "../../../controller/object/api-resources.ts";
import { isRefusal } from "../../../controller/object/refusal.ts";
import type { Json, JsonObject } from "../../../controller/resource/json-schema.ts";
import { refusalIn, told } from "../../support/api-objects.ts";

const read = (tree: Json): JsonObject => {
  const object = readObject(tree, RESOURCES.VirtualIP);
  if (isRefusal(object)) assert.fail(object.message);
  return object;
};
const refusalOf = (tree: Json): string => {
  const object = readObject(tree, RESOURCES.VirtualIP);
  assert.ok(isRefusal(object));
  return told(refusalIn(object));
};

describe("an object that a client sends", () => {
  it("loses what is empty in its metadata, so that a diff against it stays clean", () => {
    const object = read({
      metadata: {
        name: "web",
        annotations: {},
        labels: {},
        finalizers: [],
        ownerReferences: [],
        creationTimestamp: null,
        selfLink: "/apis/holdfast.dev",
        generateName: "",
        clusterName: "of an older Kubernetes",
      },
      spec: { labels: {} },
    });
    assert.deepEqual(object, {
      apiVersion: "holdfast.dev/v1alpha1",
      kind: "VirtualIP",
      metadata: { name: "web" },
      spec: { labels: {} },
    });
  });

  it("keeps an empty list of managed fields, which asks to forget who owns what", () => {
    assert.deepEqual(read({ metadata: { managedFields: [] } })["metadata"], { managedFields: [] });
  });

  it("keeps a field called __proto__ as a field", () => {
    const object = read(JSON.parse('{"metadata":{"labels":{"__proto__":"x"}},"spec":{"__proto__":{"a":1}}}'));
    assert.equal(
      JSON.stringify(object),
      '{"apiVersion":"holdfast.dev/v1alpha1","kind":"VirtualIP","metadata":{"labels":{"__proto__":"x"}},"spec":{"__proto__":{"a":1}}}',
    );
  });

  it("loses its namespace where the kind has none", () => {
    const node = readObject({ metadata: { name: "lb-1", namespace: "default" } }, NODES);
    assert.ok(!isRefusal(node));
    assert.deepEqual(node["metadata"], { name: "lb-1" });
  });

  it("is refused when it is of another version or kind", () => {
    assert.equal(
      refusalOf({ apiVersion: "holdfast.dev/v1", kind: "VirtualIP" }),
      "400 BadRequest: the API version in the data (holdfast.dev/v1) does not match the expected API version (holdfast.dev/v1alpha1)",
    );
    assert.equal(
      refusalOf({ apiVersion: "holdfast.dev/v1alpha1", kind: "ProxyPool", metadata: { name: "web" } }),
      '422 Invalid: VirtualIP.holdfast.dev "web" is invalid: kind: Invalid value: "ProxyPool": must be VirtualIP',
    );
  });

  it("is refused when it cannot be read as an object", () => {
    const opening = '400 BadRequest: VirtualIP in version "v1alpha1" cannot be handled as a VirtualIP: ';
    assert.equal(refusalOf([]), `${opening}must be a mapping, found an empty list`);
    assert.equal(
      refusalOf({ metadata: { labels: { a: 1 } } }),
      `${opening}metadata.labels must be a mapping of texts`,
    );
    assert.equal(refusalOf({ metadata: [] }), `${opening}metadata must be a mapping, found an empty list`);
    assert.equal(
      refusalOf({ metadata: { finalizers: "x" } }),
      `${opening}metadata.finalizers must be a list of texts`,
    );
  });

  it("is refused when it is nested too deeply for a recursion", () => {
    const deep: Json = JSON.parse(`{"spec":${"[".repeat(100_000)}${"]".repeat(100_000)}}`);
    assert.match(refusalOf(deep), /is nested more than 64 levels deep$/);
  });
});
