/** TCP and HTTP checks against real servers, in a network namespace of its own. Needs root. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { readdirSync, readFileSync } from "node:fs";
import { createServer as createHttpServer, type RequestListener } from "node:http";
import { type AddressInfo, createServer, type Socket } from "node:net";
import { before, describe, it } from "node:test";
import { Worker } from "node:worker_threads";
import type { Probe, ProbeAnswer } from "../../controller/health/probe.ts";
import { authority } from "../../controller/net/authority.ts";
import { millis } from "../../controller/net/time.ts";
import { deadline } from "../support/deadline.ts";
import { enterOwnNetworkNamespace, ip } from "../support/own-network-namespace.ts";
import { systemProber } from "../support/system-prober.ts";

/** On the link, but nobody is there: a connection waits for an ARP reply that never comes. */
const NOBODY = "10.99.0.2";
const HERE = "127.0.0.1";
const NEVER = new AbortController().signal;

const prober = systemProber();
type HttpProbe = Extract<Probe, { type: "http" }>;

const askTcp = (port: number, host = HERE, timeoutMs = 2000, signal = NEVER): Promise<ProbeAnswer> =>
  prober.probe({ type: "tcp", host, port }, millis(timeoutMs), signal);

function askHttp(
  port: number,
  different: Partial<HttpProbe> = {},
  timeoutMs = 2000,
  signal = NEVER,
): Promise<ProbeAnswer> {
  const probe: HttpProbe = {
    type: "http",
    host: HERE,
    port,
    path: "/",
    method: "GET",
    hostHeader: null,
    expectStatus: null,
    expectBody: null,
    ...different,
  };
  return prober.probe(probe, millis(timeoutMs), signal);
}

interface Server extends AsyncDisposable {
  readonly port: number;
  readonly connections: () => number;
}

async function listen(connected: (socket: Socket) => void, host = HERE): Promise<Server> {
  let connections = 0;
  const open = new Set<Socket>();
  const server = createServer((socket) => {
    connections += 1;
    open.add(socket);
    socket.on("close", () => open.delete(socket));
    // Whatever the checks do to the connection is theirs to do.
    socket.on("error", () => undefined);
    connected(socket);
  });
  server.listen(0, host);
  await once(server, "listening");
  return {
    port: (server.address() as AddressInfo).port,
    connections: () => connections,
    [Symbol.asyncDispose]: async () => {
      for (const socket of open) socket.destroy();
      server.close();
      await once(server, "close");
    },
  };
}

async function serve(answer: RequestListener): Promise<Server> {
  const http = createHttpServer(answer);
  return await listen((socket) => http.emit("connection", socket));
}

/** A port on which nobody listens. */
async function freePort(): Promise<number> {
  await using server = await listen(() => undefined);
  return server.port;
}

/** State 02 of proc(5)'s net/tcp. */
const connecting = (): number =>
  readFileSync("/proc/self/net/tcp", "utf8")
    .split("\n")
    .filter((line) => line.trim().split(/\s+/)[3] === "02").length;

const descriptors = (): number => readdirSync("/proc/self/fd").length;

/** Both kinds of check, since both begin in the same way. */
const KINDS: readonly (readonly [
  string,
  (port: number, host?: string, timeoutMs?: number, signal?: AbortSignal) => Promise<ProbeAnswer>,
])[] = [
  ["a TCP check", askTcp],
  [
    "an HTTP check",
    (port, host = HERE, timeoutMs = 2000, signal = NEVER) => askHttp(port, { host }, timeoutMs, signal),
  ],
];

before(() => {
  enterOwnNetworkNamespace();
  ip("link add hfpr0 type veth peer name hfpr1");
  ip("addr add 10.99.0.1/24 dev hfpr0");
  ip("link set hfpr0 up");
  ip("link set hfpr1 up");
});

describe("a TCP check", () => {
  it("is healthy when the connection is accepted", async () => {
    await using server = await listen(() => undefined);
    const because = `${HERE}:${server.port} accepts connections`;
    assert.deepEqual(await askTcp(server.port), { healthy: true, because });
  });

  it("names a connection that is refused", async () => {
    const port = await freePort();
    const because = `connection refused by ${HERE}:${port}`;
    assert.deepEqual(await askTcp(port), { healthy: false, because });
  });

  it("ends in time when nobody answers, and leaves no connection attempt behind", async () => {
    const begun = performance.now();
    const { because } = await askTcp(80, NOBODY, 300);
    assert.equal(because, `no answer from ${NOBODY}:80 within 300ms`);
    assert.ok(performance.now() - begun < 600);
    await deadline("the attempt is given up", () => connecting() === 0, 500);
  });

  it("ends at once when it is called off", async () => {
    const calling = new AbortController();
    const asking = askTcp(80, NOBODY, 60_000, calling.signal);
    calling.abort();
    assert.equal((await asking).because, "called off");
    await deadline("the attempt is given up", () => connecting() === 0, 500);
  });

  it("leaves no connection in TIME_WAIT", async () => {
    await using server = await listen(() => undefined);
    for (let round = 0; round < 50; round++) await askTcp(server.port);
    assert.equal(server.connections(), 50);
    const waiting = readFileSync("/proc/self/net/tcp", "utf8").split("\n");
    assert.equal(waiting.filter((line) => line.trim().split(/\s+/)[3] === "06").length, 0);
  });
});

describe("an HTTP check", () => {
  const statuses: readonly (readonly [number, readonly number[] | null, boolean])[] = [
    [200, null, true],
    [301, null, true],
    [399, null, true],
    [400, null, false],
    [502, null, false],
    [204, [200], false],
    [503, [200, 503], true],
  ];
  for (const [status, expectStatus, healthy] of statuses) {
    it(`judges ${status} as ${healthy ? "healthy" : "unhealthy"} where ${expectStatus ?? "200 to 399"} is expected`, async () => {
      await using server = await serve((_request, response) => response.writeHead(status).end());
      const because = `HTTP ${status} from ${HERE}:${server.port}`;
      assert.deepEqual(await askHttp(server.port, { expectStatus }), { healthy, because });
    });
  }

  it("asks with its path, method and Host, on a connection of its own each time", async () => {
    const requests: string[] = [];
    await using server = await serve((request, response) => {
      requests.push(`${request.method} ${request.url} ${request.headers.host}`);
      response.end("x");
    });
    await askHttp(server.port, { path: "/up?x=1", method: "HEAD", hostHeader: "www.example.com" });
    await askHttp(server.port);
    assert.deepEqual(requests, ["HEAD /up?x=1 www.example.com", `GET / ${HERE}:${server.port}`]);
    assert.equal(server.connections(), 2);
  });

  it("looks for a text, also where it is cut in two", async () => {
    await using server = await serve((_request, response) => {
      response.write("stat");
      setImmediate(() => response.end("us: ok"));
    });
    assert.equal((await askHttp(server.port, { expectBody: "status: ok" })).healthy, true);
    assert.deepEqual(await askHttp(server.port, { expectBody: "status: bad" }), {
      healthy: false,
      because: `HTTP 200 from ${HERE}:${server.port}, without the expected text`,
    });
  });

  it("reads no more than 64 KiB of a body that does not end", async () => {
    let sent = 0;
    await using server = await serve((_request, response) => {
      const more = (): void => {
        while (response.writable && response.write("x".repeat(16_384))) sent += 16_384;
        if (!response.destroyed) response.once("drain", more);
      };
      more();
    });
    const { healthy, because } = await askHttp(server.port, { expectBody: "y" });
    assert.deepEqual(
      [healthy, because],
      [false, `HTTP 200 from ${HERE}:${server.port}, without the expected text`],
    );
    assert.ok(sent < 20_000_000);
  });

  it("gives a server that drips no more time than any other", async () => {
    await using server = await serve((_request, response) => {
      const timer = setInterval(() => response.write("x"), 20);
      response.on("close", () => clearInterval(timer));
    });
    const begun = performance.now();
    const { because } = await askHttp(server.port, { expectBody: "y" }, 300);
    assert.equal(because, `no answer from ${HERE}:${server.port} within 300ms`);
    assert.ok(performance.now() - begun < 600);
  });

  const failures: readonly (readonly [string, (socket: Socket) => void, RegExp])[] = [
    ["accepts and says nothing", () => undefined, /^no answer from .* within 300ms$/],
    ["hangs up", (socket) => socket.destroy(), /closed the connection without an answer$/],
    ["speaks something else", (socket) => socket.write("220 smtp ready\r\n"), /does not speak HTTP$/],
    [
      "stops in the middle of the head",
      (socket) => socket.end("HTTP/1.1 200 OK\r\nContent-Le"),
      /closed the connection without an answer$/,
    ],
    [
      "gets stuck in the middle of the head",
      (socket) => socket.write("HTTP/1.1 200 OK\r\nContent-Le"),
      /^no answer from .* within 300ms$/,
    ],
  ];

  it("is unhealthy when the server stops in the middle of the page that a text is looked for in", async () => {
    await using server = await listen((socket) =>
      socket.end("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf"),
    );
    const { healthy, because } = await askHttp(server.port, { expectBody: "whole" }, 300);
    assert.equal(healthy, false);
    assert.match(because, /closed the connection without an answer$/);
    assert.equal((await askHttp(server.port)).healthy, true);
  });

  it("takes a head that comes byte by byte, behind one that only announces it", async () => {
    await using server = await listen(async (socket) => {
      for (const byte of "HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\nHTTP/1.1 204 No Content\r\n\r\n") {
        socket.write(byte);
        await new Promise((resolve) => setImmediate(resolve));
      }
    });
    const because = `HTTP 204 from ${HERE}:${server.port}`;
    assert.deepEqual(await askHttp(server.port), { healthy: true, because });
  });

  for (const [what, act, because] of failures) {
    it(`is unhealthy when the server ${what}, whether or not a text is looked for`, async () => {
      await using server = await listen(act);
      for (const expectBody of ["whole", null]) {
        const answer = await askHttp(server.port, { expectBody }, 300);
        assert.equal(answer.healthy, false);
        assert.match(answer.because, because);
      }
    });
  }

  it("names a connection that is refused, and a host that nobody answers for", async () => {
    const port = await freePort();
    assert.equal((await askHttp(port)).because, `connection refused by ${HERE}:${port}`);
    assert.equal(
      (await askHttp(80, { host: NOBODY }, 200)).because,
      `no answer from ${NOBODY}:80 within 200ms`,
    );
    await deadline("the attempt is given up", () => connecting() === 0, 500);
  });
});

for (const [kind, ask] of KINDS) {
  describe(`${kind}, as far as the connection goes,`, () => {
    it("says where there is no way, in either family", async () => {
      for (const host of ["192.0.2.1", "2001:db8::1"]) {
        const because = `${authority(host, 80)} cannot be reached (no route)`;
        assert.deepEqual(await ask(80, host), { healthy: false, because });
      }
    });

    it("says when nobody answers ARP before its time is over", async () => {
      const because = `${NOBODY}:80 cannot be reached (nobody answers ARP, or no route)`;
      assert.deepEqual(await ask(80, NOBODY, 30_000), { healthy: false, because });
    });

    it("names an address to which no connection can be made", async () => {
      const { healthy, because } = await ask(80, "224.0.0.1");
      assert.equal(healthy, false);
      assert.match(because, /^224\.0\.0\.1:80(: connect E| cannot be reached)/);
    });

    it("goes over IPv6", async () => {
      await using server = await listen((socket) => socket.end("HTTP/1.1 200 OK\r\n\r\n"), "::1");
      assert.equal((await ask(server.port, "::1")).healthy, true);
      const port = await freePort();
      const because = `connection refused by [::1]:${port}`;
      assert.deepEqual(await ask(port, "::1"), { healthy: false, because });
    });

    it("looks up a name", async () => {
      await using server = await listen((socket) => socket.end("HTTP/1.1 200 OK\r\n\r\n"));
      assert.equal((await ask(server.port, "localhost")).healthy, true);
      const { healthy, because } = await ask(server.port, "nowhere.invalid");
      assert.deepEqual(
        [healthy, because],
        [false, `nowhere.invalid:${server.port}: the name cannot be looked up`],
      );
    });

    it("ends in time however little there is of it", async () => {
      assert.equal((await ask(80, NOBODY, 3)).because, `no answer from ${NOBODY}:80 within 3ms`);
      await deadline("the attempt is given up", () => connecting() === 0, 500);
    });

    it("holds nothing up while many targets swallow what is sent to them", async () => {
      const turns: number[] = [];
      const turn = setInterval(() => turns.push(performance.now()), 10);
      const answers = await Promise.all(Array.from({ length: 200 }, () => ask(80, NOBODY, 400)));
      clearInterval(turn);
      assert.deepEqual(
        [...new Set(answers.map(({ because }) => because))],
        [`no answer from ${NOBODY}:80 within 400ms`],
      );
      assert.ok(turns.length > 10, `${turns.length} turns of the event loop`);
      await deadline("the attempts are given up", () => connecting() === 0, 500);
    });

    it("leaves no descriptor behind, whether refused, called off or late", async () => {
      await using server = await listen(() => undefined);
      const port = await freePort();
      const before = descriptors();
      for (let round = 0; round < 1000; round++) await ask(port);
      for (let round = 0; round < 100; round++) {
        const calling = new AbortController();
        const asked = [
          ask(80, NOBODY, 60_000, calling.signal),
          ask(server.port, HERE, 60_000, calling.signal),
        ];
        calling.abort();
        await Promise.all([...asked, ask(80, NOBODY, 1)]);
      }
      await deadline("the server's ends are closed too", () => descriptors() <= before, 1000);
    });

    it("says that it was called off while it was connecting", async () => {
      const calling = new AbortController();
      const asked = ask(80, NOBODY, 60_000, calling.signal);
      await deadline("it is connecting", () => connecting() > 0, 500);
      calling.abort();
      assert.deepEqual(await asked, { healthy: false, because: "called off" });
      await deadline("the attempt is given up", () => connecting() === 0, 500);
    });
  });
}

it("an HTTP check that is called off while it waits for the answer hangs up", async () => {
  const sockets: Socket[] = [];
  await using server = await listen((socket) => {
    socket.resume();
    sockets.push(socket);
  });
  const calling = new AbortController();
  const asked = askHttp(server.port, {}, 60_000, calling.signal);
  await deadline("it is connected", () => sockets.length === 1, 500);
  calling.abort();
  assert.deepEqual(await asked, { healthy: false, because: "called off" });
  await deadline("the server sees the end", () => sockets[0]?.destroyed === true, 500);
});

it("an HTTP check is unhealthy when a connection is reset before the answer", async () => {
  await using server = await listen((socket) => socket.once("data", () => socket.resetAndDestroy()));
  const because = `${HERE}:${server.port} closed the connection without an answer`;
  assert.deepEqual(await askHttp(server.port), { healthy: false, because });
});

it("an HTTP check reads a head that is longer than what it reads at once", async () => {
  await using server = await serve((_request, response) =>
    response.writeHead(204, { "X-Long": "x".repeat(10_000) }).end(),
  );
  assert.equal((await askHttp(server.port)).because, `HTTP 204 from ${HERE}:${server.port}`);
});

it("an answer that came while this process was held up has come in time", async () => {
  const program = `
    const { parentPort } = require("node:worker_threads");
    const answer = (socket) => socket.once("data", () => socket.end("HTTP/1.1 200 OK\\r\\n\\r\\n"));
    const server = require("node:net").createServer(answer);
    server.listen(0, "127.0.0.1", () => parentPort.postMessage(server.address().port));`;
  const worker = new Worker(program, { eval: true });
  const [port] = (await once(worker, "message")) as [number];
  const asked = askHttp(port, {}, 100);
  // Held up for longer than the check may take.
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 300);
  assert.deepEqual(await asked, { healthy: true, because: `HTTP 200 from ${HERE}:${port}` });
  await worker.terminate();
});
