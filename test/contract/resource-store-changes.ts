/** The part of the resource store's contract that is about whole objects, and about following what changes. */
import assert from "node:assert/strict";
import { it } from "node:test";
import {
  CHANGES_BYTES_MAX,
  CHANGES_KEPT_MIN,
  RECORD_BYTES_MAX,
  type ResourceStore,
} from "../../controller/port/resource-store.ts";
import type { ObjectMeta, Resource } from "../../controller/resource/meta.ts";
import type { Changes, StoreWrite } from "../../controller/resource/stored.ts";
import { put, refusal, remove, type StoreHost } from "../support/store-cases.ts";
import { checkKey, checkManifest, from } from "../support/stored-manifests.ts";

const BORN: ObjectMeta = {
  name: "web",
  namespace: "default",
  uid: "b8f0",
  generation: 1,
  resourceVersion: "",
  creationTimestamp: "2026-01-01T00:00:00Z",
};

const putWeb = (metadata: Partial<ObjectMeta>, ifVersion: string | null): StoreWrite => ({
  type: "put",
  resource: { ...checkManifest("web"), metadata: { ...BORN, ...metadata } } as Resource,
  provenance: from("kubectl", 0, "api"),
  ifVersion,
});

export function puts(host: StoreHost): void {
  it("an object that is put is kept as it is, but for its version", async () => {
    let store = await host.open();
    const books = {
      finalizers: ["example.com/dns"],
      deletionTimestamp: "2026-01-02T00:00:00Z",
      deletionGracePeriodSeconds: 0,
      managedFields: [{ manager: "kubectl" }],
      generation: 7,
    };
    await store.write([putWeb(books, null)]);
    store = await host.reopen(store);
    const kept = await metadataOf(store);
    assert.deepEqual(kept, { ...BORN, ...books, resourceVersion: kept?.resourceVersion });
    await store[Symbol.asyncDispose]();
  });

  it("an object is put only over the version that it was made for", async () => {
    await using store = await host.open();
    await store.write([putWeb({}, null)]);
    await assert.rejects(store.write([putWeb({ generation: 2 }, null)]), refusal("store-conflict"));
    await assert.rejects(store.write([putWeb({ generation: 2 }, "999")]), refusal("store-conflict"));
    assert.equal((await metadataOf(store))?.generation, 1);
    await store.write([putWeb({ generation: 2 }, await store.version())]);
    assert.equal((await metadataOf(store))?.generation, 2);
  });

  it("the same object put again changes nothing", async () => {
    await using store = await host.open();
    await store.write([putWeb({}, null)]);
    const version = await store.version();
    await store.write([putWeb({}, version)]);
    assert.equal(await store.version(), version);
  });

  it("changed books wake nobody; an object that is to go does", async () => {
    await using store = await host.open();
    await store.write([putWeb({}, null)]);
    let woken = 0;
    using _ = store.onChange(() => woken++);
    await store.write([putWeb({ managedFields: [{ manager: "kubectl" }] }, await store.version())]);
    assert.equal(woken, 0);
    await store.write([putWeb({ deletionTimestamp: "2026-01-02T00:00:00Z" }, await store.version())]);
    assert.equal(woken, 1);
  });
}

export function changes(host: StoreHost): void {
  it("the changes since a version come in order, each with its own version and the object after it", async () => {
    await using store = await host.open();
    const start = await store.version();
    await store.write([put("a"), put("b")]);
    await store.write([put("a", { path: "/x", generation: 2 })]);
    await store.writeStatus(checkKey("b"), { observedGeneration: 1, conditions: [], nodes: [] });
    await store.write([remove("a")]);
    const seen = known(await store.changesSince(start));
    assert.deepEqual(
      seen.map(({ type, resource }) => [type, resource.metadata.name, resource.metadata.generation]),
      [
        ["ADDED", "a", 1],
        ["ADDED", "b", 1],
        ["MODIFIED", "a", 2],
        ["MODIFIED", "b", 1],
        ["DELETED", "a", 2],
      ],
    );
    const versions = seen.map(({ resource }) => Number(resource.metadata.resourceVersion));
    assert.deepEqual(
      versions,
      [...new Set(versions)].sort((a, b) => a - b),
    );
    assert.equal(String(versions.at(-1)), await store.version());
    assert.deepEqual(known(await store.changesSince(await store.version())), []);
    const third = String(versions[2]);
    assert.deepEqual(
      known(await store.changesSince(third)).map(({ type }) => type),
      ["MODIFIED", "DELETED"],
    );
  });

  it("a version that was not given yet, or is no version, is told apart from one that is long past", async () => {
    await using store = await host.open();
    await store.write([put("web")]);
    const ahead = String(Number(await store.version()) + 1);
    assert.deepEqual(await store.changesSince(ahead), { state: "ahead" });
    assert.deepEqual(await store.changesSince("soon"), { state: "expired" });
  });

  it("what lies further back than the memory reaches is expired, and the memory is bounded", async () => {
    await using store = await host.open();
    const start = await store.version();
    for (let turn = 0; turn < 3 * CHANGES_KEPT_MIN; turn += 500) {
      const writes = Array.from({ length: 500 }, (_, index) =>
        put(`check-${turn + index}`, { path: `/${turn}` }),
      );
      await store.write(writes);
    }
    assert.deepEqual(await store.changesSince(start), { state: "expired" });
    const recent = String(Number(await store.version()) - CHANGES_KEPT_MIN);
    assert.equal(known(await store.changesSince(recent)).length, CHANGES_KEPT_MIN);
  });

  it("what the memory holds is bounded in bytes too, and what it still reaches is whole", async () => {
    await using store = await host.open();
    const start = await store.version();
    const size = RECORD_BYTES_MAX / 2;
    const turns = Math.ceil((1.5 * CHANGES_BYTES_MAX) / size);
    for (let turn = 0; turn < turns; turn++) {
      await store.write([put("large", { path: `/${turn}/${"x".repeat(size)}` })]);
    }
    assert.deepEqual(await store.changesSince(start), { state: "expired" });
    const recent = known(await store.changesSince(String(Number(await store.version()) - 10)));
    assert.equal(recent.length, 10);
    await store.write([remove("large")]);
    assert.deepEqual(
      known(await store.changesSince(String(Number(await store.version()) - 1))).map(({ type }) => type),
      ["DELETED"],
    );
  });

  it("the version never goes back, and after a restart only what came since can be told", async () => {
    let store = await host.open();
    await store.write([put("a")]);
    const before = await store.version();
    await store.write([remove("a")]);
    const last = await store.version();
    store = await host.reopen(store);
    assert.equal(await store.version(), last);
    assert.deepEqual(await store.changesSince(before), { state: "expired" });
    await store.write([put("b")]);
    assert.deepEqual(
      known(await store.changesSince(last)).map(({ type, resource }) => [type, resource.metadata.name]),
      [["ADDED", "b"]],
    );
    await store[Symbol.asyncDispose]();
  });

  it("whoever follows versions hears of a status too, once per write, and sees the change", async () => {
    await using store = await host.open();
    await store.write([put("web")]);
    const seen: Promise<string>[] = [];
    using _ = store.onVersion(() => seen.push(store.version()));
    await store.writeStatus(checkKey("web"), { observedGeneration: 1, conditions: [], nodes: [] });
    await store.writeStatus(checkKey("web"), { observedGeneration: 1, conditions: [], nodes: [] });
    assert.deepEqual(await Promise.all(seen), [await store.version()]);
  });
}

function known(answer: Changes) {
  assert.ok(answer.state === "known", `the changes are ${answer.state}`);
  return answer.changes;
}

const metadataOf = async (store: ResourceStore): Promise<ObjectMeta | undefined> =>
  (await store.get(checkKey("web")))?.resource.metadata;
