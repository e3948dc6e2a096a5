/** The part of the resource store's contract that is about many writers at once, and about who may change what was answered. */
import assert from "node:assert/strict";
import { it } from "node:test";
import type { ResourceStore } from "../../controller/port/resource-store.ts";
import type { Changes, StoredResource } from "../../controller/resource/stored.ts";
import { names, put, refusal, remove, type StoreHost } from "../support/store-cases.ts";
import { checkKey } from "../support/stored-manifests.ts";

const WRITERS = 20;

export function races(host: StoreHost): void {
  it("of writers that all saw the same version exactly one wins, the others are told, and it is the winner's that stays", async () => {
    await using store = await host.open();
    await store.write([put("web")]);
    const ifVersion = await versionOf(store);
    const outcomes = await Promise.allSettled(
      Array.from({ length: WRITERS }, (_, writer) =>
        store.write([put("web", { path: `/${writer}`, ifVersion })]),
      ),
    );
    const winners = outcomes.flatMap(({ status }, writer) => (status === "fulfilled" ? [writer] : []));
    assert.equal(winners.length, 1);
    assert.equal(pathOf(await store.get(checkKey("web"))), `/${winners[0]}`);
    for (const outcome of outcomes) {
      if (outcome.status === "rejected") assert.ok(refusal("store-conflict")(outcome.reason));
    }
  });

  it("of writers that all create the same object exactly one does", async () => {
    await using store = await host.open();
    const outcomes = await Promise.allSettled(
      Array.from({ length: WRITERS }, (_, writer) =>
        store.write([put("web", { path: `/${writer}`, ifVersion: null })]),
      ),
    );
    assert.equal(outcomes.filter(({ status }) => status === "fulfilled").length, 1);
    assert.deepEqual(await names(store), ["web"]);
  });

  it("writers that try again until they win lose nobody's change", async () => {
    await using store = await host.open();
    await store.write([put("web", { path: "/" })]);
    const append = async (writer: number): Promise<void> => {
      for (;;) {
        const seen = await store.get(checkKey("web"));
        const ifVersion = seen?.resource.metadata.resourceVersion ?? null;
        try {
          return await store.write([put("web", { path: `${pathOf(seen)}${writer}/`, ifVersion })]);
        } catch (error) {
          assert.ok(refusal("store-conflict")(error));
        }
      }
    };
    await Promise.all(Array.from({ length: WRITERS }, (_, writer) => append(writer)));
    const written = pathOf(await store.get(checkKey("web")))
      .split("/")
      .filter(Boolean)
      .map(Number);
    assert.deepEqual(
      written.toSorted((a, b) => a - b),
      Array.from({ length: WRITERS }, (_, writer) => writer),
    );
  });

  it("what was meant for an object that is gone does not meet the one that has its name now", async () => {
    await using store = await host.open();
    await store.write([put("web")]);
    const ifVersion = await versionOf(store);
    await store.write([remove("web")]);
    await assert.rejects(store.write([put("web", { path: "/x", ifVersion })]), refusal("store-conflict"));
    await assert.rejects(store.write([{ ...remove("web"), ifVersion }]), refusal("store-conflict"));
    await store.write([put("web")]);
    await assert.rejects(store.write([put("web", { path: "/x", ifVersion })]), refusal("store-conflict"));
    await assert.rejects(store.write([{ ...remove("web"), ifVersion }]), refusal("store-conflict"));
    await assert.rejects(store.write([{ ...remove("web"), ifVersion: null }]), refusal("store-conflict"));
    await store.write([{ ...remove("web"), ifVersion: await versionOf(store) }]);
    assert.deepEqual(await names(store), []);
  });

  it("a write that is refused leaves no trace: no version, no change, no call", async () => {
    await using store = await host.open();
    await store.write([put("web")]);
    const version = await store.version();
    let calls = 0;
    using _changes = store.onChange(() => calls++);
    using _versions = store.onVersion(() => calls++);
    await assert.rejects(
      store.write([put("a"), put("web", { ifVersion: "999" })]),
      refusal("store-conflict"),
    );
    await store.write([]);
    assert.deepEqual([await store.version(), calls], [version, 0]);
    assert.deepEqual(known(await store.changesSince(version)), []);
  });

  it("whoever is called may write, end its own calls and those of others, and still all writes are told", async () => {
    await using store = await host.open();
    const told: number[] = [];
    const ended = store.onVersion(() => assert.fail("it was ended by one that was called before it"));
    const once = store.onVersion(() => once[Symbol.dispose]());
    ended[Symbol.dispose]();
    let echo: Promise<void> | null = null;
    using _ = store.onVersion(() => {
      echo ??= store.write([put("echo")]);
      told.push(told.length);
    });
    await store.write([put("web")]);
    await echo;
    assert.deepEqual(await names(store), ["echo", "web"]);
    assert.equal(told.length, 2);
  });

  it("a follower that asks for the changes at each call sees every version once, in order, and ends with what is there", async () => {
    await using store = await host.open();
    const mirror = new Map<string, string>();
    const versions: number[] = [];
    let followed = await store.version();
    let following = Promise.resolve();
    const follow = async (): Promise<void> => {
      const answer = await store.changesSince(followed);
      assert.ok(answer.state === "known");
      followed = answer.version;
      for (const { type, resource } of answer.changes) {
        versions.push(Number(resource.metadata.resourceVersion));
        if (type === "DELETED") mirror.delete(resource.metadata.name);
        else mirror.set(resource.metadata.name, resource.metadata.uid);
      }
    };
    using _ = store.onVersion(() => {
      following = following.then(follow);
    });
    for (let turn = 0; turn < 30; turn++) {
      const writes = [put(`n${turn % 7}`, { path: `/${turn}` }), remove(`n${(turn * 3) % 5}`)];
      await Promise.all([store.write(writes), store.write([put(`m${turn % 3}`, { path: `/${turn}` })])]);
    }
    await following;
    assert.deepEqual(
      versions,
      [...new Set(versions)].sort((a, b) => a - b),
    );
    const there = (await store.list()).map(
      ({ resource }) => [resource.metadata.name, resource.metadata.uid] as const,
    );
    assert.deepEqual([...mirror].sort(), [...there].sort());
  });

  const answers: readonly {
    readonly what: string;
    readonly ask: (store: ResourceStore) => Promise<unknown>;
  }[] = [
    { what: "list", ask: async (store) => (await store.list())[0] },
    { what: "get", ask: (store) => store.get(checkKey("web")) },
    { what: "changesSince", ask: async (store) => known(await store.changesSince("0"))[0] },
    { what: "queued", ask: async (store) => (await store.queued("mail", 1))[0] },
  ];
  for (const { what, ask } of answers) {
    it(`whoever changes what ${what} answered changes the store of nobody`, async () => {
      await using store = await host.open();
      await store.write([put("web", { labels: { tier: "front" } })]);
      await store.enqueue("mail", [{ id: "1", payload: { to: ["ops"] } }]);
      const asked = async () => JSON.stringify(await ask(store));
      const before = await asked();
      spoil(await ask(store));
      assert.equal(await asked(), before);
    });
  }
}

/** Changes all that can be changed; what cannot may say so. */
function spoil(value: unknown): void {
  if (typeof value !== "object" || value === null) return;
  for (const [field, inner] of Object.entries(value)) {
    spoil(inner);
    try {
      Object.assign(value, { [field]: "spoilt" });
    } catch (error) {
      assert.ok(error instanceof TypeError);
    }
  }
}

function known(answer: Changes) {
  assert.ok(answer.state === "known", `the changes are ${answer.state}`);
  return answer.changes;
}

const versionOf = async (store: ResourceStore): Promise<string> =>
  (await store.get(checkKey("web")))?.resource.metadata.resourceVersion ?? assert.fail("it is not there");

function pathOf(stored: StoredResource | null): string {
  assert.ok(stored !== null, "it is not there");
  return (stored.resource.spec as { readonly file: { readonly path: string } }).file.path;
}
