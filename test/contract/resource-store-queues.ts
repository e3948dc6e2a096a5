/** The part of the resource store's contract that is about queues and limits. */
import assert from "node:assert/strict";
import { it } from "node:test";
import {
  DEQUEUED_IDS_MAX,
  QUEUED_ID_CHARACTERS_MAX,
  QUEUED_ITEMS_MAX,
  RECORD_BYTES_MAX,
  type ResourceStore,
} from "../../controller/port/resource-store.ts";
import { names, put, refusal, type StoreHost } from "../support/store-cases.ts";

export function queues(host: StoreHost): void {
  const item = (id: string) => ({ id, payload: { text: `about ${id}` } });
  const ids = async (store: ResourceStore, limit = 100): Promise<string[]> =>
    (await store.queued("mail", limit)).map(({ id }) => id);

  it("items come in the order of their first put, whatever their ids", async () => {
    let store = await host.open();
    await store.enqueue("mail", [item("9"), item("10")]);
    await store.enqueue("mail", [item("1"), item("9")]);
    assert.deepEqual(await ids(store), ["9", "10", "1"]);
    assert.deepEqual(await ids(store, 2), ["9", "10"]);
    store = await host.reopen(store);
    assert.deepEqual(await ids(store), ["9", "10", "1"]);
    await store[Symbol.asyncDispose]();
  });

  it("an item that is put again keeps its first payload", async () => {
    await using store = await host.open();
    await store.enqueue("mail", [{ id: "1", payload: "first" }]);
    await store.enqueue("mail", [{ id: "1", payload: "second" }]);
    assert.deepEqual(await store.queued("mail", 10), [{ id: "1", payload: "first" }]);
  });

  it("an item that is done does not come back, though it is put again, also after a restart", async () => {
    let store = await host.open();
    await store.enqueue("mail", [item("1"), item("2")]);
    await store.dequeue("mail", ["1", "never-seen"]);
    await store.enqueue("mail", [item("1")]);
    store = await host.reopen(store);
    await store.enqueue("mail", [item("1"), item("3")]);
    assert.deepEqual(await ids(store), ["2", "3"]);
    await store[Symbol.asyncDispose]();
  });

  it("the memory of done items is bounded, oldest forgotten first", async () => {
    await using store = await host.open();
    const all = Array.from({ length: DEQUEUED_IDS_MAX + 1 }, (_, index) => item(`n${index}`));
    await store.enqueue("mail", all);
    for (const part of [all.slice(0, 1), all.slice(1)]) {
      await store.dequeue(
        "mail",
        part.map(({ id }) => id),
      );
    }
    await store.enqueue("mail", all);
    assert.deepEqual(await ids(store), ["n0"]);
  });

  it("queues do not know each other", async () => {
    await using store = await host.open();
    await store.enqueue("mail", [item("1")]);
    await store.enqueue("exec", [item("1")]);
    await store.dequeue("exec", ["1"]);
    assert.deepEqual(await ids(store), ["1"]);
    assert.deepEqual(await store.queued("other", 10), []);
  });

  it("an id of any characters is kept up to its limit, and one that is longer is refused alone", async () => {
    let store = await host.open();
    const longest = "\ud83d\ude00".repeat(QUEUED_ID_CHARACTERS_MAX / 2);
    const [kept, refused] = await Promise.allSettled([
      store.enqueue("mail", [item(longest), item("a/b"), item("\u0000")]),
      store.enqueue("mail", [item("short"), item(`${longest}x`)]),
    ]);
    assert.equal(kept.status, "fulfilled");
    assert.ok(refused.status === "rejected" && refusal("store-refused")(refused.reason));
    store = await host.reopen(store);
    assert.deepEqual(await ids(store), [longest, "a/b", "\u0000"]);
    await store[Symbol.asyncDispose]();
  });

  it("a full queue refuses, and takes again when there is room", async () => {
    await using store = await host.open();
    const all = Array.from({ length: QUEUED_ITEMS_MAX }, (_, index) => item(`n${index}`));
    await store.enqueue("mail", all);
    await assert.rejects(store.enqueue("mail", [item("more")]), refusal("store-refused"));
    await store.enqueue("mail", [item("n0")]);
    await store.dequeue("mail", ["n0"]);
    await store.enqueue("mail", [item("more")]);
    assert.equal((await store.queued("mail", QUEUED_ITEMS_MAX)).at(-1)?.id, "more");
  });
}

export function limits(host: StoreHost): void {
  it("a resource that is too large is refused, and the next is not", async () => {
    await using store = await host.open();
    const huge = put("huge", { labels: { a: "x".repeat(RECORD_BYTES_MAX) } });
    await assert.rejects(store.write([put("web"), huge]), refusal("store-refused"));
    await store.write([put("db")]);
    assert.deepEqual(await names(store), ["db"]);
  });

  it("a thousand writes that nobody waits for all arrive", async () => {
    let store = await host.open();
    await Promise.all(Array.from({ length: 1000 }, (_, index) => store.write([put(`n${index}`)])));
    store = await host.reopen(store);
    assert.equal((await store.list()).length, 1000);
    await store[Symbol.asyncDispose]();
  });
}
