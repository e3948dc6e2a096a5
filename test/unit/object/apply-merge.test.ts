/**
 * The merge of server-side apply, against situations of the kind that structured-merge-diff tests: who applies or updates what,
 * what the object is then, and who owns which of its fields.
 */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { JsonObject } from "../../../controller/resource/json-schema.ts";
import { type Deed, owned, type State, tell, timeOf } from "../../support/merge-story.ts";

interface Story {
  readonly deeds: readonly Deed[];
  readonly object: JsonObject;
  readonly owned: Record<string, string[]>;
}

function stories(table: Readonly<Record<string, Story>>): void {
  for (const [situation, { deeds, object, owned: expected }] of Object.entries(table)) {
    it(situation, () => {
      const end = tell(deeds);
      assert.deepEqual(end.object, object);
      assert.deepEqual(owned(end), expected);
    });
  }
}

const apply = (name: string, object: JsonObject): Deed => ({ apply: name, object });
const force = (name: string, object: JsonObject): Deed => ({ apply: name, object, isForced: true });
const update = (name: string, object: JsonObject): Deed => ({ update: name, object });
const conflict = (name: string, object: JsonObject, conflicts: Record<string, string[]>): Deed => ({
  apply: name,
  object,
  conflicts,
});

describe("leaves", () => {
  stories({
    "an applier owns what it applies": {
      deeds: [apply("one", { numeric: 1, string: "x" })],
      object: { numeric: 1, string: "x" },
      owned: { one: [".numeric", ".string"] },
    },
    "what is not applied again is taken away": {
      deeds: [apply("one", { numeric: 1, string: "x", bool: true }), apply("one", { string: "y" })],
      object: { string: "y" },
      owned: { one: [".string"] },
    },
    "an updater takes what it changes, and the applier conflicts": {
      deeds: [
        apply("one", { numeric: 1, string: "x" }),
        update("ctrl", { numeric: 1, string: "y", bool: true }),
        conflict("one", { numeric: 2, string: "z" }, { ctrl: [".string"] }),
      ],
      object: { numeric: 1, string: "y", bool: true },
      owned: { one: [".numeric"], "ctrl (update)": [".bool", ".string"] },
    },
    "an updater that changes nothing of it leaves the applier its fields": {
      deeds: [
        apply("one", { numeric: 1, string: "x" }),
        update("ctrl", { numeric: 1, string: "x", bool: true }),
        apply("one", { numeric: 2, string: "x" }),
      ],
      object: { numeric: 2, string: "x", bool: true },
      owned: { one: [".numeric", ".string"], "ctrl (update)": [".bool"] },
    },
    "force takes the field from all others": {
      deeds: [
        apply("one", { string: "x", numeric: 1 }),
        apply("two", { string: "x" }),
        force("three", { string: "y" }),
      ],
      object: { string: "y", numeric: 1 },
      owned: { one: [".numeric"], three: [".string"] },
    },
    "who omits what only an updater owns does not take it away": {
      deeds: [
        update("ctrl", { numeric: 1, string: "x" }),
        apply("one", { bool: true }),
        apply("one", { string: "x" }),
      ],
      object: { numeric: 1, string: "x" },
      owned: { "ctrl (update)": [".numeric", ".string"], one: [".string"] },
    },
    "a field that an updater has removed is owned by nobody": {
      deeds: [apply("one", { string: "x", numeric: 1 }), update("ctrl", { numeric: 1 })],
      object: { numeric: 1 },
      owned: { one: [".numeric"] },
    },
    "null is a value that is owned": {
      deeds: [apply("one", { string: null })],
      object: { string: null },
      owned: { one: [".string"] },
    },
    "an updater's own earlier fields stay its own": {
      deeds: [update("ctrl", { string: "x" }), update("ctrl", { string: "x", numeric: 1 })],
      object: { string: "x", numeric: 1 },
      owned: { "ctrl (update)": [".numeric", ".string"] },
    },
  });
});

describe("several appliers", () => {
  stories({
    "of the same value share it": {
      deeds: [apply("one", { string: "x" }), apply("two", { string: "x" })],
      object: { string: "x" },
      owned: { one: [".string"], two: [".string"] },
    },
    "of the same value: it stays until the last lets go": {
      deeds: [apply("one", { string: "x" }), apply("two", { string: "x" }), apply("one", { bool: true })],
      object: { string: "x", bool: true },
      owned: { two: [".string"], one: [".bool"] },
    },
    "of the same value: it goes with the last": {
      deeds: [
        apply("one", { string: "x" }),
        apply("two", { string: "x" }),
        apply("one", {}),
        apply("two", { bool: true }),
      ],
      object: { bool: true },
      owned: { two: [".bool"] },
    },
    "of different values conflict": {
      deeds: [
        apply("one", { string: "x", numeric: 1 }),
        apply("two", { numeric: 1 }),
        conflict("three", { string: "y", numeric: 2 }, { one: [".numeric", ".string"], two: [".numeric"] }),
      ],
      object: { string: "x", numeric: 1 },
      owned: { one: [".numeric", ".string"], two: [".numeric"] },
    },
    "of the same value conflict when one of them changes it": {
      deeds: [
        apply("one", { string: "x" }),
        apply("two", { string: "x" }),
        conflict("one", { string: "y" }, { two: [".string"] }),
      ],
      object: { string: "x" },
      owned: { one: [".string"], two: [".string"] },
    },
    "an updater that claims the value keeps it when the applier lets go": {
      deeds: [
        apply("one", { string: "x" }),
        update("ctrl", { string: "y" }),
        force("one", { string: "y" }),
        apply("one", {}),
      ],
      object: { string: "y" },
      owned: { "ctrl (update)": [".string"] },
    },
  });
});

describe("nested mappings", () => {
  stories({
    "a struct goes with the last of its fields": {
      deeds: [apply("one", { struct: { name: "a", value: 1 } }), apply("one", {})],
      object: {},
      owned: {},
    },
    "a struct within a struct goes, too": {
      deeds: [apply("one", { struct: { inner: { name: "a" } }, bool: true }), apply("one", { bool: true })],
      object: { bool: true },
      owned: { one: [".bool"] },
    },
    "a struct stays for what an updater has in it": {
      deeds: [
        apply("one", { struct: { name: "a" } }),
        update("ctrl", { struct: { name: "a", value: 1 } }),
        apply("one", {}),
      ],
      object: { struct: { value: 1 } },
      owned: { "ctrl (update)": [".struct.value"] },
    },
    "a struct that is applied empty keeps what others have in it": {
      deeds: [
        apply("one", { struct: { name: "a" } }),
        update("ctrl", { struct: { name: "a", value: 1 } }),
        apply("one", { struct: {} }),
      ],
      object: { struct: { value: 1 } },
      owned: { one: [".struct"], "ctrl (update)": [".struct.value"] },
    },
    "a struct that is applied as null keeps what others have in it": {
      deeds: [
        apply("one", { struct: { name: "a" } }),
        update("ctrl", { struct: { name: "b", value: 1 } }),
        apply("one", { struct: null }),
      ],
      object: { struct: { name: "b", value: 1 } },
      owned: { one: [".struct"], "ctrl (update)": [".struct.name", ".struct.value"] },
    },
    "a struct that is applied as null and has nothing of others is null": {
      deeds: [apply("one", { struct: { name: "a" } }), apply("one", { struct: null })],
      object: { struct: null },
      owned: { one: [".struct"] },
    },
    "the entries of a map belong to who applied them": {
      deeds: [
        apply("one", { map: { a: "1", b: "2" } }),
        apply("two", { map: { c: "3" } }),
        apply("one", { map: { a: "1" } }),
      ],
      object: { map: { a: "1", c: "3" } },
      owned: { two: [".map.c"], one: [".map.a"] },
    },
    "an empty map is owned as such": {
      deeds: [apply("one", { map: {} }), apply("two", { map: { a: "1" } }), apply("two", { bool: true })],
      object: { map: null, bool: true },
      owned: { one: [".map"], two: [".bool"] },
    },
    "a map of maps changes at both levels": {
      deeds: [
        apply("one", { mapOfMaps: { a: { b: "x", c: "y" } } }),
        apply("one", { mapOfMaps: { a: { c: "z" }, d: { e: "x" } } }),
      ],
      object: { mapOfMaps: { a: { c: "z" }, d: { e: "x" } } },
      owned: { one: [".mapOfMaps.a", ".mapOfMaps.d", ".mapOfMaps.a.c", ".mapOfMaps.d.e"] },
    },
    "a map of sets changes at both levels": {
      deeds: [
        apply("one", { mapOfSets: { a: ["b", "c"] } }),
        apply("one", { mapOfSets: { a: ["a", "c"], d: ["x"] } }),
      ],
      object: { mapOfSets: { a: ["a", "c"], d: ["x"] } },
      owned: {
        one: [
          ".mapOfSets.a",
          ".mapOfSets.d",
          '.mapOfSets.a[="a"]',
          '.mapOfSets.a[="c"]',
          '.mapOfSets.d[="x"]',
        ],
      },
    },
    "an atomic map has one owner and is replaced as a whole": {
      deeds: [
        apply("one", { atomicMap: { a: "1" } }),
        conflict("two", { atomicMap: { b: "2" } }, { one: [".atomicMap"] }),
        force("two", { atomicMap: { b: "2" } }),
      ],
      object: { atomicMap: { b: "2" } },
      owned: { two: [".atomicMap"] },
    },
  });
});

describe("sets", () => {
  stories({
    "items of several appliers stand beside each other": {
      deeds: [apply("one", { set: ["a", "c"] }), apply("two", { set: ["b"] })],
      object: { set: ["a", "c", "b"] },
      owned: { one: ['.set[="a"]', '.set[="c"]'], two: ['.set[="b"]'] },
    },
    "an item goes with its last applier": {
      deeds: [
        apply("one", { set: ["a", "b"] }),
        apply("two", { set: ["b", "c"] }),
        apply("one", { set: ["a"] }),
        apply("two", { set: ["c"] }),
      ],
      object: { set: ["a", "c"] },
      owned: { one: ['.set[="a"]'], two: ['.set[="c"]'] },
    },
    "the applied order wins, and what others have keeps its place between": {
      deeds: [
        apply("one", { set: ["a", "b", "c", "d"] }),
        update("ctrl", { set: ["1", "a", "2", "b", "c", "3", "d", "4"] }),
        apply("one", { set: ["a", "d", "c", "b"] }),
      ],
      object: { set: ["1", "a", "2", "3", "d", "4", "c", "b"] },
      owned: {
        one: ['.set[="a"]', '.set[="b"]', '.set[="c"]', '.set[="d"]'],
        "ctrl (update)": ['.set[="1"]', '.set[="2"]', '.set[="3"]', '.set[="4"]'],
      },
    },
    "new items stand where they are applied": {
      deeds: [apply("one", { set: ["a", "c"] }), apply("one", { set: ["a", "b", "c"] })],
      object: { set: ["a", "b", "c"] },
      owned: { one: ['.set[="a"]', '.set[="b"]', '.set[="c"]'] },
    },
    "numbers and texts are different items": {
      deeds: [apply("one", { numbers: [1, 2] }), apply("two", { numbers: [2.5, 2] })],
      object: { numbers: [1, 2.5, 2] },
      owned: { one: [".numbers[=1]", ".numbers[=2]"], two: [".numbers[=2]", ".numbers[=2.5]"] },
    },
    "an emptied set is gone": {
      deeds: [apply("one", { set: ["a"], bool: true }), apply("one", { bool: true })],
      object: { bool: true },
      owned: { one: [".bool"] },
    },
    "a set that is applied empty after items is empty, at once and for good": {
      deeds: [apply("one", { set: ["a"] }), apply("one", { set: [] }), apply("one", { set: [] })],
      object: { set: [] },
      owned: {},
    },
    "an atomic list has one owner and is replaced as a whole": {
      deeds: [
        apply("one", { atomicList: ["a", "b"] }),
        conflict("two", { atomicList: ["a"] }, { one: [".atomicList"] }),
        apply("one", { atomicList: ["b", "b"] }),
      ],
      object: { atomicList: ["b", "b"] },
      owned: { one: [".atomicList"] },
    },
  });
});

describe("lists with keys", () => {
  const item = (name: string, rest: JsonObject = {}): JsonObject => ({ name, ...rest });
  stories({
    "an item is merged field by field": {
      deeds: [
        apply("one", { list: [item("a", { value: 1 }), item("b")] }),
        apply("two", { list: [item("a", { other: "x" })] }),
      ],
      object: { list: [item("a", { value: 1, other: "x" }), item("b")] },
      owned: {
        one: [
          '.list[name="a"]',
          '.list[name="b"]',
          '.list[name="a"].name',
          '.list[name="a"].value',
          '.list[name="b"].name',
        ],
        two: ['.list[name="a"]', '.list[name="a"].name', '.list[name="a"].other'],
      },
    },
    "a field of an item conflicts by its key": {
      deeds: [
        apply("one", { list: [item("a", { value: 1 })] }),
        conflict("two", { list: [item("a", { value: 2 })] }, { one: ['.list[name="a"].value'] }),
      ],
      object: { list: [item("a", { value: 1 })] },
      owned: { one: ['.list[name="a"]', '.list[name="a"].name', '.list[name="a"].value'] },
    },
    "an item goes with its last applier, and one of nobody else at once": {
      deeds: [
        apply("one", { list: [item("a"), item("b"), item("c")] }),
        apply("two", { list: [item("c"), item("d")] }),
        apply("one", { list: [item("a")] }),
      ],
      object: { list: [item("a"), item("c"), item("d")] },
      owned: {
        two: ['.list[name="c"]', '.list[name="d"]', '.list[name="c"].name', '.list[name="d"].name'],
        one: ['.list[name="a"]', '.list[name="a"].name'],
      },
    },
    "an item goes although an updater has changed a field of it that the applier never named": {
      deeds: [
        apply("one", { list: [item("a"), item("b")] }),
        update("ctrl", { list: [item("a"), item("b", { value: 3 })] }),
        apply("one", { list: [item("a")] }),
      ],
      object: { list: [item("a")] },
      owned: { one: ['.list[name="a"]', '.list[name="a"].name'] },
    },
    "an item that another applier has, too, keeps what updaters put into it": {
      deeds: [
        apply("one", { list: [item("a"), item("b", { set: ["c"] })] }),
        apply("two", { list: [item("b", { set: ["d"] })] }),
        update("ctrl", { list: [item("a"), item("b", { set: ["c", "d", "e"] })] }),
        apply("one", { list: [item("a")] }),
      ],
      object: { list: [item("a"), item("b", { set: ["d", "e"] })] },
      owned: {
        one: ['.list[name="a"]', '.list[name="a"].name'],
        two: ['.list[name="b"]', '.list[name="b"].name', '.list[name="b"].set[="d"]'],
        "ctrl (update)": ['.list[name="b"].set[="e"]'],
      },
    },
    "a changed key is another item": {
      deeds: [
        apply("one", { list: [item("a", { map: { b: "x", c: "y" } })] }),
        apply("one", { list: [item("b", { map: { a: "x" } })] }),
      ],
      object: { list: [item("b", { map: { a: "x" } })] },
      owned: { one: ['.list[name="b"]', '.list[name="b"].name', '.list[name="b"].map.a'] },
    },
    "a key that is left out has its default": {
      deeds: [
        apply("one", { ports: [{ port: 80 }] }),
        apply("two", {
          ports: [
            { port: 80, protocol: "TCP", name: "web" },
            { port: 80, protocol: "UDP" },
          ],
        }),
      ],
      object: {
        ports: [
          { port: 80, protocol: "TCP", name: "web" },
          { port: 80, protocol: "UDP" },
        ],
      },
      owned: {
        one: ['.ports[port=80,protocol="TCP"]', '.ports[port=80,protocol="TCP"].port'],
        two: [
          '.ports[port=80,protocol="TCP"]',
          '.ports[port=80,protocol="UDP"]',
          '.ports[port=80,protocol="TCP"].name',
          '.ports[port=80,protocol="TCP"].port',
          '.ports[port=80,protocol="TCP"].protocol',
          '.ports[port=80,protocol="UDP"].port',
          '.ports[port=80,protocol="UDP"].protocol',
        ],
      },
    },
    "items that stand twice in the live list are replaced by the applied one": {
      deeds: [
        update("ctrl", { list: [item("a", { value: 1 }), item("b"), item("a", { value: 2 })] }),
        force("one", { list: [item("a", { value: 3 })] }),
      ],
      object: { list: [item("a", { value: 3 }), item("b")] },
      owned: {
        "ctrl (update)": [".list", '.list[name="b"]', '.list[name="b"].name'],
        one: ['.list[name="a"]', '.list[name="a"].name', '.list[name="a"].value'],
      },
    },
  });
});

describe("the time of an owner", () => {
  it("moves only when it owns something else, or its value has changed", () => {
    const deeds = [apply("one", { string: "x" }), apply("one", { string: "x" })];
    const again = (...more: Deed[]): State => tell([...deeds, ...more]);
    assert.equal(timeOf(again(), "one"), "00:00");
    assert.equal(timeOf(again(apply("one", { string: "y" })), "one"), "00:02");
    assert.equal(timeOf(again(apply("one", { string: "x", bool: true })), "one"), "00:02");
    assert.equal(timeOf(again(update("ctrl", { string: "x", bool: true })), "one"), "00:00");
  });
});

describe("updaters", () => {
  const object = (index: number): JsonObject =>
    Object.fromEntries(Array.from({ length: index + 1 }, (_, entry) => [`e${entry}`, "x"]));
  const many = (count: number): State =>
    tell(Array.from({ length: count }, (_, index) => update(`u${index}`, { map: object(index) })));

  it("beyond ten are remembered together, the oldest first", () => {
    assert.equal(Object.keys(owned(many(10))).length, 10);
    for (const count of [11, 12, 25]) {
      const names = Object.keys(owned(many(count)));
      assert.equal(names.length, 10);
      assert.ok(names.includes("ancient-changes (update)"));
      assert.ok(names.includes(`u${count - 1} (update)`) && !names.includes("u0 (update)"));
    }
    const paths = Object.values(owned(many(25))).flat();
    assert.equal(new Set(paths.filter((path) => path !== ".map")).size, 25);
  });
});
