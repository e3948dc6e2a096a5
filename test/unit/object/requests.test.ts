import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { accessInJson, accessInProtobuf } from "../../../controller/object/access-review.ts";
import { RESOURCES } from "../../../controller/object/api-resources.ts";
import { readListOptions, readWatchOptions } from "../../../controller/object/list-options.ts";
import { answerForm, discoveryForm, patchForm } from "../../../controller/object/media-types.ts";
import { readBody } from "../../../controller/object/read-body.ts";
import { isRefusal } from "../../../controller/object/refusal.ts";

const told = (value: object | string | null): unknown =>
  isRefusal(value) ? `${value.code} ${value.message}` : value;
const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const query = (text: string) => {
  const parameters = new URLSearchParams(text);
  return (name: string): string => parameters.get(name) ?? "";
};

describe("the form of an answer", () => {
  it("is the first that the client names and that there is", () => {
    const table = (v: string): string => `application/json;as=Table;v=${v};g=meta.k8s.io`;
    assert.deepEqual(answerForm(""), { type: "object" });
    assert.deepEqual(answerForm("application/vnd.kubernetes.protobuf,application/json"), { type: "object" });
    assert.deepEqual(answerForm(`${table("v1")},${table("v1beta1")},application/json`), {
      type: "table",
      version: "v1",
    });
    assert.deepEqual(answerForm(`${table("v7")},${table("v1beta1")}`), { type: "table", version: "v1beta1" });
    assert.deepEqual(answerForm("application/json;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io"), {
      type: "metadata",
      version: "v1",
    });
    assert.match(String(told(answerForm("text/html"))), /^406 only the following media types/);
  });

  it("of discovery is the newest that the client knows, and else the older one", () => {
    const of = (v: string): string =>
      `application/json;g=apidiscovery.k8s.io;v=${v};as=APIGroupDiscoveryList`;
    assert.equal(discoveryForm(`${of("v2beta1")},${of("v2")},application/json`), "v2");
    assert.equal(discoveryForm(`${of("v2beta1")},application/json`), "v2beta1");
    assert.equal(discoveryForm("application/json"), null);
  });

  it("of a patch is told by its type; a strategic one only for flat kinds", () => {
    assert.equal(patchForm("application/apply-patch+yaml", false), "apply");
    assert.equal(patchForm("application/merge-patch+json; charset=utf-8", false), "merge-patch");
    assert.equal(patchForm("application/strategic-merge-patch+json", true), "merge-patch");
    assert.match(
      String(told(patchForm("application/strategic-merge-patch+json", false))),
      /^415 .*accepted media types include: application\/json-patch\+json/,
    );
  });
});

describe("a body", () => {
  const read = (text: string, isYaml = false): unknown => told(readBody(bytes(text), isYaml));

  it("is a tree, and tells what stands twice in it", () => {
    assert.deepEqual(read('{"spec":{"a":1,"a":2}}'), { tree: { spec: { a: 2 } }, duplicates: ["spec.a"] });
    assert.deepEqual(read("spec:\n  a: [1, x]\n", true), { tree: { spec: { a: [1, "x"] } }, duplicates: [] });
  });

  it("that is none is refused in words", () => {
    assert.equal(read(""), "400 the body is empty, and an object is expected");
    assert.match(String(read("{")), /^400 the body is not valid JSON: /);
    assert.match(String(read("a: 1")), /^400 the body is not valid JSON: /);
    assert.match(String(read("a: [", true)), /^400 the body is not valid YAML: /);
    assert.match(String(read("a: 1\n---\nb: 1\n", true)), /^400 the body must hold one document, found 2/);
    assert.match(String(read(`${"[".repeat(100_000)}${"]".repeat(100_000)}`)), /^400 .* more than 64 levels/);
    assert.equal(
      told(readBody(new Uint8Array([0x22, 0xff, 0x22]), false)),
      "400 the body is not valid UTF-8",
    );
  });
});

describe("what is asked of a collection", () => {
  const list = (text: string): unknown => told(readListOptions(query(text), RESOURCES.VirtualIP, "100"));
  const watch = (text: string): unknown => told(readWatchOptions(query(text), RESOURCES.VirtualIP));

  it("is all of it by default, however many the client would take at once", () => {
    assert.deepEqual(list("limit=500"), { labels: [], fields: [], resourceVersion: "" });
    assert.match(String(list("continue=abc")), /^410 The provided continue parameter is too old/);
  });

  it("may be of a version", () => {
    assert.deepEqual(list("resourceVersion=100&resourceVersionMatch=Exact"), {
      labels: [],
      fields: [],
      resourceVersion: "100",
    });
    assert.match(String(list("resourceVersion=99&resourceVersionMatch=Exact")), /^410 /);
    assert.match(String(list("resourceVersionMatch=Exact")), /^422 .*forbidden unless resourceVersion/);
    assert.match(String(list("resourceVersion=x")), /^422 .*resourceVersion: Invalid value: "x"/);
  });

  it("may go on: as a watch, or as a list that goes on as one", () => {
    const usual = { labels: [], fields: [], sendsInitialEvents: false, wantsBookmarks: false };
    assert.deepEqual(watch("watch=true"), { ...usual, resourceVersion: "", timeoutSeconds: null });
    assert.deepEqual(watch("resourceVersion=7&timeoutSeconds=300&allowWatchBookmarks=true"), {
      ...usual,
      resourceVersion: "7",
      timeoutSeconds: 300,
      wantsBookmarks: true,
    });
    assert.deepEqual(
      watch("sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true"),
      {
        ...usual,
        resourceVersion: "",
        timeoutSeconds: null,
        sendsInitialEvents: true,
        wantsBookmarks: true,
      },
    );
    assert.match(String(watch("sendInitialEvents=true")), /^422 .*requires setting resourceVersionMatch/);
    assert.match(String(watch("resourceVersionMatch=NotOlderThan")), /^422 .*forbidden for watch/);
    assert.match(String(watch("timeoutSeconds=soon")), /^400 timeoutSeconds/);
  });
});

describe("what a client asks whether it may do", () => {
  const patchStatus = {
    verb: "patch",
    group: "ha.example.io",
    resource: "virtualips",
    subresource: "status",
    name: "web",
    namespace: "default",
    path: "",
  };

  it("is read from JSON, and from the protobuf of kubectl 1.32 as it was recorded", () => {
    const attributes = { ...patchStatus, path: undefined };
    assert.deepEqual(
      accessInJson(JSON.parse(JSON.stringify({ spec: { resourceAttributes: attributes } }))),
      patchStatus,
    );
    assert.deepEqual(accessInProtobuf(Buffer.from(RECORDED, "hex")), patchStatus);
  });

  it("may be a path", () => {
    const asked = accessInJson({ spec: { nonResourceAttributes: { path: "/version", verb: "get" } } });
    assert.deepEqual([asked.path, asked.verb, asked.resource], ["/version", "get", ""]);
  });

  it("that cannot be read is refused, whatever its bytes", () => {
    const whole = Buffer.from(RECORDED, "hex");
    for (let length = 0; length < whole.length; length++) {
      const read = accessInProtobuf(whole.subarray(0, length));
      // What is missing of the last two, empty, fields of the envelope is missed by nobody.
      if (isRefusal(read)) assert.equal(read.code, 400, `cut to ${length} bytes`);
      else assert.deepEqual(read, patchStatus, `cut to ${length} bytes`);
    }
  });
});

const RECORDED =
  "6b3873000a320a17617574686f72697a6174696f6e2e6b38732e696f2f7631121753656c665375626a656374416363657373526576696577125a0a100a0012001a0022002a00320038004200123c0a3a0a0764656661756c74120570617463681a0d68612e6578616d706c652e696f22002a0a7669727475616c69707332067374617475733a037765621a08080012001a0020001a002200";
