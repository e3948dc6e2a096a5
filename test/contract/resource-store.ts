/** What every ResourceStore promises. A second implementation that passes may be trusted in the place of the first. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { ResourceStore } from "../../controller/port/resource-store.ts";
import type { ObjectMeta, Resource, ResourceStatus } from "../../controller/resource/meta.ts";
import { apply, names, refusal, remove, type StoreHost } from "../support/store-cases.ts";
import { checkKey, checkManifest, from } from "../support/stored-manifests.ts";
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
  it("a new object has uid, generation 1, a version and the time of its birth to the second", async () => {
    await using store = await host.open();
    await store.write([apply("web")]);
    const { metadata, status: absent } = await resource(store, "web");
    assert.equal(metadata.generation, 1);
    assert.notEqual(metadata.uid, "");
    assert.match(metadata.creationTimestamp, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
    assert.ok(version(metadata) > 0);
    assert.equal(absent, undefined);
  });

  it("a changed spec raises generation and version; uid and birth stay", async () => {
    await using store = await host.open();
    await store.write([apply("web")]);
    const { metadata: before } = await resource(store, "web");
    await store.write([apply("web", { path: "/elsewhere" })]);
    const { metadata: after } = await resource(store, "web");
    assert.deepEqual([after.uid, after.creationTimestamp], [before.uid, before.creationTimestamp]);
    assert.equal(after.generation, 2);
    assert.ok(version(after) > version(before));
  });

  it("changed labels raise the version but not the generation, and empty ones are the same as none", async () => {
    await using store = await host.open();
    await store.write([apply("web", { labels: { tier: "front" } })]);
    await store.write([apply("web", { labels: {} })]);
    const { metadata } = await resource(store, "web");
    assert.equal(metadata.generation, 1);
    assert.equal("labels" in metadata, false);
  });

  it("writing what is there changes nothing, whatever the order of the keys", async () => {
    await using store = await host.open();
    await store.write([apply("web", { labels: { a: "1", b: "2" } })]);
    const before = await store.list();
    await store.write([apply("web", { labels: { b: "2", a: "1" } })]);
    assert.deepEqual(await store.list(), before);
  });

  it("an object that is made anew has a new uid, generation 1 and no status", async () => {
    await using store = await host.open();
    await store.write([apply("web")]);
    await store.writeStatus(checkKey("web"), status("fine"));
    const before = await resource(store, "web");
    await store.write([remove("web")]);
    await store.write([apply("web", { path: "/elsewhere" })]);
    const after = await resource(store, "web");
    assert.notEqual(after.metadata.uid, before.metadata.uid);
    assert.equal(after.metadata.generation, 1);
    assert.equal(after.status, undefined);
    assert.ok(version(after.metadata) > version(before.metadata));
  });

  it("versions never go back, also when the newest object is gone and the store was reopened", async () => {
    let store = await host.open();
    await store.write([apply("first"), apply("second")]);
    const before = version((await resource(store, "second")).metadata);
    await store.write([remove("second")]);
    store = await host.reopen(store);
    await store.write([apply("third")]);
    assert.ok(version((await resource(store, "third")).metadata) > before + 1);
    await store[Symbol.asyncDispose]();
  });

  it("everything is there again after a restart", async () => {
    let store = await host.open();
    await store.write([apply("web", { labels: { a: "1" } }), apply("db")]);
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
    await store.write([apply("b"), apply("c"), apply("a")]);
    assert.deepEqual(await names(store), ["a", "b", "c"]);
    assert.equal(await store.get(checkKey("d")), null);
  });

  it("the store keeps what was written, not what the writer makes of its objects later", async () => {
    await using store = await host.open();
    const manifest = structuredClone(checkManifest("web")) as { spec: { interval: string } } & ReturnType<
      typeof checkManifest
    >;
    const done = store.write([{ type: "apply", manifest, provenance: from("a.yaml") }]);
    manifest.spec.interval = "9s";
    await done;
    assert.deepEqual((await resource(store, "web")).spec, checkManifest("web").spec);
  });
}

function atomicity(host: StoreHost): void {
  it("several writes happen together or not at all", async () => {
    await using store = await host.open();
    await store.write([apply("web")]);
    const before = await store.list();
    const batch = [apply("db"), remove("web"), apply("mail", { ifVersion: "999" })];
    await assert.rejects(store.write(batch), refusal("store-conflict"));
    assert.deepEqual(await store.list(), before);
  });

  it("a write that was made for another version is refused, one that was made for this version is not", async () => {
    await using store = await host.open();
    await store.write([apply("web", { ifVersion: null })]);
    await assert.rejects(store.write([apply("web", { ifVersion: null })]), refusal("store-conflict"));
    const { resourceVersion } = (await resource(store, "web")).metadata;
    await store.write([apply("web", { path: "/a", ifVersion: resourceVersion })]);
    await assert.rejects(
      store.write([apply("web", { path: "/b", ifVersion: resourceVersion })]),
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
      store.write([apply("a")]),
      store.write([apply("b", { ifVersion: "7" })]),
      store.write([apply("c")]),
    ]);
    assert.deepEqual(
      outcomes.map(({ status: outcome }) => outcome),
      ["fulfilled", "rejected", "fulfilled"],
    );
    assert.deepEqual(await names(store), ["a", "c"]);
  });

  it("within one batch each write sees those before it", async () => {
    await using store = await host.open();
    await store.write([apply("web"), remove("web"), apply("web", { ifVersion: null })]);
    assert.deepEqual(await names(store), ["web"]);
  });

  it("what was asked for before the store is closed is still written, what comes after is refused", async () => {
    let store = await host.open();
    const [written] = await Promise.all([store.write([apply("web")]), store[Symbol.asyncDispose]()]);
    assert.equal(written, undefined);
    await assert.rejects(store.write([apply("late")]), refusal("store-refused"));
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
    { what: "an addition wakes", act: (store) => store.write([apply("db")]), expected: 1 },
    { what: "a batch wakes once", act: (store) => store.write([apply("x"), apply("y")]), expected: 1 },
    {
      what: "a change of the spec wakes",
      act: (store) => store.write([apply("web", { path: "/b" })]),
      expected: 1,
    },
    { what: "a deletion wakes", act: (store) => store.write([remove("web")]), expected: 1 },
    { what: "deleting what is not there does not", act: (store) => store.write([remove("db")]), expected: 0 },
    { what: "writing what is there does not", act: (store) => store.write([apply("web")]), expected: 0 },
    {
      what: "a moved manifest does not",
      act: (store) => store.write([apply("web", { line: 9 })]),
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
      await store.write([apply("web")]);
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
    await store.write([apply("web")]);
    assert.deepEqual(await Promise.all(seen), [["web"]]);
  });

  it("whoever no longer listens is not woken", async () => {
    await using store = await host.open();
    let woken = 0;
    store.onChange(() => woken++)[Symbol.dispose]();
    await store.write([apply("web")]);
    assert.equal(woken, 0);
  });

  it("a moved manifest is written", async () => {
    await using store = await host.open();
    await store.write([apply("web")]);
    await store.write([apply("web", { line: 9 })]);
    assert.equal((await store.get(checkKey("web")))?.provenance.line, 9);
  });
}

function statuses(host: StoreHost): void {
  it("a status raises the version and leaves the generation; the spec's next change leaves the status", async () => {
    await using store = await host.open();
    await store.write([apply("web")]);
    const before = await resource(store, "web");
    await store.writeStatus(checkKey("web"), status("fine"));
    await store.write([apply("web", { path: "/b" })]);
    const after = await resource(store, "web");
    assert.deepEqual(after.status, status("fine"));
    assert.equal(after.metadata.generation, 2);
    assert.ok(version(after.metadata) >= version(before.metadata) + 2);
  });

  it("the same status again changes nothing", async () => {
    await using store = await host.open();
    await store.write([apply("web")]);
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

const version = (metadata: ObjectMeta): number => Number(metadata.resourceVersion);
