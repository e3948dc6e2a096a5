/** More of everything than the API of a node takes on: refused in the words of Kubernetes, with memory bounded, and others served. */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it } from "node:test";
import { run } from "../../controller/lab/command.ts";
import { millis } from "../../controller/net/time.ts";
import { type ApiHost, startApiHost } from "../support/api-host-process.ts";
import { deadline } from "../support/deadline.ts";
import {
  type Answered,
  ask,
  CHECKS,
  create,
  keptAlive,
  largeCheck,
  told,
  Wire,
} from "../support/hostile-client.ts";
import { newestKubectl } from "../support/lab-kubectl.ts";

const VERSION = "/version";
const REVIEWS = "/apis/authentication.k8s.io/v1/selfsubjectreviews";
const WATCH = `${CHECKS}?watch=true`;
/** What Node.js takes of its own accord, for buffers and TLS, is not counted one by one. */
const GROWTH_MAX = 100_000_000;

const UNLIMITED = { requests: null };

async function growthOf(host: ApiHost, deeds: () => Promise<void>): Promise<number> {
  const before = await host.memory();
  await deeds();
  return (await host.memory()) - before;
}

describe("watches", () => {
  it("of 10,000 that one user tries, and others after that, as many are served as there is room for", async (t) => {
    await using host = await startApiHost({ limits: UNLIMITED });
    const agents = (["admin", "editor"] as const).map((as) => [as, keptAlive(host, as, 300)] as const);
    const codes = new Map<string, number>();
    const open: (() => void)[] = [];
    const attempt = async (as: "admin" | "editor", agent: ReturnType<typeof keptAlive>): Promise<void> => {
      const { status, close, answered } = await tryWatch(host, as, agent);
      const key = answered === null ? String(status) : told(answered);
      codes.set(key, (codes.get(key) ?? 0) + 1);
      open.push(close);
    };
    const growth = await growthOf(host, async () => {
      for (const [as, agent] of agents)
        for (let tried = 0; tried < 5_000; tried += 50)
          await Promise.all(Array.from({ length: 50 }, () => attempt(as, agent)));
    });
    t.diagnostic(`the agent's memory grew by ${(growth / 1e6).toFixed(0)} MB; ${JSON.stringify([...codes])}`);
    assert.deepEqual(Object.fromEntries(codes), {
      "200": 500,
      "429 TooManyRequests 5: 250 watches of this user are open already, which is as many as one may have": 4_750,
      "429 TooManyRequests 5: 500 watches are open already, which is as many as are served": 4_750,
    });
    assert.ok(growth < GROWTH_MAX, `${growth} bytes`);
    assert.equal((await ask(host, "viewer", VERSION)).status, 200);
    for (const close of open) close();
    for (const [, agent] of agents) agent.destroy();
  });

  it("that nobody reads are ended, and cost no memory until then", async (t) => {
    const stall = millis(1_000);
    const watches = { total: 50, ofUser: 50 };
    await using host = await startApiHost({ limits: { ...UNLIMITED, watches, stall } });
    const agent = keptAlive(host, "viewer", 1);
    const wires = await Promise.all(Array.from({ length: 50 }, () => Wire.open(host, "viewer")));
    for (const wire of wires) wire.send(`GET ${WATCH} HTTP/1.1\r\nHost: x\r\n\r\n`);
    await deadline("all watch", () => wires.every(({ text }) => text.includes("200 OK")));
    for (const wire of wires) wire.socket.pause();
    const growth = await growthOf(host, async () => {
      for (let index = 0; index < 160; index++) await create(host, largeCheck(`large-${index}`, 90_000));
    });
    t.diagnostic(`50 watches of 14 MB each: the agent's memory grew by ${(growth / 1e6).toFixed(0)} MB`);
    assert.ok(growth < GROWTH_MAX, `${growth} bytes`);
    // Whoever is ended while asleep learns of it on waking.
    await deadline("others can watch", async () => {
      const { answered, close } = await tryWatch(host, "viewer", agent);
      close();
      return answered === null;
    });
    agent.destroy();
    for (const wire of wires) wire.socket.resume();
    await Promise.all(wires.map(({ closed }) => closed));
    assert.ok(wires.every(({ text }) => text.length < 14_000_000));
  });

  it("are told all of a list that is longer than any buffer, at the pace of whoever reads", async () => {
    await using host = await startApiHost({ limits: UNLIMITED });
    for (let index = 0; index < 10; index++) await create(host, largeCheck(`large-${index}`, 900_000));
    const wire = await Wire.open(host, "viewer");
    wire.send(`GET ${WATCH}&timeoutSeconds=60 HTTP/1.1\r\nHost: x\r\n\r\n`);
    await deadline("all ten are told", () => wire.text.includes('"large-9"'), 10_000);
    wire.socket.destroy();
  });
});

describe("a body", () => {
  it("that says that it is too large is refused before a byte of it", async () => {
    await using host = await startApiHost();
    const head = (length: string): string =>
      `POST ${REVIEWS} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n${length}\r\n\r\n`;
    for (const [as, expected] of [
      ["viewer", "413 RequestEntityTooLarge: the body is larger than 2000000 bytes"],
      ["nobody", "401 Unauthorized: Unauthorized"],
    ] as const) {
      const wire = await Wire.open(host, as);
      wire.send(head("Content-Length: 3000000000"));
      await wire.closed;
      assert.deepEqual(wire.answers().map(told), [expected]);
    }
  });

  it("that is refused is answered, also where the client sends all of it before it reads", async () => {
    await using host = await startApiHost();
    for (const [as, expected] of [
      ["viewer", "413 RequestEntityTooLarge: the body is larger than 2000000 bytes"],
      ["nobody", "401 Unauthorized: Unauthorized"],
    ] as const) {
      const wire = await Wire.open(host, as);
      wire.socket.pause();
      wire.send(
        `POST ${REVIEWS} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 3000000\r\n\r\n`,
      );
      await new Promise((sent) => wire.socket.write("x".repeat(3_000_000), sent));
      // By then the answer has gone out, and a close would have.
      for (let asked = 0; asked < 3; asked++) assert.equal((await ask(host, "viewer", VERSION)).status, 200);
      wire.socket.resume();
      await wire.closed;
      assert.deepEqual(wire.answers().map(told), [expected]);
    }
  });

  it("that does not say how large it is, is refused as soon as it is too large", async (t) => {
    await using host = await startApiHost();
    const wires = await Promise.all(Array.from({ length: 20 }, () => Wire.open(host, "viewer")));
    const chunk = Buffer.from(`10000\r\n${"x".repeat(65_536)}\r\n`);
    const growth = await growthOf(host, async () => {
      await Promise.all(wires.map((wire) => pour(wire, chunk)));
    });
    t.diagnostic(`20 endless bodies: the agent's memory grew by ${(growth / 1e6).toFixed(0)} MB`);
    for (const wire of wires)
      assert.deepEqual(wire.answers().map(told), [
        "413 RequestEntityTooLarge: the body is larger than 2000000 bytes",
      ]);
    assert.ok(growth < GROWTH_MAX, `${growth} bytes`);
  });
});

describe("requests", () => {
  it("that are sent before their turn are answered in order, and not without end", async () => {
    await using host = await startApiHost();
    const wire = await Wire.open(host, "viewer");
    const paths = [VERSION, CHECKS, "/nowhere", "/healthz", `${CHECKS}/none`];
    wire.send(paths.map((path) => `GET ${path} HTTP/1.1\r\nHost: x\r\n\r\n`).join(""));
    await deadline("all are answered", () => wire.answers().length === paths.length);
    assert.deepEqual(
      wire.answers().map(({ status }) => status),
      [200, 200, 404, 200, 404],
    );
    const request = `GET ${VERSION} HTTP/1.1\r\nHost: x\r\n\r\n`;
    wire.send(request.repeat(1_000));
    await wire.closed;
    assert.ok(wire.answers().length < paths.length + 1_000);
    const behind = await Wire.open(host, "viewer");
    behind.send(`GET ${WATCH} HTTP/1.1\r\nHost: x\r\n\r\n${request.repeat(20)}`);
    await deadline("the connection is ended", () => behind.socket.closed);
    assert.equal((await ask(host, "viewer", VERSION)).status, 200);
  });

  it("that come too fast are put off, each user's alone; kubectl waits, and gets its answer", async (t) => {
    await using host = await startApiHost({ limits: { requests: { perSecond: 1 / 3, burst: 20 } } });
    const agent = keptAlive(host, "admin", 4);
    const answers = await Promise.all(
      Array.from({ length: 60 }, () => ask(host, "admin", VERSION, { agent })),
    );
    const refused = answers.filter(({ status }) => status !== 200);
    assert.ok(refused.length >= 30, `${refused.length}`);
    for (const each of refused)
      assert.match(told(each), /^429 TooManyRequests [123]: too many requests, please try again later$/);
    assert.equal((await ask(host, "viewer", VERSION)).status, 200, "somebody else");
    assert.equal((await ask(host, "nobody", "/healthz")).status, 200);
    const directory = mkdtempSync(join(tmpdir(), "hfhostile-"));
    t.after(() => rmSync(directory, { recursive: true }));
    const kubeconfig = join(directory, "config");
    writeFileSync(kubeconfig, host.kubeconfig);
    const args = ["--kubeconfig", kubeconfig, "get", "--raw", VERSION];
    // The last one has just been taken: nothing is answered for more than two seconds.
    await deadline("there is one no more", async () => {
      const answered = await ask(host, "admin", VERSION, { agent });
      return answered.status === 429 && told(answered).startsWith("429 TooManyRequests 3");
    });
    const since = performance.now();
    assert.match(await run(newestKubectl(), args), /"gitVersion"/);
    const waited = performance.now() - since;
    assert.ok(waited > 1_900, `kubectl was answered after ${waited} ms`);
    agent.destroy();
  });

  it("that are too many at once are put off, and answered when others are done", async () => {
    await using host = await startApiHost({ limits: { ...UNLIMITED, inFlight: { total: 6, ofUser: 4 } } });
    const head = `POST ${REVIEWS} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n`;
    const isPutOff = async (): Promise<boolean> => (await ask(host, "viewer", VERSION)).status === 429;
    /** As many as one may have, no fewer and no more. */
    const haveAll = async (): Promise<void> => {
      const wires = await Promise.all(Array.from({ length: 4 }, () => Wire.open(host, "viewer")));
      for (const wire of wires) wire.send(head);
      await deadline("as many are served as one may have", isPutOff);
      assert.match(
        told(await ask(host, "viewer", VERSION)),
        /^429 TooManyRequests 1: as many requests as are served at once/,
      );
      assert.equal((await ask(host, "editor", VERSION)).status, 200);
      for (const wire of wires) wire.send("{}");
      await deadline("all of them are answered", () => wires.every((wire) => wire.answers().length === 1));
      assert.deepEqual(
        wires.map((wire) => wire.answers()[0]?.status),
        [201, 201, 201, 201],
      );
      for (const wire of wires) wire.socket.destroy();
    };
    await haveAll();
    // What is broken off is done, too, also when it waits behind an answer that nobody takes.
    for (const name of "abcdefgh") await create(host, largeCheck(name, 900_000));
    const behind = await Wire.open(host, "viewer");
    behind.socket.pause();
    behind.send(`GET ${CHECKS} HTTP/1.1\r\nHost: x\r\n\r\n`.repeat(4));
    await deadline("as many are served again", isPutOff);
    behind.socket.destroy();
    await deadline("and one is served again", async () => !(await isPutOff()));
    await haveAll();
  });

  it("by somebody unknown are refused for less and less, and leave no mark", async () => {
    await using host = await startApiHost();
    const agent = keptAlive(host, "nobody", 8);
    assert.equal((await ask(host, "token", VERSION)).status, 200);
    const codes = new Map<string, number>();
    for (let index = 0; index < 2_000; index += 50) {
      const wanted = (guess: number) => ({
        agent,
        method: "PATCH",
        headers: { Authorization: `Bearer holdfast_${String(guess).padStart(43, "0")}` },
      });
      const answers = await Promise.all(
        Array.from({ length: 50 }, (_, more) => ask(host, "nobody", `${CHECKS}/web`, wanted(index + more))),
      );
      for (const each of answers) codes.set(told(each), (codes.get(told(each)) ?? 0) + 1);
    }
    const [unauthorized = 0, later = 0] = [
      codes.get("401 Unauthorized: Unauthorized"),
      codes.get("429 TooManyRequests 1: too many requests by somebody unknown"),
    ];
    assert.equal(unauthorized + later, 2_000, JSON.stringify([...codes]));
    assert.ok(unauthorized >= 99 && unauthorized < 500, `${unauthorized}`);
    assert.equal((await ask(host, "token", VERSION)).status, 200, "from the same address");
    assert.equal(await host.audited(), 0);
    agent.destroy();
  });
});

interface Watched {
  readonly status: number;
  readonly close: () => void;
  /** null: it watches. */
  readonly answered: Answered | null;
}

async function tryWatch(
  host: ApiHost,
  as: "admin" | "editor" | "viewer",
  agent: ReturnType<typeof keptAlive>,
): Promise<Watched> {
  let close = (): void => undefined;
  const answered = await ask(host, as, WATCH, {
    agent,
    watching: (end) => {
      close = end;
    },
  });
  return { status: answered.status, close, answered: answered.status === 200 ? null : answered };
}

/** Sends pieces of a body for as long as they are taken. */
async function pour(wire: Wire, chunk: Buffer): Promise<void> {
  wire.send(
    `POST ${REVIEWS} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n`,
  );
  while (!wire.socket.destroyed) {
    if (wire.socket.write(chunk)) await new Promise((resolve) => setImmediate(resolve));
    else await Promise.race([new Promise((resolve) => wire.socket.once("drain", resolve)), wire.closed]);
  }
}
