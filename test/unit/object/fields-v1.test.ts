import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { fieldSetOf, pathsOf } from "../../../controller/object/field-set.ts";
import { decodeFields, encodeFields } from "../../../controller/object/fields-v1.ts";
import { formatFieldPath, keyElement, valueElement } from "../../../controller/object/path-element.ts";
import type { Json } from "../../../controller/resource/json-schema.ts";

/** As a Kubernetes API server wrote it. */
const FIELDS: Json = {
  "f:metadata": { "f:annotations": { ".": {}, "f:example.com/owner": {} } },
  "f:spec": {
    "f:addresses": { 'v:"192.0.2.10/32"': {} },
    "f:backends": { 'k:{"address":"10.0.0.1","port":80}': { ".": {}, "f:address": {}, "f:port": {} } },
    "f:interface": {},
    "f:numbers": { "i:0": {}, "v:1": {}, "v:2.5": {}, "v:true": {} },
  },
};

describe("FieldsV1", () => {
  it("is read and written again as it was", () => {
    const set = decodeFields(FIELDS);
    assert.ok(set !== null);
    assert.equal(
      JSON.stringify(encodeFields(set)),
      JSON.stringify(FIELDS).replace('"i:0":{},', "").replace('"v:true":{}', '"v:true":{},"i:0":{}'),
    );
    assert.deepEqual(pathsOf(set).map(formatFieldPath), [
      ".metadata.annotations",
      ".metadata.annotations.example.com/owner",
      ".spec.interface",
      '.spec.addresses[="192.0.2.10/32"]',
      '.spec.backends[address="10.0.0.1",port=80]',
      '.spec.backends[address="10.0.0.1",port=80].address',
      '.spec.backends[address="10.0.0.1",port=80].port',
      ".spec.numbers[=1]",
      ".spec.numbers[=2.5]",
      ".spec.numbers[=true]",
      ".spec.numbers[0]",
    ]);
  });

  it("spells each element in one way", () => {
    const spelled = decodeFields({ 'k:{ "port": 80, "address":"a" }': {}, 'v: "x"': {} });
    const canonical = fieldSetOf([
      [
        keyElement([
          ["address", "a"],
          ["port", 80],
        ]),
      ],
      [valueElement("x")],
    ]);
    assert.deepEqual(spelled, canonical);
  });

  it("drops elements that only a later version knows, and refuses what is none", () => {
    assert.deepEqual(decodeFields({ "z:later": { "f:a": {} }, "f:b": {} }), fieldSetOf([["f:b"]]));
    for (const malformed of ["spec", "f", "", "v:{", 'v:{"a":1}', "k:1", 'k:{"a":[]}', "i:x", "i:01"])
      assert.equal(decodeFields({ [malformed]: {} }), null, malformed);
    for (const malformed of ["x", 1, [], { "f:a": 1 }, { "f:a": [] }] satisfies Json[])
      assert.equal(decodeFields(malformed), null);
  });

  it("keeps a field called __proto__ as a field", () => {
    const fields: Json = JSON.parse('{"f:__proto__":{"f:a":{}}}');
    const set = decodeFields(fields);
    assert.ok(set !== null);
    assert.equal(JSON.stringify(encodeFields(set)), JSON.stringify(fields));
  });
});
