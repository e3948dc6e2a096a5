/** What the embedded store does with records that are not its own, and with a disk that refuses. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { OperationFailure } from "../../../controller/port/failure.ts";
import { isSame } from "../../../controller/resource/same.ts";
import { MemoryRecords, memoryStore } from "../../support/memory-store.ts";
import { put } from "../../support/store-cases.ts";
import { checkKey } from "../../support/stored-manifests.ts";

async function written(...names: readonly string[]): Promise<MemoryRecords> {
  const records = new MemoryRecords();
  const store = memoryStore(records);
  await store.write(names.map((name) => put(name)));
  await store.enqueue("mail", [{ id: "a/b", payload: 1 }]);
  return records;
}

describe("records that are not what was written", () => {
  const cases = [
    {
      what: "one is missing",
      change: { key: "resource/HealthCheck/default/db", text: null },
      says: /1 resources .* of 2/,
    },
    {
      what: "the head is missing",
      change: { key: "head", text: null },
      says: /not the one that counts them/,
    },
    {
      what: "one is no JSON",
      change: { key: "resource/HealthCheck/default/db", text: "{" },
      says: /cannot be read/,
    },
    { what: "one is of an unknown type", change: { key: "other/x", text: "{}" }, says: /none of ours/ },
    {
      what: "a later version wrote them",
      change: { key: "head", text: '{"format":2,"revision":1,"sequence":1,"resources":2,"entries":1}' },
      says: /format 2; this version of holdfast knows format 1/,
    },
  ];
  for (const { what, change, says } of cases) {
    it(`${what}: the store is not opened, and says which and why`, async () => {
      const records = await written("web", "db");
      records.commit([change]);
      assert.throws(
        () => memoryStore(records),
        (error) => {
          assert.ok(error instanceof OperationFailure && error.detail.code === "store-unusable");
          assert.match(error.message, says);
          return error.detail.path === "memory";
        },
      );
    });
  }
});

describe("a disk that refuses", () => {
  it("leaves readers with what is durable, and versions and queues without a gap in order", async () => {
    const records = await written("web");
    const store = memoryStore(records);
    const before = await store.list();
    records.isFull = true;
    const outcomes = await Promise.allSettled([
      store.write([put("db"), { type: "delete", key: checkKey("web") }]),
      store.enqueue("mail", [{ id: "2", payload: 2 }]),
      store.dequeue("mail", ["a/b"]),
    ]);
    assert.ok(outcomes.every(({ status }) => status === "rejected"));
    assert.deepEqual(await store.list(), before);
    assert.deepEqual(await store.queued("mail", 9), [{ id: "a/b", payload: 1 }]);
    records.isFull = false;
    await store.enqueue("mail", [{ id: "3", payload: 3 }]);
    assert.deepEqual(
      (await memoryStore(records).queued("mail", 9)).map(({ id }) => id),
      ["a/b", "3"],
    );
  });

  it("costs one commit for all that is asked for in one turn, and none for what changes nothing", async () => {
    const records = await written("web");
    const store = memoryStore(records);
    const { commits } = records;
    await Promise.all(["a", "b", "c"].map((name) => store.write([put(name)])));
    assert.equal(records.commits, commits + 1);
    await store.write([put("a"), put("web")]);
    assert.equal(records.commits, commits + 1);
  });
});

describe("sameness", () => {
  const cases = [
    { what: "the order of keys is no matter", one: { a: 1, b: [2] }, other: { b: [2], a: 1 }, same: true },
    { what: "the order of a list is", one: [1, 2], other: [2, 1], same: false },
    { what: "undefined is the same as absent", one: { a: undefined }, other: {}, same: true },
    { what: "null is not", one: { a: null }, other: {}, same: false },
    { what: "a list is not an object", one: [], other: {}, same: false },
    { what: "a number is not its text", one: { a: 1 }, other: { a: "1" }, same: false },
    { what: "a shorter list is another", one: [1], other: [1, 2], same: false },
  ];
  for (const { what, one, other, same } of cases) it(what, () => assert.equal(isSame(one, other), same));
});
