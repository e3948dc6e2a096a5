/** The directory source at work: what it does when, and what it says of itself. */
import assert from "node:assert/strict";
import { afterEach, beforeEach, describe, it } from "node:test";
import type { Happening } from "../../../controller/object/event-object.ts";
import { manageUpdate } from "../../../controller/object/manage-fields.ts";
import { objectOfResource, resourceOfObject } from "../../../controller/object/resource-object.ts";
import { mappingAt } from "../../../controller/object/tree.ts";
import { contextOf } from "../../../controller/plan/source-declare.ts";
import type { Log } from "../../../controller/port/log.ts";
import { DirectorySource, type SourceStatus } from "../../../controller/source/directory-source.ts";
import type { EmbeddedStore } from "../../../controller/store/embedded-store.ts";
import { FakeClock, settle } from "../../support/fake-clock.ts";
import { FakeManifestDirectory } from "../../support/fake-manifest-directory.ts";
import { MemoryRecords, memoryStore } from "../../support/memory-store.ts";
import { checkKey, checkManifest, from, putOf } from "../../support/stored-manifests.ts";
import { testApplier, uidCounter } from "../../support/test-applier.ts";
import { toyReader } from "../../support/toy-manifests.ts";

const silent: Log = { debug: ignore, info: ignore, warn: ignore, error: ignore };
function ignore(): void {
  // These tests look at the store, not at the log.
}

let clock = new FakeClock();
let records = new MemoryRecords();
let store: EmbeddedStore = memoryStore(records);
let directory = new FakeManifestDirectory();
let told: Happening[] = [];
let source = newSource();
let stop = new AbortController();
let running: Promise<void> = Promise.resolve();

function newSource(): DirectorySource {
  return sourceOf(directory);
}

function sourceOf(of: FakeManifestDirectory): DirectorySource {
  const happened = (happenings: readonly Happening[]): void => void told.push(...happenings);
  return new DirectorySource({
    directory: of,
    store,
    reader: toyReader,
    applier: testApplier(uidCounter()),
    happened,
    clock,
    log: silent,
  });
}

function start(): void {
  stop = new AbortController();
  running = source.run(stop.signal);
}

beforeEach(() => {
  clock = new FakeClock();
  records = new MemoryRecords();
  store = memoryStore(records);
  directory = new FakeManifestDirectory();
  told = [];
  source = newSource();
});
afterEach(async () => {
  stop.abort();
  await running;
});

const names = async (): Promise<string[]> =>
  (await store.list()).map(({ resource }) => resource.metadata.name);

async function says(expected: Partial<SourceStatus>): Promise<void> {
  await settle();
  const status = source.status();
  for (const [key, value] of Object.entries(expected)) {
    assert.deepEqual(status[key as keyof SourceStatus], value, key);
  }
}

describe("a directory source", () => {
  it("says that it has not read yet, until it has", async () => {
    await says({ available: false, problem: "not read yet", appliedAt: null });
    directory.write("a.yaml", "web 1");
    start();
    await says({
      source: "directory:/manifests",
      available: true,
      problem: null,
      files: 1,
      resources: 1,
      rejections: [],
      appliedAt: "2026-01-01T00:00:00.000Z",
    });
  });

  it("follows every edit, and tells of each change of its status", async () => {
    start();
    await settle();
    let told = 0;
    using _ = source.onChange(() => told++);
    directory.write("a.yaml", "web 1");
    await settle();
    assert.deepEqual(await names(), ["web"]);
    assert.equal(told, 1);
    directory.remove("a.yaml");
    await settle();
    assert.deepEqual(await names(), []);
  });

  it("writes nothing and says nothing new when it is woken for nothing", async () => {
    directory.write("a.yaml", "web 1");
    start();
    await settle();
    await clock.advance(60_000);
    const [commits, status] = [records.commits, source.status()];
    source.wake();
    await settle();
    assert.equal(records.commits, commits);
    assert.equal(source.status(), status);
  });

  it("keeps everything while the directory is out of sight, says so, and goes on when it is back", async () => {
    directory.write("a.yaml", "web 1");
    start();
    await settle();
    directory.setThere(false);
    await says({ available: false, problem: "ENOENT: /manifests is not there", resources: 1 });
    assert.deepEqual(await names(), ["web"]);
    directory.setThere(true);
    directory.write("b.yaml", "db 2");
    await says({ available: true, problem: null, files: 2, resources: 2 });
  });

  it("keeps what a file had created that can no longer be read", async () => {
    directory.write("a.yaml", "web 1");
    start();
    await settle();
    directory.makeUnreadable("a.yaml", "is not UTF-8 text");
    await settle();
    assert.deepEqual(await names(), ["web"]);
    assert.deepEqual(
      source.status().rejections.map(({ file, line, message }) => `${file}:${line} ${message}`),
      ["a.yaml:0 is not UTF-8 text"],
    );
  });

  it("says the same of a broken file after a restart, and the store still has the last good version", async () => {
    directory.write("a.yaml", "web 1");
    start();
    await settle();
    directory.write("a.yaml", "web 1\n???");
    await settle();
    const { rejections } = source.status();
    assert.equal(rejections.length, 1);
    stop.abort();
    await running;
    store = memoryStore(records);
    source = newSource();
    start();
    await says({ rejections, resources: 1 });
    assert.deepEqual(await names(), ["web"]);
  });

  it("tries again, ever more slowly, while the store refuses, and says why", async () => {
    records.isFull = true;
    directory.write("a.yaml", "web 1");
    start();
    await says({ problem: "store-refused: the disk is full", appliedAt: null });
    await clock.advance(250);
    records.isFull = false;
    await clock.advance(340);
    assert.deepEqual(await names(), []);
    await clock.advance(10);
    assert.deepEqual(await names(), ["web"]);
    await says({ problem: null });
  });

  it("takes an object as soon as the other source gives it up", async () => {
    await store.write([putOf(checkManifest("web"), from("b.yaml", 1, "git:lb"))]);
    directory.write("a.yaml", "web 1");
    start();
    await settle();
    assert.equal(source.status().rejections.length, 1);
    await store.write([{ type: "delete", key: checkKey("web") }]);
    await says({ rejections: [], resources: 1 });
    assert.equal((await store.get(checkKey("web")))?.provenance.source, "directory:/manifests");
  });

  it("loses no race: what another source writes while it plans is not overwritten", async () => {
    const other = new FakeManifestDirectory("/others");
    const rival = sourceOf(other);
    directory.write("a.yaml", "web 1");
    other.write("a.yaml", "web 2");
    start();
    const rivalRunning = rival.run(stop.signal);
    await settle();
    await settle();
    const holders = [source, rival].filter((each) => each.status().resources === 1);
    assert.equal(holders.length, 1);
    assert.deepEqual([source, rival].map((each) => each.status().rejections.length).sort(), [0, 1]);
    stop.abort();
    await rivalRunning;
  });

  it("sets back what somebody else has set, and tells of it for an hour", async () => {
    directory.write("a.yaml", "web 1");
    start();
    await settle();
    await setFall(9);
    await settle();
    const stored = await store.get(checkKey("web"));
    assert.equal(stored?.resource.kind === "HealthCheck" && stored.resource.spec.fall, 2);
    await says({
      notices: [
        {
          file: "a.yaml",
          line: 1,
          column: 1,
          path: "",
          resource: "HealthCheck/default/web",
          message:
            "HealthCheck/default/web: set back what others had set: spec.fall (kubectl-edit), at 2026-01-01T00:00:00.000Z",
        },
      ],
    });
    assert.deepEqual(
      told.map(({ reason, message }) => `${reason}: ${message}`),
      ["SetBack: a.yaml:1 set back what others had set: spec.fall (kubectl-edit)"],
    );
    await setFall(8);
    await settle();
    assert.match(source.status().notices[0]?.message ?? "", /, 2 times so far$/);
    await clock.advance(3_600_000);
    await says({ notices: [] });
  });

  it("takes over what an older version has stored, and wakes nobody", async () => {
    await store.write([putOf(checkManifest("web", { path: "/1" }), from("a.yaml"))]);
    let wakes = 0;
    using _ = store.onChange(() => wakes++);
    directory.write("a.yaml", "web 1");
    start();
    await settle();
    const metadata = (await store.get(checkKey("web")))?.resource.metadata;
    assert.deepEqual([metadata?.generation, metadata?.managedFields?.length, wakes], [1, 1, 0]);
    await says({ resources: 1, rejections: [], notices: [] });
  });
});

/** As `kubectl edit` does. */
async function setFall(fall: number): Promise<void> {
  const stored = await store.get(checkKey("web"));
  assert.ok(stored !== null);
  const { resource, provenance } = stored;
  const object = objectOfResource(resource);
  const scope = { ...contextOf("", testApplier(), resource), manager: "kubectl-edit" };
  const next = manageUpdate(object, { ...object, spec: { ...mappingAt(object, "spec"), fall } }, scope);
  const ifVersion = resource.metadata.resourceVersion;
  await store.write([{ type: "put", resource: resourceOfObject(next), provenance, ifVersion }]);
}
