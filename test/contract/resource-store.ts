/** What every ResourceStore promises. A second implementation that passes may be trusted in the place of the first. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { ResourceStore } from "../../controller/port/resource-store.ts";
import type { ObjectMeta, Resource, ResourceStatus } from "../../controller/resource/meta.ts";
import { names, put, refusal, remove, type StoreHost } from "../support/store-cases.ts";
import { checkKey, checkManifest, from, putOf } from "../support/stored-manifests.ts";
import { changes, puts } from "./resource-store-changes.ts";
import { limits, queues } from "./resource-store-queues.ts";
import { races } from "./resource-store-races.ts";
import { values } from "./resource-store-values.ts";

const status = (message: string): ResourceStatus => ({
  observedGeneration: 1,
  conditions: [],
  nodes: [{ node: "a", state: "Healthy", since: "2026-01-01T00:00:00Z", why: message }],
});

export function resourceStoreContract(what: string, host: StoreHost): void {
  describe(`resource store: ${what}`, () => {
    identity(host);
    atomicity(host);
    wakes(host);
    statuses(host);
    puts(host);
    changes(host);
    queues(host);
    limits(host);
    races(host);
    values(host);
  });
}

function identity(host: StoreHost): void {
  it("a changed object has a newer version, whatever has changed", async () => {
    await using store = await host.open();
    const found = [];
    for (const options of [
      {},
      { path: "/elsewhere" },
      { labels: { tier: "front" } },
      { generation: 7 },
      { uid: "another" },
    ]) {
      await store.write([put("web", options)]);
      found.push(version((await resource(store, "web")).metadata));
    }
    assert.ok((found[0] ?? 0) > 0);
    assert.deepEqual(
      found,
      [...new Set(found)].sort((a, b) => a - b),
    );
  });

  it("writing what is there changes nothing, whatever the order of the keys", async () => {
    await using store = await host.open();
    await store.write([put("web", { labels: { a: "1", b: "2" } })]);
    const before = await store.list();
    await store.write([put("web", { labels: { b: "2", a: "1" } })]);
    assert.deepEqual(await store.list(), before);
  });

  it("an object that is put has the status that it was put with, and no other", async () => {
    await using store = await host.open();
    await store.write([put("web")]);
    assert.equal("status" in (await resource(store, "web")), false);
    await store.writeStatus(checkKey("web"), status("fine"));
    await store.write([put("web", { path: "/elsewhere" })]);
    assert.equal("status" in (await resource(store, "web")), false);
  });

  it("versions never go back, also when the newest object is gone and the store was reopened", async () => {
    let store = await host.open();
    await store.write([put("first"), put("second")]);
    const before = version((await resource(store, "second")).metadata);
    await store.write([remove("second")]);
    store = await host.reopen(store);
    await store.write([put("third")]);
    assert.ok(version((await resource(store, "third")).metadata) > before + 1);
    await store[Symbol.asyncDispose]();
  });

  it("everything is there again after a restart", async () => {
    let store = await host.open();
    await store.write([put("web", { labels: { a: "1" } }), put("db")]);
    await store.writeStatus(checkKey("web"), status("fine"));
    await store.enqueue("mail", [{ id: "1", payload: { to: "ops" } }]);
    const before = await store.list();
    store = await host.reopen(store);
    assert.deepEqual(await store.list(), before);
    assert.deepEqual(await store.queued("mail", 10), [{ id: "1", payload: { to: "ops" } }]);
    await store[Symbol.asyncDispose]();
  });

  it("objects are listed by kind, namespace and name", async () => {
    await using store = await host.open();
    await store.write([put("b"), put("c"), put("a")]);
    assert.deepEqual(await names(store), ["a", "b", "c"]);
    assert.equal(await store.get(checkKey("d")), null);
  });

  it("the store keeps what was written, not what the writer makes of its objects later", async () => {
    await using store = await host.open();
    const write = structuredClone(putOf(checkManifest("web"), from("a.yaml")));
    const done = store.write([write]);
    Object.assign(write.resource.spec, { interval: "9s" });
    await done;
    assert.deepEqual((await resource(store, "web")).spec, checkManifest("web").spec);
  });
}

function atomicity(host: StoreHost): void {
  it("several writes happen together or not at all", async () => {
    await using store = await host.open();
    await store.write([put("web")]);
    const before = await store.list();
    const batch = [put("db"), remove("web"), put("mail", { ifVersion: "999" })];
    await assert.rejects(store.write(batch), refusal("store-conflict"));
    assert.deepEqual(await store.list(), before);
  });

  it("a write that was made for another version is refused, one that was made for this version is not", async () => {
    await using store = await host.open();
    await store.write([put("web", { ifVersion: null })]);
    await assert.rejects(store.write([put("web", { ifVersion: null })]), refusal("store-conflict"));
    const { resourceVersion } = (await resource(store, "web")).metadata;
    await store.write([put("web", { path: "/a", ifVersion: resourceVersion })]);
    await assert.rejects(
      store.write([put("web", { path: "/b", ifVersion: resourceVersion })]),
      refusal("store-conflict"),
    );
    await assert.rejects(
      store.write([{ ...remove("web"), ifVersion: resourceVersion }]),
      refusal("store-conflict"),
    );
  });

  it("of writes that are asked for at once, one that is refused does not take the others with it", async () => {
    await using store = await host.open();
    const outcomes = await Promise.allSettled([
      store.write([put("a")]),
      store.write([put("b", { ifVersion: "7" })]),
      store.write([put("c")]),
    ]);
    assert.deepEqual(
      outcomes.map(({ status: outcome }) => outcome),
      ["fulfilled", "rejected", "fulfilled"],
    );
    assert.deepEqual(await names(store), ["a", "c"]);
  });

  it("within one batch each write sees those before it", async () => {
    await using store = await host.open();
    await store.write([put("web"), remove("web"), put("web", { ifVersion: null })]);
    assert.deepEqual(await names(store), ["web"]);
  });

  it("what was asked for before the store is closed is still written, what comes after is refused", async () => {
    let store = await host.open();
    const [written] = await Promise.all([store.write([put("web")]), store[Symbol.asyncDispose]()]);
    assert.equal(written, undefined);
    await assert.rejects(store.write([put("late")]), refusal("store-refused"));
    store = await host.reopen(store);
    assert.deepEqual(await names(store), ["web"]);
    await store[Symbol.asyncDispose]();
  });
}

function wakes(host: StoreHost): void {
  const cases: readonly {
    readonly what: string;
    readonly act: (store: ResourceStore) => Promise<void>;
    readonly expected: number;
  }[] = [
    { what: "an addition wakes", act: (store) => store.write([put("db")]), expected: 1 },
    { what: "a batch wakes once", act: (store) => store.write([put("x"), put("y")]), expected: 1 },
    {
      what: "a change of the spec wakes",
      act: (store) => store.write([put("web", { path: "/b" })]),
      expected: 1,
    },
    { what: "a deletion wakes", act: (store) => store.write([remove("web")]), expected: 1 },
    { what: "deleting what is not there does not", act: (store) => store.write([remove("db")]), expected: 0 },
    { what: "writing what is there does not", act: (store) => store.write([put("web")]), expected: 0 },
    {
      what: "a moved manifest does not",
      act: (store) => store.write([put("web", { line: 9 })]),
      expected: 0,
    },
    {
      what: "a status does not",
      act: (store) => store.writeStatus(checkKey("web"), status("x")),
      expected: 0,
    },
    {
      what: "a queue does not",
      act: (store) => store.enqueue("mail", [{ id: "1", payload: 1 }]),
      expected: 0,
    },
  ];
  for (const { what, act, expected } of cases) {
    it(what, async () => {
      await using store = await host.open();
      await store.write([put("web")]);
      let woken = 0;
      using _ = store.onChange(() => woken++);
      await act(store);
      assert.equal(woken, expected);
    });
  }

  it("whoever is woken sees the change already", async () => {
    await using store = await host.open();
    const seen: Promise<readonly string[]>[] = [];
    using _ = store.onChange(() => seen.push(names(store)));
    await store.write([put("web")]);
    assert.deepEqual(await Promise.all(seen), [["web"]]);
  });

  it("whoever no longer listens is not woken", async () => {
    await using store = await host.open();
    let woken = 0;
    store.onChange(() => woken++)[Symbol.dispose]();
    await store.write([put("web")]);
    assert.equal(woken, 0);
  });

  it("a moved manifest is written", async () => {
    await using store = await host.open();
    await store.write([put("web")]);
    await store.write([put("web", { line: 9 })]);
    assert.equal((await store.get(checkKey("web")))?.provenance.line, 9);
  });
}

function statuses(host: StoreHost): void {
  it("a status raises the version and leaves all else", async () => {
    await using store = await host.open();
    await store.write([put("web", { generation: 3, labels: { tier: "front" } })]);
    const before = await resource(store, "web");
    await store.writeStatus(checkKey("web"), status("fine"));
    const { metadata, ...after } = await resource(store, "web");
    assert.deepEqual(after, { ...withoutMetadata(before), status: status("fine") });
    assert.deepEqual({ ...metadata, resourceVersion: "" }, { ...before.metadata, resourceVersion: "" });
    assert.ok(version(metadata) > version(before.metadata));
  });

  it("the same status again changes nothing", async () => {
    await using store = await host.open();
    await store.write([put("web")]);
    await store.writeStatus(checkKey("web"), status("fine"));
    const before = await store.list();
    await store.writeStatus(checkKey("web"), status("fine"));
    assert.deepEqual(await store.list(), before);
  });

  it("a status of what is gone is dropped", async () => {
    await using store = await host.open();
    await store.writeStatus(checkKey("web"), status("fine"));
    assert.deepEqual(await store.list(), []);
  });
}

async function resource(store: ResourceStore, name: string): Promise<Resource> {
  const stored = await store.get(checkKey(name));
  assert.ok(stored !== null, `${name} is not there`);
  return stored.resource;
}

function withoutMetadata(resource: Resource): object {
  const { metadata: _, ...rest } = resource;
  return rest;
}

const version = (metadata: ObjectMeta): number => Number(metadata.resourceVersion);
