import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { applyJsonPatch } from "../../../controller/object/json-patch.ts";
import { applyMergePatch } from "../../../controller/object/merge-patch.ts";
import { isRefusal } from "../../../controller/object/refusal.ts";
import type { Json } from "../../../controller/resource/json-schema.ts";
import { told } from "../../support/api-objects.ts";

const result = (outcome: ReturnType<typeof applyJsonPatch>): Json =>
  isRefusal(outcome) ? told(outcome) : outcome;
const patched = (document: Json, ...patch: Json[]): Json => result(applyJsonPatch(document, patch));

describe("a JSON patch", () => {
  /** The examples of RFC 6902, appendix A, and what lies beside them. */
  const cases: readonly [string, Json, Json, Json][] = [
    ["adds a field", { a: 1 }, { op: "add", path: "/b", value: 2 }, { a: 1, b: 2 }],
    ["adds over a field that is there", { a: 1 }, { op: "add", path: "/a", value: [2] }, { a: [2] }],
    ["inserts an item", { a: [1, 3] }, { op: "add", path: "/a/1", value: 2 }, { a: [1, 2, 3] }],
    ["appends an item", { a: [1] }, { op: "add", path: "/a/-", value: 2 }, { a: [1, 2] }],
    ["appends at the index after the last", { a: [1] }, { op: "add", path: "/a/1", value: 2 }, { a: [1, 2] }],
    ["adds a null", {}, { op: "add", path: "/a", value: null }, { a: null }],
    ["removes a field", { a: 1, b: 2 }, { op: "remove", path: "/a" }, { b: 2 }],
    ["removes an item", { a: [1, 2, 3] }, { op: "remove", path: "/a/1" }, { a: [1, 3] }],
    ["replaces a field", { a: 1 }, { op: "replace", path: "/a", value: 2 }, { a: 2 }],
    ["replaces everything", { a: 1 }, { op: "replace", path: "", value: { b: 1 } }, { b: 1 }],
    [
      "moves a field",
      { a: { b: 1 }, c: {} },
      { op: "move", from: "/a/b", path: "/c/d" },
      { a: {}, c: { d: 1 } },
    ],
    ["moves an item", { a: [1, 2, 3] }, { op: "move", from: "/a/0", path: "/a/2" }, { a: [2, 3, 1] }],
    ["moves a field to itself", { a: 1 }, { op: "move", from: "/a", path: "/a" }, { a: 1 }],
    ["copies", { a: { b: 1 } }, { op: "copy", from: "/a", path: "/c" }, { a: { b: 1 }, c: { b: 1 } }],
    [
      "tests",
      { a: { b: [1, "x"] } },
      { op: "test", path: "/a", value: { b: [1, "x"] } },
      { a: { b: [1, "x"] } },
    ],
    ["knows escaped names", { "a/b": 1, "m~n": 2 }, { op: "remove", path: "/a~1b" }, { "m~n": 2 }],
    ["knows the empty name", { "": 1 }, { op: "replace", path: "/", value: 2 }, { "": 2 }],
  ];
  for (const [situation, document, operation, expected] of cases) {
    it(situation, () => assert.deepEqual(patched(document, operation), expected));
  }

  const error = "the server rejected our request due to an error in our request";
  const refused: readonly [string, Json, Json, string][] = [
    [
      "a failed test",
      { a: 1 },
      { op: "test", path: "/a", value: 2 },
      "(test /a): test failed: the value is 1",
    ],
    [
      "a test of what is not there",
      {},
      { op: "test", path: "/a", value: null },
      "(test /a): there is nothing at this place",
    ],
    [
      "removing what is not there",
      {},
      { op: "remove", path: "/a" },
      "(remove /a): there is nothing at this place",
    ],
    [
      "removing after the end",
      { a: [] },
      { op: "remove", path: "/a/0" },
      "(remove /a/0): there is nothing at this place",
    ],
    [
      "removing everything",
      {},
      { op: "remove", path: "" },
      "(remove ): the whole object cannot be taken away",
    ],
    [
      "replacing what is not there",
      {},
      { op: "replace", path: "/a", value: 1 },
      "(replace /a): there is nothing at this place",
    ],
    [
      "adding below what is not there",
      {},
      { op: "add", path: "/a/b", value: 1 },
      "(add /a/b): there is nothing at this place",
    ],
    [
      "adding into a text",
      { a: "x" },
      { op: "add", path: "/a/b", value: 1 },
      "(add /a/b): the place is in a value that has no fields",
    ],
    [
      "inserting far after the end",
      { a: [1] },
      { op: "add", path: "/a/5", value: 1 },
      "(add /a/5): the list has 1 items",
    ],
    [
      "an index with a leading zero",
      { a: [1] },
      { op: "add", path: "/a/00", value: 1 },
      "(add /a/00): the list has 1 items",
    ],
    [
      "moving into itself",
      { a: {} },
      { op: "move", from: "/a", path: "/a/b" },
      "(move /a/b): a value cannot be moved into itself",
    ],
    [
      "moving what is not there",
      {},
      { op: "move", from: "/a", path: "/b" },
      "(move /b): there is nothing at the place that it is taken from",
    ],
    [
      "a name of every object's",
      {},
      { op: "test", path: "/constructor", value: {} },
      "(test /constructor): there is nothing at this place",
    ],
  ];
  for (const [situation, document, operation, why] of refused) {
    it(`refuses ${situation}`, () =>
      assert.equal(patched(document, operation), `422 Invalid: ${error}: operation 0 ${why}`));
  }

  it("says which operation failed", () => {
    const test: Json = { op: "test", path: "/a", value: 1 };
    assert.match(
      String(patched({ a: 1 }, test, test, { op: "remove", path: "/b" })),
      /operation 2 \(remove \/b\)/,
    );
  });

  it("that cannot be read is a bad request", () => {
    const told400 = (patch: Json): Json => result(applyJsonPatch({}, patch));
    const opening = "400 BadRequest: error decoding patch: ";
    assert.equal(told400({}), `${opening}a JSON patch must be a list of operations`);
    assert.equal(told400(["x"]), `${opening}operation 0: must be a mapping`);
    assert.equal(
      told400([{ op: "merge", path: "" }]),
      `${opening}operation 0: op must be one of add, remove, replace, move, copy, test`,
    );
    assert.match(String(told400([{ op: "remove", path: "a" }])), /path must be a JSON pointer/);
    assert.match(String(told400([{ op: "remove", path: "/~2" }])), /path must be a JSON pointer/);
    assert.match(String(told400([{ op: "copy", path: "/a" }])), /from must be a JSON pointer/);
    assert.match(String(told400([{ op: "add", path: "/a" }])), /value is missing/);
  });

  it("has limits: operations, copies of copies, depth", () => {
    const many = Array<Json>(10_001).fill({ op: "test", path: "", value: {} });
    assert.equal(
      result(applyJsonPatch({}, many)),
      "413 RequestEntityTooLarge: The allowed maximum operations in a JSON patch is 10000, got 10001",
    );
    const doubling = Array.from(
      { length: 40 },
      (_, index): Json => ({ op: "copy", from: "", path: `/${index}` }),
    );
    assert.match(String(patched({ text: "x" }, ...doubling)), /copies too much/);
    const busy = Array.from({ length: 200 }, (): Json => ({ op: "add", path: "/a/0", value: 0 }));
    assert.match(
      String(patched({ a: Array<Json>(50_000).fill(0) }, ...busy)),
      /operation 99 .*takes too much work/,
    );
    const wide = Array.from(
      { length: 60 },
      (_, index): Json => ({ op: "copy", from: "/a", path: `/${index}` }),
    );
    assert.match(String(patched({ a: "x".repeat(100_000) }, ...wide)), /operation 9 .*copies too much/);
    const deepening = Array.from(
      { length: 100 },
      (_, index): Json => ({ op: "add", path: `${"/a".repeat(index + 1)}`, value: {} }),
    );
    assert.match(String(patched({}, ...deepening)), /makes more than 64 levels/);
  });

  it("never reaches a prototype", () => {
    const outcome = patched({}, { op: "add", path: "/__proto__", value: { polluted: true } });
    assert.equal(JSON.stringify(outcome), '{"__proto__":{"polluted":true}}');
    assert.match(
      String(patched({}, { op: "add", path: "/__proto__/polluted", value: true })),
      /nothing at this place/,
    );
    assert.equal(Reflect.get({}, "polluted"), undefined);
  });
});

describe("a merge patch", () => {
  /** RFC 7396, appendix A, for mappings. */
  const cases: readonly [Json, Json, Json][] = [
    [{ a: "b" }, { a: "c" }, { a: "c" }],
    [{ a: "b" }, { b: "c" }, { a: "b", b: "c" }],
    [{ a: "b" }, { a: null }, {}],
    [{ a: "b", b: "c" }, { a: null }, { b: "c" }],
    [{ a: ["b"] }, { a: "c" }, { a: "c" }],
    [{ a: "c" }, { a: ["b"] }, { a: ["b"] }],
    [{ a: { b: "c" } }, { a: { b: "d", c: null } }, { a: { b: "d" } }],
    [{ a: [{ b: "c" }] }, { a: [1] }, { a: [1] }],
    [{ e: null }, { a: 1 }, { e: null, a: 1 }],
    [[1, 2], { a: "b", c: null }, { a: "b" }],
    [{}, { a: { bb: { ccc: null } } }, { a: { bb: {} } }],
  ];
  for (const [document, patch, expected] of cases) {
    it(`${JSON.stringify(patch)} makes ${JSON.stringify(document)} ${JSON.stringify(expected)}`, () => {
      assert.deepEqual(result(applyMergePatch(document, patch)), expected);
    });
  }

  it("must be a mapping of bounded depth", () => {
    assert.equal(
      result(applyMergePatch({}, [])),
      "400 BadRequest: error decoding patch: a merge patch must be a mapping, found an empty list",
    );
    const deep: Json = JSON.parse(`${'{"a":'.repeat(10_000)}1${"}".repeat(10_000)}`);
    assert.match(String(result(applyMergePatch({}, deep))), /more than 64 levels/);
  });

  it("never reaches a prototype", () => {
    const patch: Json = JSON.parse(
      '{"__proto__":{"polluted":true},"constructor":{"prototype":{"polluted":1}}}',
    );
    assert.equal(JSON.stringify(result(applyMergePatch({}, patch))), JSON.stringify(patch));
    assert.equal(Reflect.get({}, "polluted"), undefined);
  });
});
