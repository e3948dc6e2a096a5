/** Connections to the API that are slow on purpose, or do nothing at all: each is ended in time, and nobody else notices. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";
import { after, before, describe, it } from "node:test";
import { connect as connectTls } from "node:tls";
import { millis } from "../../controller/net/time.ts";
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
    const times = {
      handshake: millis(HANDSHAKE_MS),
      head: millis(HEAD_MS),
      request: millis(REQUEST_MS),
      look: millis(LOOK_MS),
    };
    host = await startApiHost({ times, limits: { stall: millis(STALL_MS) } });
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

/** So many connections at once that ask for nothing; one that is closed is followed by the next. */
class Idlers implements Disposable {
  readonly #port: number;
  readonly #from: string;
  readonly #greeting: string;
  readonly #sockets = new Set<Socket>();
  opened = 0;
  #isOver = false;

  /** `greeting`: all that each of them says. */
  constructor({ port }: ApiHost, count: number, from: string, greeting: string) {
    this.#port = port;
    this.#from = from;
    this.#greeting = greeting;
    for (let index = 0; index < count; index++) this.#open();
  }

  #open(): void {
    const socket = connect({ port: this.#port, host: "127.0.0.1", localAddress: this.#from }, () => {
      this.opened += 1;
    });
    this.#sockets.add(socket);
    socket.on("error", () => undefined);
    if (this.#greeting !== "") socket.write(this.#greeting);
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

/** More than the API keeps. */
const IDLERS = 1_500;
/** The first byte of a TLS record: of a handshake. */
const ONE_BYTE = "\u0016";

describe("idle connections, renewed as soon as they are ended,", () => {
  for (const [what, from, greeting] of [
    ["that say nothing, from the address of everybody else,", "127.0.0.1", ""],
    ["that say one byte, from an address of their own,", "127.0.0.66", ONE_BYTE],
  ] as const)
    it(`${what} keep out neither who comes nor who is there`, async () => {
      // Nobody here is to be ended because a busy machine takes its time.
      await using host = await startApiHost({ times: { handshake: millis(120_000) } });
      const watching = await Wire.open(host, "viewer");
      watching.send(`GET ${CHECKS}?watch=true HTTP/1.1\r\nHost: x\r\n\r\n`);
      await deadline("it watches", () => watching.text.includes("200 OK"));
      const hello = await clientHello(host);
      // One handshake that lasts as long as all of it.
      const shaking = connect(host.port, "127.0.0.1").on("error", () => undefined);
      shaking.write(hello.subarray(0, -1));
      using idlers = new Idlers(host, IDLERS, from, greeting);
      await deadline("there are more than are served", () => idlers.opened > IDLERS, 60_000);
      for (let asked = 0; asked < 20; asked++)
        assert.equal((await ask(host, asked % 2 === 0 ? "viewer" : "token", VERSION)).status, 200);
      await create(host, largeCheck("seen", 0));
      await deadline("the watch from before is told", () => watching.text.includes('"seen"'));
      await deadline("each place has had a new one", () => idlers.opened > 2 * IDLERS, 60_000);
      shaking.write(hello.subarray(-1));
      await deadline("the slow handshake is answered", () => shaking.bytesRead > 0);
      assert.deepEqual(await host.errors(), []);
      watching.socket.destroy();
      shaking.destroy();
    });
});

/** The first flight of a real handshake. */
async function clientHello(host: ApiHost): Promise<Buffer> {
  const listener = createServer().listen(0, "127.0.0.1");
  await once(listener, "listening");
  const { port } = listener.address() as AddressInfo;
  const tls = connectTls({ ...tlsOf(host, "nobody"), port }).on("error", () => undefined);
  try {
    const [socket]: Socket[] = await once(listener, "connection");
    assert.ok(socket !== undefined);
    const [hello]: Buffer[] = await once(socket, "data");
    socket.destroy();
    return hello ?? assert.fail("nothing was sent");
  } finally {
    tls.destroy();
    listener.close();
  }
}

/** Whether it was ended or reset, as by a byte that comes a moment too late: node:events' `once` rejects for that. */
const closed = (socket: Socket): Promise<void> =>
  new Promise((resolve) => socket.once("close", () => resolve()));
