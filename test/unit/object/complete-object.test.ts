import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { completeObject } from "../../../controller/object/complete-object.ts";
import { duplicateFields } from "../../../controller/object/duplicate-fields.ts";
import { fieldValidationCauses, readFieldValidation } from "../../../controller/object/field-validation.ts";
import { isRefusal, refusalToStatus } from "../../../controller/object/refusal.ts";
import { at, mappingAt } from "../../../controller/object/tree.ts";
import { isList, type Json, type JsonObject } from "../../../controller/resource/json-schema.ts";
import { storedVip, told, vipSpec } from "../../support/api-objects.ts";
import { VIP_TYPE } from "../../support/vip-owners.ts";

const complete = (object: JsonObject, subresource: "" | "status" = "") =>
  completeObject("VirtualIP", VIP_TYPE, subresource, object);
const withSpec = (spec: JsonObject): JsonObject => storedVip({}, { spec: { ...vipSpec(), ...spec } });

function causes(object: JsonObject, subresource: "" | "status" = ""): Json[] {
  const refusal = complete(object, subresource);
  assert.ok(isRefusal(refusal));
  const found = at(refusalToStatus(refusal), "details", "causes");
  return (isList(found) ? found : []).map(
    (each) => `${String(at(each, "reason"))} ${String(at(each, "field"))}: ${String(at(each, "message"))}`,
  );
}

describe("a sound object", () => {
  it("has its defaults filled in, once and for all, and loses unknown fields", () => {
    const completed = complete(withSpec({ bogus: 1 }));
    assert.ok(!isRefusal(completed));
    const spec = mappingAt(completed.object, "spec");
    assert.equal(at(spec, "vrrp", "advertisementInterval"), "1s");
    assert.equal(spec["bogus"], undefined);
    assert.deepEqual(completed.object["metadata"], storedVip()["metadata"]);
    assert.deepEqual(complete(completed.object), completed);
  });

  it("may be warned of", () => {
    const authentication = { type: "Simple", password: "secret" };
    const completed = complete(withSpec({ vrrp: { virtualRouterID: 51, version: 2, authentication } }));
    assert.ok(!isRefusal(completed));
    assert.match(completed.warnings.join(), /^spec.vrrp.authentication/);
  });
});

describe("what is wrong with an object", () => {
  it("is told as kubectl and kubectl edit print it, all at once", () => {
    const { interface: _interface, ...spec } = vipSpec(256);
    const object = storedVip(
      {},
      { spec: { ...spec, placement: "Random", addresses: ["192.0.2.10/32", "192.0.2.10/32"] } },
    );
    assert.deepEqual(causes(object), [
      "FieldValueRequired spec.interface: Required value: must be an interface name of 1 to 15 characters (interface that carries the addresses and the advertisements)",
      "FieldValueInvalid spec.vrrp.virtualRouterID: Invalid value: 256: must be a whole number from 1 to 255",
      'FieldValueNotSupported spec.placement: Unsupported value: "Random": supported values: "Pinned", "Spread"',
      'FieldValueDuplicate spec.addresses[1]: Duplicate value: "192.0.2.10/32": 192.0.2.10 is in spec.addresses[0] already',
    ]);
    assert.match(
      told(complete(object) as { type: string }),
      /^422 Invalid: VirtualIP.holdfast.dev "web" is invalid: \[spec.interface: Required value/,
    );
  });

  it("never shows a password", () => {
    const authentication = { type: "Simple", password: "my secret" };
    const told = causes(withSpec({ vrrp: { virtualRouterID: 51, version: 2, authentication } }));
    assert.deepEqual(told, [
      "FieldValueInvalid spec.vrrp.authentication.password: Invalid value: must be printable ASCII without spaces",
    ]);
  });

  it("may be its name or a label", () => {
    assert.deepEqual(
      causes(storedVip({ name: "Web_1" })).map((each) => String(each).split(":")[0]),
      ["FieldValueInvalid metadata.name"],
    );
    assert.match(String(causes(storedVip({ labels: { "a b": "x" } }))), /^FieldValueInvalid metadata.labels/);
  });

  it("may be that there is no spec", () => {
    assert.match(String(causes({ ...storedVip(), spec: null })), /^FieldValueRequired spec: Required value/);
  });
});

describe("a status", () => {
  const since = "2026-11-24T09:00:00Z";
  it("is judged where it is written", () => {
    const good = { observedGeneration: 1, nodes: [{ node: "lb-1", state: "Master", since, why: "" }] };
    const completed = complete(storedVip({}, { status: { ...good, bogus: 1 } }), "status");
    assert.ok(!isRefusal(completed));
    assert.deepEqual(completed.object["status"], good);
    const bad = storedVip({}, { status: { nodes: [{ node: "lb-1", state: "Master", since }] } });
    assert.match(String(causes(bad, "status")), /^FieldValueRequired status.nodes\[0\].why: Required value/);
  });
});

describe("fields that stand twice in a JSON text", () => {
  it("are found with their place", () => {
    const text =
      '{"a":{"b":1,"c":[{"d":"{\\"d\\":1}","e":2,"d":3}],"b":[]},"x":["a","a"],"a":0, "y":{"a":1}}';
    assert.deepEqual(duplicateFields(text), ["a.c[0].d", "a.b", "a"]);
    assert.deepEqual(duplicateFields('{"a":"a","b":"a"}'), []);
    assert.deepEqual(duplicateFields('{"a":1,"\\u0061":2}'), ["a"]);
  });

  it("are not counted without end, nor is a long or deep text a danger", () => {
    const many = Array.from({ length: 100 }, (_, index) => `"${index}":1,"${index}":2`).join();
    assert.equal(duplicateFields(`{${many}}`).length, 20);
    assert.deepEqual(duplicateFields(`{"a":${"[".repeat(200_000)}${"]".repeat(200_000)}}`), []);
    assert.deepEqual(duplicateFields(JSON.stringify({ a: '\\"'.repeat(500_000) })), []);
  });
});

it("fieldValidation is one of three, or left out", () => {
  assert.equal(readFieldValidation(""), "Warn");
  assert.equal(readFieldValidation("Ignore"), "Ignore");
  assert.deepEqual(fieldValidationCauses("Strict"), []);
  assert.deepEqual(
    fieldValidationCauses("Loose").map(({ message }) => message),
    ['Unsupported value: "Loose": supported values: "", "Ignore", "Strict", "Warn"'],
  );
});
