/** `holdfast get`, `apply`, `diff`, `describe`, `wait` and `delete` as they are run, against the API of an agent. */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import type { Condition } from "../../controller/resource/condition.ts";
import { type ApiServer, startApiServer } from "../support/api-server.ts";

const MAIN = fileURLToPath(new URL("../../controller/cli/main.js", import.meta.url));
const QUICKSTART = "manifests/quickstart";
const directory = mkdtempSync(join(tmpdir(), "holdfast-objects-"));

interface Ran {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

async function holdfast(...args: readonly string[]): Promise<Ran> {
  const child = spawn(process.execPath, [MAIN, ...args, "--runtime-dir", directory], {
    stdio: ["ignore", "pipe", "pipe"],
  });
  const texts = { stdout: "", stderr: "" };
  for (const name of ["stdout", "stderr"] as const)
    child[name].on("data", (chunk: Buffer) => {
      texts[name] += chunk.toString();
    });
  const [status]: (number | null)[] = await once(child, "close");
  return { status: status ?? null, ...texts };
}

let server: ApiServer;
before(async () => {
  const foresee = async () => ({ plan: ["lb-1 takes part in default/web"], warnings: ["lb-1 is disturbed"] });
  server = await startApiServer({ foresee }, join(directory, "agent.sock"));
});
after(async () => {
  await server[Symbol.asyncDispose]();
  rmSync(directory, { recursive: true });
});

const ready = (status: Condition["status"], observedGeneration: number): Condition => ({
  type: "Ready",
  status,
  reason: "Test",
  message: `it is ${status}`,
  observedGeneration,
  lastTransitionTime: "2026-01-01T00:00:00Z",
});
const WEB = { kind: "VirtualIP", namespace: "default", name: "web" } as const;

describe("objects without kubectl", () => {
  it("are shown before they are there: diff tells what apply would do, and touches nothing", async () => {
    const { status, stdout, stderr } = await holdfast("diff", "-f", QUICKSTART);
    assert.equal(status, 1, stderr);
    assert.match(
      stdout,
      /^--- healthcheck\/nginx-alive \(now\)\n\+\+\+ healthcheck\/nginx-alive \(after apply\)/,
    );
    assert.match(stdout, /^\+ {2}plan:\n\+ {4}- lb-1 takes part in default\/web$/m);
    assert.match(stderr, /^Warning: lb-1 is disturbed$/m);
    assert.deepEqual(await server.store.list(), []);
    const dry = await holdfast("apply", "-f", QUICKSTART, "--dry-run");
    assert.match(dry.stdout, /^virtualip\/web created \(dry run\)$/m);
    assert.deepEqual(await server.store.list(), []);
  });

  it("are applied: created, unchanged, configured", async () => {
    const first = await holdfast("apply", "-f", QUICKSTART);
    assert.deepEqual(first.stdout.trim().split("\n"), [
      "healthcheck/nginx-alive created",
      "virtualip/web created",
      "proxypool/web created",
    ]);
    assert.equal(first.status, 0);
    const again = await holdfast("apply", "-f", QUICKSTART);
    assert.match(again.stdout, /^virtualip\/web unchanged$/m);
    assert.equal((await holdfast("diff", "-f", QUICKSTART)).status, 0);
    const changed = join(directory, "changed.yaml");
    const text = readFileSync(join(QUICKSTART, "web.yaml"), "utf8");
    writeFileSync(changed, text.replace("virtualRouterID: 51", "virtualRouterID: 52"));
    assert.match(
      (await holdfast("diff", "-f", changed)).stdout,
      /^-.*virtualRouterID: 51\n\+.*virtualRouterID: 52$/m,
    );
    assert.match((await holdfast("apply", "-f", changed)).stdout, /^virtualip\/web configured$/m);
  });

  it("are not applied where a file is wrong: none of them, with each error's place", async () => {
    const wrong = join(directory, "wrong.yaml");
    const text = readFileSync(join(QUICKSTART, "web.yaml"), "utf8");
    writeFileSync(
      wrong,
      text.replace("virtualRouterID: 51", "virtualRouterID: 256").replace("name: web", "name: other"),
    );
    const { status, stdout, stderr } = await holdfast("apply", "-f", wrong);
    assert.deepEqual([status, stdout], [1, ""]);
    assert.match(
      stderr,
      /^holdfast: nothing was sent:\n.*wrong\.yaml:\d+:\d+: spec\.vrrp\.virtualRouterID: .*256/,
    );
    assert.equal(await server.store.get({ ...WEB, name: "other" }), null);
  });

  it("are shown as tables, names, JSON and YAML", async () => {
    assert.match(
      (await holdfast("get", "vip")).stdout,
      /^NAME +ADDRESSES +HOLDER +READY +AGE\nweb +192\.0\.2\.10\/24/,
    );
    assert.match((await holdfast("get", "vip", "-o", "wide")).stdout, /VRID +PRIORITIES +NODES/);
    const all = (await holdfast("get", "all")).stdout;
    assert.match(all, /nginx-alive[\s\S]*192\.0\.2\.10\/24[\s\S]*BACKENDS/);
    assert.equal(
      (await holdfast("get", "pp,hc", "-o", "name")).stdout,
      "proxypool/web\nhealthcheck/nginx-alive\n",
    );
    assert.equal(
      JSON.parse((await holdfast("get", "vip/web", "-o", "json")).stdout).spec.vrrp.virtualRouterID,
      52,
    );
    assert.match((await holdfast("get", "vip", "web", "-o", "yaml")).stdout, /^ {4}virtualRouterID: 52$/m);
    const none = await holdfast("get", "vip", "-l", "team=a");
    assert.equal(none.stderr, "No resources found in namespace default.\n");
    assert.match(
      (await holdfast("describe", "vip", "web")).stdout,
      /^kind: VirtualIP$[\s\S]*^Events:\n {2}none$/m,
    );
  });

  it("are waited for: not before the condition speaks of this generation", async () => {
    const generation = (await server.store.get(WEB))?.resource.metadata.generation ?? 0;
    await server.store.writeStatus(WEB, {
      observedGeneration: generation - 1,
      conditions: [ready("True", generation - 1)],
      nodes: [],
    });
    const late = await holdfast("wait", "vip/web", "--for", "condition=Ready", "--timeout", "1s");
    assert.equal(late.status, 1);
    assert.equal(late.stderr, "holdfast: virtualip/web is not so in time: it is True\n");
    const waiting = holdfast("wait", "vip/web", "--for", "condition=ready", "--timeout", "30s");
    await server.store.writeStatus(WEB, {
      observedGeneration: generation,
      conditions: [ready("True", generation)],
      nodes: [],
    });
    assert.deepEqual(await waiting, { status: 0, stdout: "virtualip/web condition met\n", stderr: "" });
  });

  it("are deleted, by file or by name, and waited for until they are gone", async () => {
    const dry = await holdfast("delete", "vip/web", "--dry-run");
    assert.equal(dry.stdout, "virtualip/web deleted (dry run)\n");
    assert.match(dry.stderr, /Warning: ProxyPool\/default\/web refers to it in spec\.virtualIPs\[0\]/);
    assert.equal((await holdfast("delete", "-f", QUICKSTART)).status, 0);
    assert.deepEqual(await server.store.list(), []);
    assert.equal((await holdfast("wait", "vip/web", "--for", "delete")).status, 0);
  });

  it("are explained where something is wrong, in one line and without a stack", async () => {
    const cases: readonly (readonly [readonly string[], number, RegExp])[] = [
      [
        ["get", "gateway"],
        1,
        /^holdfast: there is no kind "gateway"; there are hc or healthcheck, vip or virtualip/,
      ],
      [["get", "vip", "nope"], 1, /^holdfast: virtualips\.holdfast\.dev "nope" not found$/],
      [["get", "vip/"], 1, /^holdfast: "vip\/" is no KIND\/NAME$/],
      [["delete", "vip"], 1, /^holdfast: delete wants names/],
      [["delete"], 1, /^holdfast: what is to be deleted\?/],
      [["delete", "vip", "nope"], 1, /^holdfast: virtualips\.holdfast\.dev "nope" not found$/],
      [["apply"], 1, /^holdfast: which files\?/],
      [["apply", "-f", "/nonexistent"], 1, /^holdfast: nothing was sent:\n\/nonexistent: /],
      [["diff", "-f", "/nonexistent"], 2, /^holdfast: nothing was sent:\n/],
      [["wait", "vip/nope", "--for", "condition=Ready"], 1, /^holdfast: there is no virtualip\/nope$/],
      [
        ["wait", "vip/web", "--for", "sunshine"],
        2,
        /error: option '--for <goal>' argument 'sunshine' is invalid/,
      ],
    ];
    for (const [args, code, words] of cases) {
      const { status, stderr } = await holdfast(...args);
      assert.match(stderr.trimEnd(), words, args.join(" "));
      assert.equal(status, code, args.join(" "));
    }
  });
});
