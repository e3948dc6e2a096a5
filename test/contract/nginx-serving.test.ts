import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { once } from "node:events";
import { request } from "node:http";
import { connect } from "node:net";
import { after, before, describe, it } from "node:test";
import { millis } from "../../controller/net/time.ts";
import type { Pool } from "../../controller/nginx/model.ts";
import { deadline } from "../support/deadline.ts";
import { converge } from "../support/nginx-convergence.ts";
import { aBackend, aPage, aPool, ipv4 } from "../support/nginx-models.ts";
import { type Answer, get, type RealNginx, realNginx } from "../support/nginx-world.ts";
import { enterOwnNetworkNamespace, ip } from "../support/own-network-namespace.ts";
import { type WebServer, webServer } from "../support/web-server.ts";

const PORT = 20_080;
const VIP = "10.99.0.1";
const OTHER_VIP = "10.99.0.2";
/** What the issue promises for the return of nginx on a machine that does nothing else. */
const RETURN_MS = 500;
const ATTEMPTS_MAX = 4;

describe("what clients see of the real nginx", () => {
  let nginx: RealNginx;
  let first: WebServer;
  let second: WebServer;

  before(async () => {
    enterOwnNetworkNamespace();
    ip(`addr add ${VIP}/32 dev lo`);
    nginx = await realNginx();
    [first, second] = [await webServer("RS1"), await webServer("RS2")];
  });
  after(async () => {
    await nginx[Symbol.asyncDispose]();
    for (const server of [first, second]) await server[Symbol.asyncDispose]();
  });

  const backends = () => [first, second].map(({ port }) => aBackend("127.0.0.1", { port }));
  const pool = (parts: Partial<Pool> = {}): Pool =>
    aPool({
      ports: [PORT],
      addresses: [ipv4(VIP)],
      backends: backends(),
      sorryPage: aPage('<h1>sorry from keepalive-a: $5 ${uri} "é" </h1>\n'),
      connectTimeout: millis(300),
      ...parts,
    });
  const serve = async (...pools: readonly Pool[]): Promise<void> => {
    const { failures } = await converge(nginx.host, nginx.releaseOf(pools));
    assert.deepEqual(failures, []);
  };

  it("the backends take turns, strictly, whichever worker answers", async () => {
    await serve(pool());
    const bodies: string[] = [];
    for (let turn = 0; turn < 10; turn++) bodies.push((await get(PORT, VIP)).body);
    assert.equal(bodies.join(" "), Array(5).fill("RS1 RS2").join(" "));
  });

  it("a backend hears who the client is, not what it claims", async () => {
    const socket = connect(PORT, VIP);
    socket.write(
      `GET / HTTP/1.1\r\nHost: shop.example:81\r\nX-Forwarded-For: 6.6.6.6\r\nProxy: evil\r\nUpgrade: h2c\r\nConnection: close, Upgrade\r\n\r\n`,
    );
    await once(socket, "data");
    socket.destroy();
    const headers = [first.headers(), second.headers()].find(({ host }) => host === "shop.example:81");
    assert.ok(headers !== undefined, "the Host header is passed on as it is");
    assert.equal(headers["x-forwarded-for"], VIP);
    assert.equal(headers["proxy"], undefined);
    assert.equal(headers["upgrade"], undefined);
  });

  it("a request that is longer than nginx's memory for it comes whole", async () => {
    const asked = request({ host: VIP, port: PORT, path: "/", method: "POST", agent: false });
    asked.end("x".repeat(500_000));
    const [response] = await once(asked, "response");
    assert.equal(response.statusCode, 200);
    response.resume();
    assert.equal(Math.max(first.received(), second.received()), 500_000);
  });

  it("only the wildcard of the port is bound, and an address that no pool has is turned away", async () => {
    assert.match(
      execFileSync("ss", ["-Hltn", `sport = :${PORT}`], { encoding: "utf8" }),
      /^\S+ +\d+ +\d+ +0\.0\.0\.0:20080 [^\n]*\n$/,
    );
    await assert.rejects(get(PORT, "127.0.0.1"), /socket hang up/);
  });

  it("a VIP is added and removed by reload, and a connection to another stays", async () => {
    const kept = connect(PORT, VIP);
    await once(kept, "connect");
    await serve(pool({ addresses: [ipv4(VIP), ipv4(OTHER_VIP)] }));
    // The address comes later than its listener, as it does on a node that becomes master.
    ip(`addr add ${OTHER_VIP}/32 dev lo`);
    assert.match((await get(PORT, OTHER_VIP)).body, /^RS/);
    await serve(pool());
    await assert.rejects(get(PORT, OTHER_VIP), /socket hang up/);
    kept.write("GET / HTTP/1.0\r\n\r\n");
    const [answer] = await once(kept, "data");
    assert.match(String(answer), /RS[12]$/);
  });

  it("a backend's own errors are passed on", async () => {
    for (const status of [502, 503, 504]) {
      const answer = await get(PORT, VIP, `/${status}`);
      assert.equal(answer.status, status);
      assert.match(answer.body, /^RS/);
    }
  });

  it("the sorry page comes when no backend is left, for every path, and as it was written", async () => {
    await serve(pool({ backends: [] }));
    const sorry = { status: 503, body: '<h1>sorry from keepalive-a: $5 ${uri} "é" </h1>\n' };
    assert.deepEqual(await get(PORT, VIP), sorry);
    assert.deepEqual(await get(PORT, VIP, "/picture.gif"), sorry);
  });

  it("the sorry page comes when no backend answers, and its status is the one of the manifest", async () => {
    const dead = [aBackend("127.0.0.1", { port: 1 }), aBackend("127.0.0.1", { port: 2 })];
    await serve(pool({ backends: dead, sorryPage: aPage("sorry", { status: 200 }) }));
    assert.deepEqual(await get(PORT, VIP), { status: 200, body: "sorry" });
  });

  it("without a sorry page they get a plain 503", async () => {
    await serve(pool({ backends: [], sorryPage: null }));
    assert.equal((await get(PORT, VIP)).status, 503);
  });

  it("a page longer than nginx's buffer comes whole", async () => {
    const body = `<p>"quoted" \\ $x {}\n</p>`.repeat(2000);
    await serve(pool({ backends: [], sorryPage: aPage(body) }));
    assert.equal((await get(PORT, VIP)).body, body);
  });

  it("the backup answers when the others do not", async () => {
    const dead = aBackend("127.0.0.1", { port: 1 });
    await serve(pool({ backends: [dead, aBackend("127.0.0.1", { port: second.port, backup: true })] }));
    for (let turn = 0; turn < 3; turn++) assert.equal((await get(PORT, VIP)).body, "RS2");
  });

  it("of 300 requests none is lost while nginx reloads, and after it no old answer comes", async () => {
    await serve(pool({ backends: [], sorryPage: aPage("old", { status: 200 }) }));
    const answers = await requestsDuring(300, async () => {
      await serve(pool({ backends: [], sorryPage: aPage("new", { status: 200 }) }));
      const afterwards = await Promise.all(Array.from({ length: 50 }, () => get(PORT, VIP)));
      assert.ok(afterwards.every(({ body }) => body === "new"));
    });
    assert.ok(answers.some(({ body }) => body === "old"));
    assert.ok(answers.every(({ status }) => status === 200));
  });

  it("no connection is refused when the master is killed and another takes its place", async () => {
    await serve(pool({ sorryPage: null }));
    const { master } = await nginx.pids();
    const answers = await requestsDuring(300, async () => {
      await returnOf(() => {
        process.kill(master, "SIGKILL");
      });
    });
    assert.ok(answers.every(({ status }) => status === 200));
    assert.deepEqual((await nginx.host.observe([PORT])).orphans, []);
  });

  it("the master is killed: it is back in time", () => inTime(async () => [(await nginx.pids()).master]));

  it("everything of it is killed: it is back in time", async () => {
    await inTime(() => nginx.everyPid());
    assert.equal((await get(PORT, VIP)).status, 200);
  });

  /** The best of a few: what else the machine does in the meantime is not nginx's fault. */
  async function inTime(victims: () => Promise<readonly number[]>): Promise<void> {
    const spans: number[] = [];
    for (let attempt = 0; attempt < ATTEMPTS_MAX; attempt++) {
      const pids = await victims();
      // Not waiting for them to be gone: the kernel tells of the first while it takes the others apart.
      spans.push(
        await returnOf(() => {
          for (const pid of pids) process.kill(pid, "SIGKILL");
        }),
      );
      if (Math.min(...spans) < RETURN_MS) return;
    }
    assert.fail(`took ${spans.map(Math.round).join(", ")} ms`);
  }

  /** From the deed to the moment when nothing is left to plan, with the wake in between, as in the agent. */
  async function returnOf(deed: () => void): Promise<number> {
    const release = nginx.releaseOf([pool({ sorryPage: null })]);
    await nginx.host.observe([PORT]);
    let woken = false;
    using _watch = nginx.host.onChange(() => {
      woken = true;
    });
    const start = performance.now();
    deed();
    await deadline("woken", () => woken);
    const { waiting } = await converge(nginx.host, release);
    assert.deepEqual(waiting, [], "a process that is being taken apart is not somebody who holds the port");
    return performance.now() - start;
  }

  /** Clients in four lanes, until the deed is done and they have had `atLeast` answers. */
  async function requestsDuring(atLeast: number, deed: () => Promise<void>): Promise<Answer[]> {
    const answers: Answer[] = [];
    let isDone = false;
    const lane = async (): Promise<void> => {
      while (!isDone || answers.length < atLeast) answers.push(await get(PORT, VIP));
    };
    const finished = deed().finally(() => {
      isDone = true;
    });
    await Promise.all([finished, ...Array.from({ length: 4 }, lane)]);
    return answers;
  }
});
