import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { after, before, describe, it } from "node:test";
import { type Libc, openLibc, SystemCallFailure } from "../../controller/adapter/libc/libc.ts";
import { SystemNginxHost } from "../../controller/adapter/nginx/nginx-host.ts";
import { errorLogOf, releasesOf } from "../../controller/adapter/nginx/place.ts";
import { listeningSockets, titleOf } from "../../controller/adapter/nginx/procfs.ts";
import { OperationFailure } from "../../controller/port/failure.ts";
import { deadline } from "../support/deadline.ts";
import { converge, perform } from "../support/nginx-convergence.ts";
import { aBackend, aPool } from "../support/nginx-models.ts";
import { get, type RealNginx, realNginx } from "../support/nginx-world.ts";
import { enterOwnNetworkNamespace } from "../support/own-network-namespace.ts";
import { assertServing } from "./nginx-host.ts";

const PORT = 20_080;
const OTHER_PORT = 20_081;

describe("where the world stands in nginx's way", () => {
  let nginx: RealNginx;
  before(async () => {
    enterOwnNetworkNamespace();
    nginx = await realNginx();
    await converge(nginx.host, nginx.release("good", [PORT]));
  });
  after(() => nginx[Symbol.asyncDispose]());

  const good = () => nginx.release("good", [PORT]);

  it("a port that is taken after the plan was made fails the reload at once, and marks nothing", async () => {
    const wider = nginx.release("wider", [PORT, OTHER_PORT]);
    await nginx.host.stage(wider);
    await nginx.host.activate(wider.id);
    await nginx.occupy(OTHER_PORT);
    const start = performance.now();
    const failure = await failureOf(nginx.host.reload(wider.id));
    assert.equal(failure.detail.code, "nginx-reload-failed");
    assert.match(failure.message, /bind\(\) to 0\.0\.0\.0:20081 failed \(98: Address already in use\)/);
    assert.ok(performance.now() - start < 2000, "nginx itself goes on trying for 2.5 s");
    const { refused } = await nginx.host.observe([PORT]);
    assert.deepEqual(refused, []);
    await nginx.vacate(OTHER_PORT);
    await converge(nginx.host, good());
    assertServing(await nginx.host.observe([PORT]), good());
  });

  it("a start on a port that is taken fails with nginx's words", async () => {
    await nginx.host.stop();
    await nginx.occupy(PORT);
    const failure = await failureOf(nginx.host.start());
    assert.equal(failure.detail.code, "nginx-start-failed");
    assert.match(failure.message, /Address already in use/);
    await nginx.vacate(PORT);
    await converge(nginx.host, good());
  });

  it("a name that is not found is no fault of the release", async () => {
    const named = nginx.releaseOf([aPool({ ports: [PORT], backends: [aBackend("nowhere.invalid")] })]);
    const failure = await failureOf(nginx.host.stage(named));
    assert.match(failure.message, /host not found in upstream/);
    const { refused } = await nginx.host.observe([PORT]);
    assert.deepEqual(refused, []);
  });

  it("a name that is found is served", async () => {
    const named = nginx.releaseOf([aPool({ ports: [PORT], backends: [aBackend("localhost")] })]);
    assert.deepEqual((await converge(nginx.host, named)).failures, []);
    await converge(nginx.host, good());
  });

  it("a listener of IPv6 alone is not in the way", async () => {
    const script = `require("node:net").createServer().listen({host: "::", port: ${OTHER_PORT}, ipv6Only: true}, () => console.log(1))`;
    const server = spawn(process.execPath, ["-e", script], { stdio: ["ignore", "pipe", "inherit"] });
    await once(server.stdout, "data");
    assert.deepEqual((await nginx.host.observe([OTHER_PORT])).portHolders, []);
    server.kill("SIGKILL");
    await once(server, "exit");
  });

  it("a process that is being taken apart is waited for, not named", async () => {
    // The kernel gives its memory back first, which takes a while, and closes its sockets after that.
    const script = `globalThis.kept = Buffer.alloc(800_000_000, 1); require("node:net").createServer().listen(${OTHER_PORT}, () => console.log(1))`;
    const server = spawn(process.execPath, ["-e", script], { stdio: ["ignore", "pipe", "inherit"] });
    await once(server.stdout, "data");
    server.kill("SIGKILL");
    await deadline("it has no title any more", () => titleOf(server.pid ?? 0) === "");
    assert.deepEqual((await nginx.host.observe([OTHER_PORT])).portHolders, []);
    assert.equal(
      listeningSockets().some(({ port }) => port === OTHER_PORT),
      false,
    );
  });

  it("a kernel that does not let sockets be taken over costs a moment, and no more", async () => {
    await nginx.killMaster();
    const libc: Libc = {
      ...openLibc(),
      pidfdGetFd: () => {
        throw new SystemCallFailure("pidfd_getfd", "EPERM");
      },
    };
    using host = new SystemNginxHost(libc, nginx.place);
    await converge(host, good());
    assertServing(await host.observe([PORT]), good());
    assert.equal((await get(PORT)).body, "good");
  });

  it("a directory that the workers cannot enter is named at once, not at the first upload", async () => {
    const closed = `${nginx.place.runtimeDir}/closed`;
    mkdirSync(closed, { mode: 0o700 });
    const place = { ...nginx.place, stateDir: `${closed}/state`, runtimeDir: `${closed}/run` };
    using host = new SystemNginxHost(openLibc(), place);
    const failure = await failureOf(host.stage(good()));
    assert.equal(failure.detail.code, "not-permitted");
    assert.match(failure.message, /closed: chmod o\+x /);
  });

  it("a mark that is there keeps a release from being tried again", async () => {
    const bad = nginx.unsoundRelease();
    await converge(nginx.host, bad);
    const { done, waiting } = await converge(nginx.host, bad);
    assert.deepEqual(done, []);
    assert.match(waiting[0]?.message ?? "", /unknown directive "bogus"/);
  });

  it("a release that was cut off while it was written is staged again", async () => {
    const cut = nginx.release("cut", [PORT]);
    await nginx.host.stage(cut);
    writeFileSync(`${releasesOf(nginx.place)}/${cut.id}/tested.json.new`, "");
    const { staged } = await nginx.host.observe([PORT]);
    assert.ok(staged.some(({ id }) => id === cut.id));
    await perform({ type: "stage", release: cut, because: "again" }, nginx.host);
    await converge(nginx.host, good());
  });

  it("old releases do not pile up", async () => {
    for (let round = 0; round < 6; round++) await converge(nginx.host, nginx.release(`${round}`, [PORT]));
    const { staged } = await nginx.host.observe([PORT]);
    assert.ok(staged.length <= 4, `${staged.length} releases`);
    await converge(nginx.host, good());
  });

  it("the error log is put aside when it is full, and nginx goes on with a new one", async () => {
    const log = errorLogOf(nginx.place);
    writeFileSync(log, "x".repeat(4_000_001));
    await nginx.host.observe([PORT]);
    await deadline("a new log", () => existsSync(log));
    assert.equal(readFileSync(`${log}.1`, "utf8").length, 4_000_001);
    assertServing(await nginx.host.observe([PORT]), good());
  });
});

async function failureOf(promise: Promise<void>): Promise<OperationFailure> {
  try {
    await promise;
  } catch (error) {
    if (error instanceof OperationFailure) return error;
    throw error;
  }
  throw new Error("it did not fail");
}
