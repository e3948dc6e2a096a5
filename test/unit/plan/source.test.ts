/** What a source of manifests changes in the store, situation by situation. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { type FieldScope, manageUpdate } from "../../../controller/object/manage-fields.ts";
import { metadataOf, withMetadata } from "../../../controller/object/metadata.ts";
import { objectOfResource, resourceOfObject } from "../../../controller/object/resource-object.ts";
import { mappingAt } from "../../../controller/object/tree.ts";
import { planSource, type SourcePlan } from "../../../controller/plan/source.ts";
import { contextOf } from "../../../controller/plan/source-declare.ts";
import type { SourceFile } from "../../../controller/plan/source-files.ts";
import type { Settled } from "../../../controller/plan/source-meet.ts";
import type { ResourceStore } from "../../../controller/port/resource-store.ts";
import type { JsonObject } from "../../../controller/resource/json-schema.ts";
import type { StoredResource } from "../../../controller/resource/stored.ts";
import { memoryStore } from "../../support/memory-store.ts";
import { checkKey, checkManifest, from, putOf } from "../../support/stored-manifests.ts";
import { testApplier, uidCounter } from "../../support/test-applier.ts";
import { checkToys, parseToy, pathOf } from "../../support/toy-manifests.ts";

const SOURCE = "directory:/manifests";
type Files = Readonly<Record<string, string>>;

/** A store and the source's steps on it; each step is planned and written. */
class Bench {
  readonly store: ResourceStore = memoryStore();
  readonly #newUid = uidCounter();
  #settled: Settled = new Map();

  async apply(files: Files, extra: readonly SourceFile[] = []): Promise<SourcePlan> {
    const plan = planSource({
      source: SOURCE,
      files: [...Object.entries(files).map(([path, text]) => ({ path, ...parseToy(path, text) })), ...extra],
      stored: await this.store.list(),
      checkTogether: (manifests) => checkToys(manifests).rejections,
      applier: testApplier(this.#newUid),
      settled: this.#settled,
    });
    this.#settled = plan.settled;
    await this.store.write(plan.actions.map(({ write }) => write));
    return plan;
  }

  /** `NAME PATH FILE:LINE`, sorted by name. */
  async holds(...expected: readonly string[]): Promise<void> {
    const stored = (await this.store.list()).map(({ resource, provenance }) => {
      const place = `${provenance.source === SOURCE ? "" : "foreign "}${provenance.file}:${provenance.line}`;
      return `${resource.metadata.name} ${pathOf(resource).slice(1)} ${place}`;
    });
    assert.deepEqual(stored, expected);
  }

  async giveToOther(text: string): Promise<void> {
    const { manifests } = parseToy("theirs.yaml", text);
    await this.store.write(
      manifests.map(({ manifest, line }) => putOf(manifest, from("theirs.yaml", line, "git:lb"))),
    );
  }

  async web(): Promise<StoredResource> {
    const stored = await this.store.get(WEB);
    assert.ok(stored !== null);
    return stored;
  }

  /** What somebody writes through the API. */
  async rewrite(change: (object: JsonObject) => JsonObject): Promise<void> {
    const before = await this.web();
    await this.store.write([
      {
        type: "put",
        resource: resourceOfObject(change(objectOfResource(before.resource))),
        provenance: before.provenance,
        ifVersion: before.resource.metadata.resourceVersion,
      },
    ]);
  }
}

const WEB = checkKey("web");
const messages = ({ rejections }: SourcePlan): string[] =>
  rejections.map(({ file, line, message }) => `${file}:${line} ${message}`);
const reasons = ({ actions }: SourcePlan): string[] => actions.map(({ because }) => because);

describe("files that are all good", () => {
  it("are written, each object with its place", async () => {
    const bench = new Bench();
    const plan = await bench.apply({ "a.yaml": "web 1", "b.yaml": "db 2\nmail 3" });
    await bench.holds("db 2 b.yaml:1", "mail 3 b.yaml:2", "web 1 a.yaml:1");
    assert.deepEqual(reasons(plan), ["a.yaml:1 defines it", "b.yaml:1 defines it", "b.yaml:2 defines it"]);
    assert.equal(plan.resources, 3);
  });

  it("cause nothing when they are the same as before", async () => {
    const bench = new Bench();
    await bench.apply({ "a.yaml": "web 1", "b.yaml": "db 2" });
    const plan = await bench.apply({ "b.yaml": "db 2", "a.yaml": "web 1" });
    assert.deepEqual([plan.actions, plan.rejections, plan.resources], [[], [], 2]);
  });

  it("cause only the write of what has changed", async () => {
    const bench = new Bench();
    await bench.apply({ "a.yaml": "web 1\ndb 2" });
    const plan = await bench.apply({ "a.yaml": "web 5\ndb 2\n" });
    assert.deepEqual(reasons(plan), ["a.yaml:1 says otherwise"]);
  });

  it("take with them what they had created when they go, and nothing else", async () => {
    const bench = new Bench();
    await bench.giveToOther("theirs 9");
    await bench.apply({ "a.yaml": "web 1\ndb 2", "b.yaml": "mail 3" });
    const plan = await bench.apply({ "a.yaml": "db 2" });
    await bench.holds("db 2 a.yaml:1", "theirs 9 foreign theirs.yaml:1");
    assert.deepEqual(reasons(plan), [
      "it stands in a.yaml:1 now",
      "b.yaml is gone",
      "a.yaml no longer defines it",
    ]);
  });

  it("may hand an object to each other without its being deleted in between", async () => {
    const bench = new Bench();
    await bench.apply({ "a.yaml": "web 1" });
    const [before] = await bench.store.list();
    const plan = await bench.apply({ "b.yaml": "\nweb 1" });
    const [after] = await bench.store.list();
    assert.deepEqual(reasons(plan), ["it stands in b.yaml:2 now"]);
    assert.equal(after?.resource.metadata.uid, before?.resource.metadata.uid);
  });
});

describe("a file that is broken", () => {
  it("keeps what it had created, whole, while others go on", async () => {
    const bench = new Bench();
    await bench.apply({ "a.yaml": "web 1\ndb 2", "b.yaml": "mail 3" });
    const plan = await bench.apply({ "a.yaml": "web 7\n???", "b.yaml": "mail 4" });
    await bench.holds("db 2 a.yaml:2", "mail 4 b.yaml:1", "web 1 a.yaml:1");
    assert.deepEqual(messages(plan), ["a.yaml:2 not a manifest: ???"]);
    assert.equal(plan.resources, 3);
  });

  it("creates nothing when it was never good", async () => {
    const bench = new Bench();
    await bench.apply({ "a.yaml": "web 1\n???" });
    await bench.holds();
  });

  it("loses what it had created when it goes", async () => {
    const bench = new Bench();
    await bench.apply({ "a.yaml": "web 1" });
    await bench.apply({ "a.yaml": "???" });
    await bench.apply({});
    await bench.holds();
  });

  it("still owns its objects: another file cannot take one of them", async () => {
    const bench = new Bench();
    await bench.apply({ "a.yaml": "web 1" });
    const plan = await bench.apply({ "a.yaml": "???", "b.yaml": "web 2" });
    await bench.holds("web 1 a.yaml:1");
    assert.deepEqual(messages(plan), [
      "a.yaml:1 not a manifest: ???",
      "b.yaml:1 HealthCheck/default/web is defined in a.yaml:1 already",
    ]);
  });

  it("may be a sub-directory that cannot be listed: what is below it stays", async () => {
    const bench = new Bench();
    await bench.apply({ "berlin/a.yaml": "web 1", "berlin.yaml": "db 2" });
    const rejection = { file: "berlin", line: 0, column: 0, path: "", resource: null, message: "EACCES" };
    const plan = await bench.apply({}, [{ path: "berlin", manifests: [], rejections: [rejection] }]);
    await bench.holds("web 1 berlin/a.yaml:1");
    assert.deepEqual(messages(plan), ["berlin:0 EACCES"]);
  });
});

describe("two that define one object", () => {
  it("in one source: who has it keeps it, whatever the order of the names", async () => {
    const bench = new Bench();
    await bench.apply({ "b.yaml": "web 1" });
    const plan = await bench.apply({ "a.yaml": "web 2\ndb 3", "b.yaml": "web 4" });
    await bench.holds("web 4 b.yaml:1");
    assert.deepEqual(messages(plan), ["a.yaml:1 HealthCheck/default/web is defined in b.yaml:1 already"]);
  });

  it("both new: the first in order has it", async () => {
    const bench = new Bench();
    const plan = await bench.apply({ "b.yaml": "web 2", "a.yaml": "db 3\nweb 1" });
    await bench.holds("db 3 a.yaml:1", "web 1 a.yaml:2");
    assert.deepEqual(messages(plan), ["b.yaml:1 HealthCheck/default/web is defined in a.yaml:2 already"]);
  });

  it("in one file: the file is broken", async () => {
    const bench = new Bench();
    await bench.apply({ "a.yaml": "web 1\ndb 2" });
    const plan = await bench.apply({ "a.yaml": "web 1\nweb 1" });
    await bench.holds("db 2 a.yaml:2", "web 1 a.yaml:1");
    assert.deepEqual(messages(plan), ["a.yaml:2 HealthCheck/default/web is defined in a.yaml:1 already"]);
  });

  it("in two sources: the other source keeps it and is named; when it gives it up, it is ours", async () => {
    const bench = new Bench();
    await bench.giveToOther("web 9");
    const plan = await bench.apply({ "a.yaml": "web 1", "b.yaml": "db 2" });
    await bench.holds("db 2 b.yaml:1", "web 9 foreign theirs.yaml:1");
    assert.match(
      messages(plan)[0] ?? "",
      /^a\.yaml:1 .* belongs to git:lb\/theirs\.yaml:1, which is another source/,
    );
    await bench.store.write([{ type: "delete", key: WEB }]);
    await bench.apply({ "a.yaml": "web 1", "b.yaml": "db 2" });
    await bench.holds("db 2 b.yaml:1", "web 1 a.yaml:1");
  });
});

describe("manifests that do not go together", () => {
  it("the file that comes along is broken, not the one that was there", async () => {
    const bench = new Bench();
    await bench.apply({ "b.yaml": "web 1" });
    const plan = await bench.apply({ "a.yaml": "db 1", "b.yaml": "web 1" });
    await bench.holds("web 1 b.yaml:1");
    assert.deepEqual(messages(plan), ["a.yaml:1 path /1 is taken by b.yaml"]);
  });

  it("a broken file takes down what is built on its new content, and no more", async () => {
    const bench = new Bench();
    await bench.apply({ "a.yaml": "old 1", "c.yaml": "other 2" });
    const plan = await bench.apply({
      "a.yaml": "old 1\nnew 3\nwrong 2",
      "b.yaml": "user 4 new",
      "c.yaml": "other 2",
      "d.yaml": "more 5 old",
    });
    await bench.holds("more 5 d.yaml:1", "old 1 a.yaml:1", "other 2 c.yaml:1");
    assert.deepEqual(messages(plan), [
      "a.yaml:3 path /2 is taken by c.yaml",
      "b.yaml:1 needs new, which is not there",
    ]);
  });

  it("what another source has counts too, and is never blamed", async () => {
    const bench = new Bench();
    await bench.giveToOther("theirs 1\nlost 2 gone");
    const plan = await bench.apply({ "a.yaml": "web 1", "b.yaml": "db 3 theirs" });
    await bench.holds("db 3 b.yaml:1", "lost 2 foreign theirs.yaml:2", "theirs 1 foreign theirs.yaml:1");
    assert.deepEqual(messages(plan), ["a.yaml:1 path /1 is taken by git:lb/theirs.yaml"]);
  });

  it("a file that goes takes its objects, though another file needs them; that one is told", async () => {
    const bench = new Bench();
    await bench.apply({ "a.yaml": "check 1", "b.yaml": "web 2 check" });
    const plan = await bench.apply({ "b.yaml": "web 2 check" });
    await bench.holds("web 2 b.yaml:1");
    assert.deepEqual(messages(plan), ["b.yaml:1 needs check, which is not there"]);
  });

  it("is mended by mending the file", async () => {
    const bench = new Bench();
    await bench.apply({ "a.yaml": "web 1", "b.yaml": "db 1" });
    const plan = await bench.apply({ "a.yaml": "web 1", "b.yaml": "db 2" });
    await bench.holds("db 2 b.yaml:1", "web 1 a.yaml:1");
    assert.deepEqual(plan.rejections, []);
  });
});

describe("an object that another holds", () => {
  it("that was created through the API is refused, with who created it and how to hand it over", async () => {
    const bench = new Bench();
    const [web] = parseToy("", "web 9").manifests;
    assert.ok(web !== undefined);
    await bench.store.write([putOf(web.manifest, { source: "api", file: "kubectl-create", line: 0 })]);
    const plan = await bench.apply({ "a.yaml": "web 1" });
    assert.deepEqual(plan.actions, []);
    assert.deepEqual(messages(plan), [
      "a.yaml:1 HealthCheck/default/web was created through the API, by kubectl-create; delete it there, rename it " +
        "here, or hand it over with the annotation holdfast.dev/adopt=directory:/manifests on it",
    ]);
  });

  it("is taken over when it is handed over: what the holder had set goes, what third parties have set stays", async () => {
    const bench = new Bench();
    const [web] = parseToy("", "web 9").manifests;
    assert.ok(web !== undefined);
    await bench.store.write([putOf(web.manifest, { source: "api", file: "kubectl-create", line: 0 })]);
    await bench.rewrite((object) =>
      manageUpdate(null, withMetadata(object, { labels: { old: "x" } }), scopeOf("kubectl-create")),
    );
    await bench.rewrite((object) => edited(object, { labels: { old: "x", team: "a" } }, {}, "kubectl-label"));
    const annotations = { "holdfast.dev/adopt": "directory:/others" };
    await bench.rewrite((object) => edited(object, { annotations }, {}, "kubectl-annotate"));
    assert.equal((await bench.apply({ "a.yaml": "web 1" })).rejections.length, 1);
    const ours = { "holdfast.dev/adopt": SOURCE };
    await bench.rewrite((object) => edited(object, { annotations: ours }, {}, "kubectl-annotate"));
    assert.deepEqual(await bench.apply({ "a.yaml": "???" }).then(reasons), []);
    const plan = await bench.apply({ "a.yaml": "web 1" });
    assert.deepEqual(reasons(plan), ["a.yaml:1 defines it, and it was handed over"]);
    await bench.holds("web 1 a.yaml:1");
    const metadata = metadataOf(objectOfResource((await bench.web()).resource));
    assert.deepEqual([metadata.labels, metadata.annotations, metadata.uid], [{ team: "a" }, {}, "uid-web"]);
    assert.deepEqual(reasons(await bench.apply({ "a.yaml": "web 1" })), []);
  });
});

describe("an object that others write to", () => {
  it("is set back where the file says otherwise, and its plan says who has lost what", async () => {
    const bench = new Bench();
    await bench.apply({ "a.yaml": "web 1" });
    await bench.rewrite((object) => edited(object, { labels: { team: "a" } }, { fall: 9 }, "kubectl-edit"));
    const plan = await bench.apply({ "a.yaml": "web 1" });
    assert.deepEqual(reasons(plan), ["a.yaml:1 says otherwise"]);
    const [overruled] = plan.actions.flatMap((action) => action.overruled ?? []);
    assert.deepEqual(overruled?.fields, ["spec.fall (kubectl-edit)"]);
    const { resource } = await bench.web();
    assert.deepEqual([resource.metadata.labels, resource.metadata.generation], [{ team: "a" }, 3]);
    assert.deepEqual(reasons(await bench.apply({ "a.yaml": "web 1" })), []);
  });

  it("that was stored by an older version is written once, wakes nobody, and keeps its generation", async () => {
    const bench = new Bench();
    const [web] = parseToy("a.yaml", "web 1").manifests;
    assert.ok(web !== undefined);
    await bench.store.write([putOf(web.manifest, from("a.yaml"))]);
    const { resource: before } = await bench.web();
    let wakes = 0;
    using _ = bench.store.onChange(() => wakes++);
    assert.deepEqual(reasons(await bench.apply({ "a.yaml": "web 1" })), [
      "a.yaml:1 owns other fields of it than before",
    ]);
    assert.deepEqual(reasons(await bench.apply({ "a.yaml": "web 1" })), []);
    const { resource } = await bench.web();
    assert.equal(wakes, 0);
    const { managedFields = [], ...metadata } = resource.metadata;
    assert.equal(managedFields.length, 1);
    assert.deepEqual([resource.spec, metadata], [before.spec, { ...before.metadata, resourceVersion: "2" }]);
  });
});

describe("an object with finalizers", () => {
  it("is marked when its file goes, told of, and goes with its last finalizer", async () => {
    const bench = new Bench();
    await bench.apply({ "a.yaml": "web 1" });
    await bench.rewrite((object) => withMetadata(object, { finalizers: ["example.com/dns"] }));
    assert.deepEqual(reasons(await bench.apply({})), ["a.yaml is gone"]);
    const { metadata } = (await bench.web()).resource;
    assert.deepEqual([metadata.deletionTimestamp, metadata.generation], ["2026-01-01T00:00:00Z", 2]);
    const plan = await bench.apply({});
    assert.deepEqual(plan.actions, []);
    assert.deepEqual(
      plan.waiting.map(({ message }) => message),
      [
        "HealthCheck/default/web: no file defines it any more; it stays until its finalizers are removed: example.com/dns",
      ],
    );
    const again = await bench.apply({ "a.yaml": "web 1" });
    assert.match(again.waiting[0]?.message ?? "", /it was deleted; .*; then it will be created again$/);
    assert.deepEqual(reasons(again), []);
  });
});

const scopeOf = (manager: string): FieldScope => ({
  ...contextOf(SOURCE, testApplier(), checkManifest("web")),
  manager,
});

/** As an update by `manager`. */
function edited(
  object: JsonObject,
  metadata: Parameters<typeof withMetadata>[1],
  spec: JsonObject,
  manager: string,
): JsonObject {
  const next = { ...withMetadata(object, metadata), spec: { ...mappingAt(object, "spec"), ...spec } };
  const { generation } = metadataOf(object);
  const isNew = Object.keys(spec).length > 0;
  return withMetadata(manageUpdate(object, next, scopeOf(manager)), {
    generation: generation + (isNew ? 1 : 0),
  });
}
