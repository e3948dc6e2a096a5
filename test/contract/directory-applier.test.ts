/** A directory of files and kubectl, as two writers of the same objects: real files, the API over HTTP, every kubectl that is there. */
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { afterEach, beforeEach, describe, it } from "node:test";
import { SystemClock } from "../../controller/adapter/clock/system-clock.ts";
import { WatchedDirectory } from "../../controller/adapter/files/manifest-directory.ts";
import type { Happening } from "../../controller/object/event-object.ts";
import { at } from "../../controller/object/tree.ts";
import type { Json, JsonObject } from "../../controller/resource/json-schema.ts";
import { DirectorySource } from "../../controller/source/directory-source.ts";
import { manifestReader } from "../../controller/source/manifest-reader.ts";
import { type ApiServer, startApiServer } from "../support/api-server.ts";
import { deadline } from "../support/deadline.ts";
import { FakeLog } from "../support/fake-log.ts";
import { kubectls } from "../support/kubectls.ts";
import { testApplier, uidCounter } from "../support/test-applier.ts";

const CHECKS = "/apis/holdfast.dev/v1alpha1/namespaces/default/healthchecks";
const HEAD = "apiVersion: holdfast.dev/v1alpha1\nkind: HealthCheck\nmetadata: {name: web}\n";
const FILE = `${HEAD}spec: {http: {port: 80}, interval: 5s}\n`;
const KUBECTL_MS_MAX = 30_000;

let root = "";
let server: ApiServer;
let source: DirectorySource;
let told: Happening[] = [];
let stop = new AbortController();
let running: Promise<void> = Promise.resolve();

beforeEach(async () => {
  root = mkdtempSync(join(tmpdir(), "hfapplier-"));
  mkdirSync(join(root, "manifests"));
  server = await startApiServer();
  told = [];
  stop = new AbortController();
  source = new DirectorySource({
    directory: new WatchedDirectory(join(root, "manifests"), new FakeLog()),
    store: server.store,
    reader: manifestReader,
    applier: testApplier(uidCounter()),
    happened: (happenings) => void told.push(...happenings),
    clock: new SystemClock(),
    log: new FakeLog(),
  });
  running = source.run(stop.signal);
});
afterEach(async () => {
  stop.abort();
  await running;
  await server[Symbol.asyncDispose]();
  rmSync(root, { recursive: true });
});

const write = (file: string, text: string): void => writeFileSync(join(root, "manifests", file), text);
const remove = (file: string): void => rmSync(join(root, "manifests", file));

interface Answer {
  readonly status: number;
  readonly body: JsonObject;
  readonly warning: string;
}

async function ask(method: string, path: string, type?: string, body?: JsonObject): Promise<Answer> {
  const init = body === undefined ? {} : { body: JSON.stringify(body) };
  const headers: Record<string, string> = type === undefined ? {} : { "Content-Type": type };
  const response = await fetch(server.url + CHECKS + path, { method, headers, ...init });
  return {
    status: response.status,
    body: JSON.parse(await response.text()),
    warning: response.headers.get("Warning") ?? "",
  };
}
const web = async (): Promise<JsonObject> => (await ask("GET", "/web")).body;
const patch = (body: JsonObject, manager = "kubectl-edit"): Promise<Answer> =>
  ask("PATCH", `/web?fieldManager=${manager}`, "application/merge-patch+json", body);
const apply = (spec: JsonObject): Promise<Answer> =>
  ask("PATCH", "/web?fieldManager=tuner", "application/apply-patch+yaml", {
    apiVersion: "holdfast.dev/v1alpha1",
    kind: "HealthCheck",
    metadata: { name: "web" },
    spec,
  });

async function until(what: string, holds: (object: JsonObject) => boolean): Promise<void> {
  await deadline(what, async () => holds(await web()));
}
const defined = (): Promise<void> =>
  until("the file defines it", (object) => object["kind"] === "HealthCheck");
const fieldIs =
  (expected: Json | undefined, ...path: readonly string[]) =>
  (object: JsonObject): boolean =>
    at(object, ...path) === expected;

describe("a directory beside the API", () => {
  it("lets others have the fields that it does not mention, and no others without force", async () => {
    write("web.yaml", FILE);
    await defined();
    const applied = await apply({ fall: 5 });
    assert.deepEqual([applied.status, applied.warning], [200, ""]);
    const refused = await apply({ interval: "9s" });
    assert.equal(refused.status, 409);
    assert.match(String(refused.body["message"]), /conflict with "holdfast-directory": \.spec\.interval/);
    write("web.yaml", FILE.replace("80", "81"));
    await until("the edit is there", fieldIs(81, "spec", "http", "port"));
    assert.equal(at(await web(), "spec", "fall"), 5);
  });

  it("warns who writes what the file states, sets it back, and tells of it", async () => {
    write("web.yaml", FILE);
    await defined();
    const labelled = await patch({ metadata: { labels: { team: "a" } } }, "kubectl-label");
    assert.equal(labelled.warning, "");
    const { status, warning } = await patch({ spec: { interval: "9s" } });
    assert.equal(status, 200);
    const place = `directory:${join(root, "manifests")}/web.yaml:1`;
    assert.match(
      warning,
      /spec\.interval: the object comes from .*; unless that is changed too, this will be set/,
    );
    assert.ok(warning.includes(place), warning);
    await until("it is set back", fieldIs("5s", "spec", "interval"));
    assert.equal(at(await web(), "metadata", "labels", "team"), "a");
    await deadline("it is told", () => source.status().notices.length === 1 && told.length === 1);
    assert.match(source.status().notices[0]?.message ?? "", /spec\.interval \(kubectl-edit\)/);
  });

  it("refuses what the API has created until it is handed over, and then takes it", async () => {
    const body = { apiVersion: "holdfast.dev/v1alpha1", kind: "HealthCheck", metadata: { name: "web" } };
    const spec = { tcp: { port: 80 }, rise: 7 };
    await ask("POST", "?fieldManager=kubectl-create", "application/json", { ...body, spec });
    write("web.yaml", FILE);
    await deadline("it is refused", () => source.status().rejections.length === 1);
    assert.match(source.status().rejections[0]?.message ?? "", /created through the API, by kubectl-create/);
    const { uid } = (await web())["metadata"] as { uid: string };
    const adopt = `directory:${join(root, "manifests")}`;
    await patch({ metadata: { annotations: { "holdfast.dev/adopt": adopt } } }, "kubectl-annotate");
    await until("it is the file's", fieldIs("5s", "spec", "interval"));
    const object = await web();
    assert.deepEqual([at(object, "spec", "tcp"), at(object, "spec", "rise")], [undefined, 2]);
    assert.deepEqual(
      [at(object, "metadata", "uid"), at(object, "metadata", "annotations")],
      [uid, undefined],
    );
    await deadline("nothing is refused", () => source.status().rejections.length === 0);
  });

  it("deletes what goes with its file as soon as its finalizers let it, and nothing of others", async () => {
    const other = { apiVersion: "holdfast.dev/v1alpha1", kind: "HealthCheck", metadata: { name: "other" } };
    await ask("POST", "", "application/json", { ...other, spec: { tcp: {} } });
    write("web.yaml", FILE);
    await defined();
    await patch({ metadata: { finalizers: ["example.com/dns"] } });
    remove("web.yaml");
    await deadline("it waits", () => /example\.com\/dns/.test(source.status().notices[0]?.message ?? ""));
    assert.notEqual(at(await web(), "metadata", "deletionTimestamp"), undefined);
    await patch({ metadata: { finalizers: null } });
    await until("it is gone", fieldIs(404, "code"));
    await deadline("it is told no more", () => source.status().notices.length === 0);
    assert.equal((await ask("GET", "/other")).status, 200);
  });

  for (const kubectl of kubectls()) {
    it(`shows ${basename(kubectl)} who owns what, and keeps it from what files state`, async () => {
      write("web.yaml", FILE);
      await defined();
      const run = (...args: readonly string[]): Promise<string> => runKubectl(kubectl, args);
      assert.match(
        await run("get", "hc", "web", "-o", "yaml", "--show-managed-fields"),
        /manager: holdfast-directory/,
      );
      const mine = join(root, "mine.yaml");
      writeFileSync(mine, `${HEAD}spec: {fall: 5}\n`);
      assert.match(await run("apply", "--server-side", "-f", mine), /serverside-applied/);
      writeFileSync(mine, `${HEAD}spec: {fall: 5, interval: 9s}\n`);
      assert.match(await run("apply", "--server-side", "-f", mine), /conflict with "holdfast-directory"/);
      assert.match(
        await run("apply", "--server-side", "--force-conflicts", "-f", mine),
        /Warning: spec\.interval/,
      );
      await until("it is set back", fieldIs("5s", "spec", "interval"));
      assert.equal(at(await web(), "spec", "fall"), 5);
    });
  }
});

/** What it prints, also of what went wrong. */
function runKubectl(kubectl: string, args: readonly string[]): Promise<string> {
  const place = ["--server", server.url, "--cache-dir", join(root, "cache")];
  return new Promise((resolve) => {
    execFile(kubectl, [...place, ...args], { timeout: KUBECTL_MS_MAX }, (_error, stdout, stderr) =>
      resolve(stdout + stderr),
    );
  });
}
