/** The rules that an API server enforces on a CustomResourceDefinition, checked here since none is at hand. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { crdOf } from "../../../controller/resource/crd.ts";
import { isList, isObject, type Json, type JsonObject } from "../../../controller/resource/json-schema.ts";
import { KINDS } from "../../../controller/resource/meta.ts";

/** What a structural schema may hold; in particular no $ref, definitions or patternProperties. */
const ALLOWED = new Set([
  ..."type description default enum format pattern required properties items additionalProperties anyOf".split(
    " ",
  ),
  ..."minimum maximum minLength maxLength minItems maxItems".split(" "),
  ..."x-kubernetes-validations x-kubernetes-list-type x-kubernetes-list-map-keys".split(" "),
]);
/** Inside anyOf and its like only conditions may stand, no types. */
const FORBIDDEN_IN_JUNCTOR = ["type", "description", "default", "additionalProperties", "nullable"];
const FORMATS_OF_KUBERNETES = ["ipv4", "ipv6", "cidr", "date-time", "int32", "int64", "uri", "duration"];

interface Field {
  readonly path: string;
  readonly schema: JsonObject;
}

function fieldsOf(path: string, schema: JsonObject): Field[] {
  const { properties, items, additionalProperties } = schema;
  const named = isObject(properties) ? Object.entries(properties) : [];
  const inner: (readonly [string, Json | undefined])[] = [
    ...named.map(([name, value]) => [`${path}.${name}`, value] as const),
    [`${path}[]`, items],
    [`${path}{}`, additionalProperties],
  ];
  return [{ path, schema }, ...inner.flatMap(([at, value]) => (isObject(value) ? fieldsOf(at, value) : []))];
}

/** Walks into mappings and lists; a missing step is the end of the test. */
function at(value: Json, ...steps: readonly (string | number)[]): Json {
  return steps.reduce<Json>((outer, step) => {
    const inner = isList(outer) ? outer[Number(step)] : isObject(outer) ? outer[step] : undefined;
    assert.ok(inner !== undefined, `no ${step} in ${JSON.stringify(outer).slice(0, 80)}`);
    return inner;
  }, value);
}

function asObject(value: Json): JsonObject {
  assert.ok(isObject(value));
  return value;
}

const isArray = ({ schema }: Field): boolean => schema["type"] === "array";
const hasDefault = ({ schema }: Field): boolean => schema["default"] !== undefined;

function checkListType(path: string, schema: JsonObject): void {
  const listType = schema["x-kubernetes-list-type"];
  assert.ok(["set", "map", "atomic"].includes(String(listType)), path);
  const item = asObject(schema["items"] ?? null);
  if (listType === "set") assert.notEqual(item["type"], "object", `${path} is a set of mappings`);
  if (listType !== "map") return;
  const keys = schema["x-kubernetes-list-map-keys"];
  assert.ok(isList(keys) && keys.length > 0, path);
  for (const key of keys) {
    const field = asObject(at(item, "properties", String(key)));
    const needed = isList(item["required"]) ? item["required"] : [];
    assert.ok(["string", "integer"].includes(String(field["type"])), `${path}: ${String(key)}`);
    assert.ok(
      needed.includes(key) || field["default"] !== undefined,
      `${path}: ${String(key)} may be missing`,
    );
  }
}

function checkDefault(path: string, { type, pattern, enum: choices, default: fallback }: JsonObject): void {
  const found = Number.isInteger(fallback) ? "integer" : isList(fallback) ? "array" : typeof fallback;
  assert.equal(found, type, path);
  if (isList(choices)) assert.ok(choices.includes(fallback ?? null), path);
  if (typeof pattern === "string") assert.match(String(fallback), new RegExp(pattern), path);
}

for (const kind of KINDS) {
  const crd = crdOf(kind);
  const version = asObject(at(crd, "spec", "versions", 0));
  const root = asObject(at(version, "schema", "openAPIV3Schema"));
  const fields = fieldsOf("", root);

  describe(`the definition of ${kind}`, () => {
    it("is named after its plural and group, with short name, categories and status", () => {
      assert.equal(
        at(crd, "metadata", "name"),
        `${at(crd, "spec", "names", "plural")}.${at(crd, "spec", "group")}`,
      );
      assert.deepEqual(at(crd, "spec", "names", "categories"), ["all", "holdfast"]);
      assert.deepEqual(at(version, "subresources", "status"), {});
      assert.equal(at(root, "properties", "spec", "type"), "object");
    });

    it("gives every field a type and uses only words that a structural schema knows", () => {
      for (const { path, schema } of fields) {
        assert.equal(typeof schema["type"], "string", `${path} has no type`);
        for (const word of Object.keys(schema)) assert.ok(ALLOWED.has(word), `${path} says ${word}`);
      }
    });

    it("has a type nowhere but outside of anyOf", () => {
      for (const { path, schema } of fields) {
        const options = isList(schema["anyOf"]) ? schema["anyOf"] : [];
        for (const option of options) {
          const words = Object.keys(asObject(option));
          for (const word of FORBIDDEN_IN_JUNCTOR)
            assert.ok(!words.includes(word), `${path}: anyOf says ${word}`);
        }
      }
    });

    it("never has additionalProperties beside properties, nor forbids them", () => {
      for (const { path, schema } of fields) {
        if (schema["additionalProperties"] === undefined) continue;
        assert.equal(schema["properties"], undefined, path);
        assert.ok(isObject(schema["additionalProperties"]), path);
      }
    });

    it("requires only fields that it has, and narrows only the name of the metadata", () => {
      for (const { path, schema } of fields) {
        const { required, properties } = schema;
        if (!isList(required)) continue;
        const known = Object.keys(asObject(properties ?? {}));
        for (const name of required)
          assert.ok(known.includes(String(name)), `${path} requires ${String(name)}`);
      }
      assert.deepEqual(Object.keys(asObject(at(root, "properties", "metadata", "properties"))), ["name"]);
    });

    it("says of every list how it merges, and its keys are scalars that are always there", () => {
      for (const { path, schema } of fields.filter(isArray)) checkListType(path, schema);
    });

    it("has defaults that its own schema accepts", () => {
      for (const { path, schema } of fields.filter(hasDefault)) checkDefault(path, schema);
    });

    it("uses patterns that Go reads as JavaScript does, and formats that Kubernetes knows", () => {
      for (const { path, schema } of fields) {
        const { pattern, format } = schema;
        // RE2 has no \u, no looking around, no back-references.
        if (typeof pattern === "string") assert.doesNotMatch(pattern, /\\u|\(\?|\\[1-9]/, path);
        if (format !== undefined) assert.ok(FORMATS_OF_KUBERNETES.includes(String(format)), path);
      }
    });

    it("bounds every list, and every text that a rule looks at: their cost is bounded then", () => {
      for (const { path, schema } of fields) {
        if (schema["type"] === "array") assert.equal(typeof schema["maxItems"], "number", path);
        const isJudged = schema["x-kubernetes-validations"] !== undefined && schema["type"] === "string";
        if (isJudged) assert.equal(typeof schema["maxLength"], "number", path);
      }
    });

    it("describes every field of spec and status", () => {
      for (const { path, schema } of fields) {
        const isItem = path.endsWith("[]");
        const isOurs = /^\.(spec|status)/.test(path);
        if (isOurs && !isItem)
          assert.equal(typeof schema["description"], "string", `${path} is not described`);
      }
    });

    it("prints columns of fields that are there", () => {
      const paths = new Set(fields.map(({ path }) => path));
      const columns = version["additionalPrinterColumns"];
      assert.ok(isList(columns) && columns.length > 3);
      for (const column of columns) {
        const jsonPath = String(at(column, "jsonPath"));
        if (jsonPath === ".metadata.creationTimestamp") continue;
        const field = jsonPath.replaceAll(/\[[^\]]*\]/g, "[]");
        assert.ok(paths.has(field), `${jsonPath} names no field`);
      }
    });
  });
}
