/** Connections to the API that are slow on purpose, or do nothing at all: each is ended in time, and nobody else notices. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";
import { after, before, describe, it } from "node:test";
import { connect as connectTls } from "node:tls";
import { type ApiHost, startApiHost } from "../support/api-host-process.ts";
import { deadline } from "../support/deadline.ts";
import { ask, CHECKS, create, largeCheck, tlsOf, told, Wire } from "../support/hostile-client.ts";

const HANDSHAKE_MS = 700;
const HEAD_MS = 500;
const REQUEST_MS = 900;
const LOOK_MS = 50;
const STALL_MS = 500;
/** For a machine that has other things to do. */
const LATENESS_MS = 1_000;
const BYTE_EVERY_MS = 20;
const VERSION = "/version";
const REVIEWS = "/apis/authentication.k8s.io/v1/selfsubjectreviews";

describe("whoever takes too long", () => {
  let host: ApiHost;
  before(async () => {
    const times = { handshake: HANDSHAKE_MS, head: HEAD_MS, request: REQUEST_MS, look: LOOK_MS };
    host = await startApiHost({ times: times as never, limits: { stall: STALL_MS as never } });
  });
  after(async () => await host?.[Symbol.asyncDispose]());

  /** Also that others are served meanwhile. */
  async function endsWithin(ms: number, begun: number, closed: Promise<unknown>): Promise<void> {
    let isClosed = false;
    const end = closed.then(() => {
      isClosed = true;
    });
    let served = 0;
    while (!isClosed && performance.now() < begun + ms + LATENESS_MS) {
      assert.equal((await ask(host, "viewer", VERSION)).status, 200);
      served += 1;
    }
    assert.ok(isClosed, `not ended ${ms} ms after it began, nor ${LATENESS_MS} ms later`);
    assert.ok(served > 0);
    await end;
  }

  it("to begin with TLS is ended", async () => {
    const begun = performance.now();
    const socket = connect(host.port, "127.0.0.1").on("error", () => undefined);
    await endsWithin(HANDSHAKE_MS, begun, closed(socket));
  });

  it("in the middle of the handshake is ended, even when a byte comes now and then", async (t) => {
    const hello = await clientHello(host);
    const begun = performance.now();
    const socket = connect(host.port, "127.0.0.1").on("error", () => undefined);
    socket.write(hello.subarray(0, 40));
    const drip = setInterval(() => socket.write(hello.subarray(40, 41)), 100);
    t.after(() => clearInterval(drip));
    await endsWithin(HANDSHAKE_MS, begun, closed(socket));
  });

  it("to send the head of a request is told so, and ended", async () => {
    const wire = await Wire.open(host, "nobody");
    const begun = performance.now();
    const dribbled = wire.dribble(
      `GET ${VERSION} HTTP/1.1\r\nHost: x\r\nX: ${"y".repeat(500)}`,
      BYTE_EVERY_MS,
    );
    await endsWithin(HEAD_MS + LOOK_MS, begun, wire.closed);
    await dribbled;
    assert.deepEqual(wire.answers().map(told), ["408 Timeout: the request did not come in time"]);
  });

  it("to ask anything after the handshake is ended", async () => {
    const wire = await Wire.open(host, "viewer");
    await endsWithin(HEAD_MS + LOOK_MS, performance.now(), wire.closed);
  });

  it("to send a body is told so, and ended; a stranger is not even listened to", async () => {
    const head = `POST ${REVIEWS} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 1000\r\n\r\n`;
    const stranger = await Wire.open(host, "nobody");
    stranger.send(`${head}{`);
    await stranger.closed;
    assert.deepEqual(stranger.answers().map(told), ["401 Unauthorized: Unauthorized"]);
    const wire = await Wire.open(host, "viewer");
    const begun = performance.now();
    wire.send(head);
    const dribbled = wire.dribble("{".repeat(1_000), BYTE_EVERY_MS);
    await endsWithin(REQUEST_MS + LOOK_MS, begun, wire.closed);
    await dribbled;
    assert.deepEqual(wire.answers().map(told), ["408 Timeout: the request did not come in time"]);
  });

  it("to take an answer is ended", async () => {
    for (const name of "abcdefgh") await create(host, largeCheck(name, 900_000));
    const wires = await Promise.all(Array.from({ length: 2 }, () => Wire.open(host, "admin")));
    for (const wire of wires) {
      wire.socket.pause();
      wire.send(`GET ${CHECKS} HTTP/1.1\r\nHost: x\r\n\r\n`.repeat(2));
    }
    const patience = new Promise((resolve) => setTimeout(resolve, STALL_MS + LATENESS_MS));
    await endsWithin(STALL_MS + LATENESS_MS, performance.now(), patience);
    for (const wire of wires) {
      wire.socket.resume();
      await deadline("the connection was ended", () => wire.socket.closed);
      assert.ok(wire.answers().length < 2);
    }
  });
});

/** 1,500 connections at once, on none of which anything is said; one that is closed is followed by the next. */
class Idlers implements Disposable {
  readonly #host: ApiHost;
  readonly #sockets = new Set<Socket>();
  opened = 0;
  #isOver = false;

  constructor(host: ApiHost, count: number) {
    this.#host = host;
    for (let index = 0; index < count; index++) this.#open();
  }

  #open(): void {
    const socket = connect(this.#host.port, "127.0.0.1", () => {
      this.opened += 1;
    });
    this.#sockets.add(socket);
    socket.on("error", () => undefined);
    socket.once("close", () => {
      this.#sockets.delete(socket);
      // Not in the same turn: the attacker has the same two cores as everybody else.
      if (!this.#isOver) setTimeout(() => this.#open(), 20).unref();
    });
  }

  [Symbol.dispose](): void {
    this.#isOver = true;
    for (const socket of this.#sockets) socket.destroy();
  }
}

describe("1,500 idle connections, renewed as soon as they are ended", () => {
  it("keep out neither who comes nor who is there", async () => {
    await using host = await startApiHost();
    const watching = await Wire.open(host, "viewer");
    watching.send(`GET ${CHECKS}?watch=true HTTP/1.1\r\nHost: x\r\n\r\n`);
    await deadline("it watches", () => watching.text.includes("200 OK"));
    using idlers = new Idlers(host, 1_500);
    await deadline("there are more than are served", () => idlers.opened > 1_200, 10_000);
    for (let asked = 0; asked < 20; asked++)
      assert.equal((await ask(host, asked % 2 === 0 ? "viewer" : "token", VERSION)).status, 200);
    await create(host, largeCheck("seen", 0));
    await deadline("the watch from before is told", () => watching.text.includes('"seen"'));
    assert.ok(idlers.opened > 1_500, `${idlers.opened}`);
    assert.deepEqual(await host.errors(), []);
    watching.socket.destroy();
  });
});

/** The first flight of a real handshake. */
async function clientHello(host: ApiHost): Promise<Buffer> {
  const listener = createServer().listen(0, "127.0.0.1");
  await once(listener, "listening");
  const { port } = listener.address() as AddressInfo;
  const tls = connectTls({ ...tlsOf(host, "nobody"), port }).on("error", () => undefined);
  const [socket]: Socket[] = await once(listener, "connection");
  assert.ok(socket !== undefined);
  const [hello]: Buffer[] = await once(socket, "data");
  tls.destroy();
  socket.destroy();
  listener.close();
  return hello ?? assert.fail("nothing was sent");
}

/** Whether it was ended or reset, as by a byte that comes a moment too late: node:events' `once` rejects for that. */
const closed = (socket: Socket): Promise<void> =>
  new Promise((resolve) => socket.once("close", () => resolve()));
