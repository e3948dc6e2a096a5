/** `holdfast backup` and `holdfast restore` as an operator runs them: with an agent and without, and with files that are none. */
import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { readdirSync, readFileSync, statSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { askReport } from "../../controller/api/client.ts";
import {
  aBackup,
  aNode,
  contentsOf,
  freshDirectory,
  holdfast,
  lasting,
  MAIN,
  nowhere,
  versionOf,
} from "../support/backup-nodes.ts";
import { deadline } from "../support/deadline.ts";
import { openDiskStore } from "../support/disk-store.ts";
import { put, remove } from "../support/store-cases.ts";

/** As many restores as are killed, from early to late. */
const KILLED = 6;
const CHECK = `apiVersion: holdfast.dev/v1alpha1
kind: HealthCheck
metadata: {name: from-directory}
spec: {file: {path: /run/down, expect: Absent}, interval: 1s, fall: 2, rise: 1}
`;

describe("holdfast backup, then restore", () => {
  it("brings every object to another node, with its uid, generation, status and origin", async () => {
    const { node, file } = await aBackup();
    const other = join(freshDirectory(), "not", "there", "yet");
    const { stdout, status } = holdfast("restore", file, "--state-dir", other);
    assert.match(stdout, /: 2 objects of \S+ as of 20\S+Z, from /);
    assert.equal(status, 0);
    assert.deepEqual(lasting(await contentsOf(other)), lasting(await contentsOf(node)));
    assert.ok((await versionOf(other)) > (await versionOf(node)));
  });

  it("takes back what was done since, keeps what was there aside, and gives no version a second time", async () => {
    const { node, file } = await aBackup();
    const before = await contentsOf(node);
    {
      await using store = await openDiskStore(node);
      await store.write([put("db", { path: "/changed" }), remove("web"), put("new")]);
    }
    const since = await versionOf(node);
    const { stdout } = holdfast("restore", file, "--state-dir", node);
    const kept = join(node, "before-restore.backup");
    assert.ok(stdout.includes(`what was there before is in ${kept}`), stdout);
    const restored = await contentsOf(node);
    assert.deepEqual(lasting(restored), lasting(before));
    const versions = restored.map(({ resource }) => Number(resource.metadata.resourceVersion));
    assert.ok(versions.every((version) => version > since));
    assert.equal(new Set(versions).size, versions.length);
    {
      await using store = await openDiskStore(node);
      assert.deepEqual(await store.changesSince(String(since)), { state: "expired" }, "watchers list again");
      assert.deepEqual(await store.queued("mail", 10), [{ id: "1", payload: "to be told" }], "queues stay");
    }
    assert.equal(holdfast("restore", kept, "--state-dir", node).status, 0);
    const names = (await contentsOf(node)).map(({ resource }) => resource.metadata.name);
    assert.deepEqual(names, ["db", "new"], "and back again");
  });

  it("is text of a line per object, for its owner alone, and never replaces a file unless it is told to", async () => {
    const { node, file } = await aBackup();
    const text = readFileSync(file, "utf8");
    const [header, ...rest] = text
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line) as Record<string, unknown>);
    assert.deepEqual([header?.["kind"], header?.["format"], header?.["resources"]], ["HoldfastBackup", 1, 2]);
    assert.equal(rest.length, 3);
    assert.equal(statSync(file).mode & 0o777, 0o600);
    const again = holdfast("backup", file, "--state-dir", node, ...nowhere());
    assert.deepEqual(
      [again.status, again.stderr],
      [1, `holdfast backup: backup-refused: ${file}: it is there already; --force replaces it\n`],
    );
    assert.equal(readFileSync(file, "utf8"), text);
    const forced = holdfast("backup", file, "--force", "--state-dir", node, "-o", "json", ...nowhere());
    assert.equal(forced.status, 0, forced.stderr);
    const { takenAt, ...facts } = JSON.parse(forced.stdout) as Record<string, unknown>;
    assert.deepEqual(facts, {
      file,
      from: "disk",
      resources: 2,
      resourceVersion: String(await versionOf(node)),
    });
    assert.match(String(takenAt), /Z$/);
    assert.deepEqual(readdirSync(join(file, "..")), ["holdfast.backup"], "nothing is left beside it");
  });

  it("of a store that is damaged puts it aside, and the backup in its place", async () => {
    const { node, file } = await aBackup();
    const before = await contentsOf(node);
    truncateSync(join(node, "store/data.mdb"), 10_000);
    const { stdout, status, stderr } = holdfast("restore", file, "--state-dir", node);
    assert.equal(status, 0, stderr);
    const [, aside = ""] = /what was there before is in (\S+store-unusable-\S+)/.exec(stdout) ?? [];
    assert.equal(statSync(join(aside, "data.mdb")).size, 10_000);
    assert.deepEqual(lasting(await contentsOf(node)), lasting(before));
  });
});

describe("with a running agent", () => {
  it("backup asks it, restore is refused until it has ended, and the next agent has what was restored", async () => {
    const node = await aNode();
    const manifests = freshDirectory();
    writeFileSync(join(manifests, "check.yaml"), CHECK);
    const runtime = freshDirectory();
    const file = join(freshDirectory(), "running.backup");
    let agent = await startAgent(node, runtime, manifests);
    try {
      const taken = holdfast("backup", file, "--state-dir", "/nonexistent", "--runtime-dir", runtime);
      assert.match(
        taken.stdout,
        /: 3 objects at resourceVersion \d+, from the running agent\n/,
        taken.stderr,
      );
      const refused = holdfast("restore", file, "--state-dir", node);
      assert.match(
        refused.stderr,
        /^holdfast restore: store-in-use: \S+: held by process \d+; stop the agent first, speaker and nginx serve on\n$/,
      );
      assert.equal(refused.status, 1);
      const lost = holdfast("backup", `${file}2`, "--state-dir", node, ...nowhere());
      assert.match(lost.stderr, /store-in-use: .*; it does not answer at --runtime-dir; is that right\?\n$/);
      const uid = await uidOf(runtime, "from-directory");
      await stopAgent(agent);
      {
        await using store = await openDiskStore(node);
        await store.write([remove("web"), remove("from-directory")]);
      }
      const restored = holdfast("restore", file, "--state-dir", node);
      assert.equal(restored.status, 0, restored.stderr);
      agent = await startAgent(node, runtime, manifests);
      assert.equal(await uidOf(runtime, "from-directory"), uid, "not made anew");
      assert.notEqual(await uidOf(runtime, "web"), undefined);
    } finally {
      await stopAgent(agent);
    }
  });

  async function startAgent(state: string, runtime: string, manifests: string): Promise<ChildProcess> {
    const flags = ["--nginx", "off", "--speaker", "attached", "--node", "a", "--manifests", manifests];
    const agent = spawn(
      "unshare",
      ["--net", process.execPath, MAIN, "agent", ...flags, "--state-dir", state, "--runtime-dir", runtime],
      { stdio: ["ignore", "ignore", "inherit"] },
    );
    await deadline(
      "the agent has read its manifests",
      async () => (await uidOf(runtime, "from-directory")) !== undefined,
      15_000,
      20,
    );
    return agent;
  }

  async function stopAgent(agent: ChildProcess): Promise<void> {
    if (agent.exitCode !== null) return;
    agent.kill("SIGTERM");
    await once(agent, "exit");
  }

  const uidOf = (runtime: string, name: string): Promise<string | undefined> =>
    askReport(runtime).then(
      ({ resources }) => resources.find(({ metadata }) => metadata.name === name)?.metadata.uid,
      () => undefined,
    );
});

it("a restore that is killed at any instant leaves the store as it was, or as the backup has it", async (t) => {
  const { node, file } = await aBackup();
  const backedUp = lasting(await contentsOf(node));
  const state = freshDirectory();
  holdfast("restore", file, "--state-dir", state);
  const start = performance.now();
  // The second time, for what is there must be kept first.
  assert.equal(holdfast("restore", file, "--state-dir", state).status, 0);
  let delayMs = performance.now() - start;
  let restored = 0;
  for (let round = 0; round < KILLED; round++) {
    {
      await using store = await openDiskStore(state);
      for (const { resource } of await store.list()) await store.write([remove(resource.metadata.name)]);
      await store.write([put("other")]);
    }
    const other = lasting(await contentsOf(state));
    const child = spawn(process.execPath, [MAIN, "restore", file, "--state-dir", state], { stdio: "ignore" });
    const ended = once(child, "exit");
    const killing = setTimeout(() => child.kill("SIGKILL"), delayMs);
    await ended;
    clearTimeout(killing);
    const found = lasting(await contentsOf(state));
    const isRestored = found.length === backedUp.length;
    assert.deepEqual(found, isRestored ? backedUp : other);
    restored += isRestored ? 1 : 0;
    // To and fro over the instant at which it writes.
    delayMs *= isRestored ? 0.85 : 1.15;
  }
  t.diagnostic(`${KILLED} restores were killed, ${restored} of them after they had written`);
});
