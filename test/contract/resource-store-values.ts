/** The part of the resource store's contract that is about what it is given to keep: any text, any order, as much as it promises. */
import assert from "node:assert/strict";
import { it } from "node:test";
import { RECORD_BYTES_MAX, RESOURCES_MAX, type ResourceStore } from "../../controller/port/resource-store.ts";
import type { Kind, Manifest, Resource } from "../../controller/resource/meta.ts";
import type { StoreWrite } from "../../controller/resource/stored.ts";
import { put, refusal, remove, type StoreHost } from "../support/store-cases.ts";
import { checkKey, checkManifest, from, putOf } from "../support/stored-manifests.ts";

/** A batch of them takes well under a second. */
const BATCH = 5000;

export function values(host: StoreHost): void {
  const texts: readonly { readonly what: string; readonly text: string }[] = [
    { what: "other scripts and emoji", text: "你好, мир 👩‍👩‍👧 é e\u0301" },
    { what: "control characters, NUL too", text: "\u0000\u0001\t\r\n\u001b[31m\u2028\u2029\ufeff" },
    { what: "half a surrogate pair", text: "\ud800 and \udfff" },
    { what: "what looks like JSON or a path", text: '{"a":"\\"}/../resource/HealthCheck/default/web' },
    { what: "nothing", text: "" },
  ];
  for (const { what, text } of texts) {
    it(`${what} as value, as name of an annotation and as payload is kept to the letter`, async () => {
      let store = await host.open();
      const labels = { [`k${text}`]: text, __proto__x: text };
      await store.write([put("web", { path: text, labels })]);
      await store.enqueue("mail", [{ id: `id-${text}`, payload: { [text]: text } }]);
      const expected = checkManifest("web", { path: text, labels });
      store = await host.reopen(store);
      const kept = (await store.get(checkKey("web")))?.resource;
      assert.deepEqual([kept?.spec, kept?.metadata.labels], [expected.spec, labels]);
      assert.deepEqual(await store.queued("mail", 1), [{ id: `id-${text}`, payload: { [text]: text } }]);
      const version = await store.version();
      await store.write([put("web", { path: text, labels })]);
      assert.equal(await store.version(), version, "and known again");
      await store[Symbol.asyncDispose]();
    });
  }

  it("a resource just below the limit is kept, also over a restart", async () => {
    let store = await host.open();
    const path = "x".repeat(RECORD_BYTES_MAX - 1000);
    await store.write([put("web", { path })]);
    store = await host.reopen(store);
    assert.deepEqual((await store.get(checkKey("web")))?.resource.spec, checkManifest("web", { path }).spec);
    await store[Symbol.asyncDispose]();
  });

  it("the limit is of bytes, not of characters", async () => {
    await using store = await host.open();
    const path = "ü".repeat(RECORD_BYTES_MAX - 1000);
    await assert.rejects(store.write([put("web", { path })]), refusal("store-refused"));
  });

  it("resources are listed by kind, then namespace, then name, each as text", async () => {
    let store = await host.open();
    const of = (kind: Kind, namespace: string, name: string): StoreWrite => {
      const manifest = checkManifest(name);
      const placed = { ...manifest, kind, metadata: { ...manifest.metadata, namespace } } as Manifest;
      return putOf(placed, from("a.yaml"));
    };
    const order = [
      ["HealthCheck", "a", "b"],
      ["HealthCheck", "a-b", "a"],
      ["ProxyPool", "a", "a"],
      ["ProxyPool", "a", "a-a"],
      ["ProxyPool", "a", "a10"],
      ["ProxyPool", "a", "a9"],
      ["VirtualIP", "a", "a"],
    ] as const;
    await store.write(order.toReversed().map(([kind, namespace, name]) => of(kind, namespace, name)));
    const listed = async (): Promise<unknown> =>
      (await store.list()).map(({ resource: { kind, metadata } }) => [
        kind,
        metadata.namespace,
        metadata.name,
      ]);
    assert.deepEqual(await listed(), order);
    store = await host.reopen(store);
    assert.deepEqual(await listed(), order);
    await store[Symbol.asyncDispose]();
  });

  it(`${RESOURCES_MAX} resources are kept, one more is refused, and there is room when one has gone`, async () => {
    await using store = await host.open();
    for (let first = 0; first < RESOURCES_MAX; first += BATCH) {
      await store.write(Array.from({ length: BATCH }, (_, index) => put(`n${first + index}`)));
    }
    await assert.rejects(store.write([put("more")]), refusal("store-refused"));
    await store.write([put("n7", { path: "/changed" })]);
    await assert.rejects(store.write([remove("n0"), put("more"), put("too-many")]), refusal("store-refused"));
    await store.write([remove("n0"), put("more")]);
    assert.equal((await store.list()).length, RESOURCES_MAX);
    assert.equal(await store.get(checkKey("n0")), null);
  });

  it("what is no version is told apart from what was never given", async () => {
    await using store = await host.open();
    await store.write([put("web")]);
    for (const text of ["", "-1", "1.0", "1e0", " 1", "0x1", "1;", "9".repeat(40)]) {
      assert.deepEqual(await store.changesSince(text), { state: "expired" }, JSON.stringify(text));
    }
    assert.deepEqual(await store.changesSince("999999999999999"), { state: "ahead" });
  });

  it("an object that is removed and made anew is told as both, whether in two writes or in one", async () => {
    await using store = await host.open();
    await store.write([put("web"), put("db")]);
    for (const writes of [
      [[remove("web")], [put("web", { uid: "second" })]],
      [[remove("web"), put("db", { path: "/x" }), put("web", { uid: "third" })]],
    ]) {
      const since = await store.version();
      const before = await uidOf(store);
      for (const write of writes) await store.write(write);
      const answer = await store.changesSince(since);
      assert.ok(answer.state === "known");
      const ofWeb = answer.changes.filter(({ resource }) => resource.metadata.name === "web");
      assert.deepEqual(
        ofWeb.map(({ type, resource }) => [type, resource.metadata.uid]),
        [
          ["DELETED", before],
          ["ADDED", await uidOf(store)],
        ],
      );
      const versions = answer.changes.map(({ resource }) => Number(resource.metadata.resourceVersion));
      assert.deepEqual(
        versions,
        [...new Set(versions)].sort((a, b) => a - b),
      );
    }
  });

  it("what came and went within one write is told to nobody; what changed twice is told as it is in the end", async () => {
    await using store = await host.open();
    await store.write([put("web")]);
    const since = await store.version();
    await store.write([
      put("brief"),
      remove("brief"),
      put("web", { path: "/a" }),
      put("web", { path: "/b" }),
    ]);
    const answer = await store.changesSince(since);
    assert.ok(answer.state === "known");
    assert.deepEqual(
      answer.changes.map(({ type, resource }) => [type, resource.metadata.name, pathOf(resource)]),
      [["MODIFIED", "web", "/b"]],
    );
    assert.equal(answer.version, await store.version());
  });
}

const pathOf = ({ spec }: Resource): string =>
  (spec as { readonly file: { readonly path: string } }).file.path;

const uidOf = async (store: ResourceStore): Promise<string | undefined> =>
  (await store.get(checkKey("web")))?.resource.metadata.uid;
