/** What is watched stays watched, also after an error, on which libuv gives a descriptor up (uv_poll_start, UV_EBADF). */
import assert from "node:assert/strict";
import { createSocket, type Socket } from "node:dgram";
import { once } from "node:events";
import { describe, it } from "node:test";
import { openLibc, SystemCallFailure } from "../../controller/adapter/libc/libc.ts";
import { AF, internetEndpoint, SOCK_NONBLOCK } from "../../controller/adapter/libc/socket-options.ts";
import type { Ipv4 } from "../../controller/net/ipv4.ts";
import { deadline } from "../support/deadline.ts";
import { enterOwnNetworkNamespace } from "../support/own-network-namespace.ts";

const SOCK_DGRAM = 2;
const LOOPBACK = "127.0.0.1" as Ipv4;

describe("a descriptor that is watched", () => {
  it("is heard of after an error that its reader has taken, and once for each packet", async () => {
    enterOwnNetworkNamespace();
    const libc = openLibc();
    const port = await portOf(createSocket("udp4"), 0, (peer) => peer.close());
    const descriptor = libc.socket(AF.inet, SOCK_DGRAM | SOCK_NONBLOCK, 0);
    libc.bind(descriptor, internetEndpoint(LOOPBACK, 0));
    libc.connect(descriptor, internetEndpoint(LOOPBACK, port));
    const heard: string[] = [];
    const watching = libc.onReadable(descriptor, () => heard.push(received()));
    function received(): string {
      try {
        return Buffer.from(libc.receive(descriptor, new Uint8Array(8)) ?? []).toString();
      } catch (error) {
        assert.ok(error instanceof SystemCallFailure);
        return error.errno;
      }
    }
    const ownPort = new DataView(libc.socketName(descriptor, 16).buffer).getUint16(2);
    try {
      libc.send(descriptor, Buffer.from("anybody?"));
      await deadline("nobody is there", () => heard.length > 0);
      assert.deepEqual(heard, ["ECONNREFUSED"]);
      const peer = createSocket("udp4");
      await portOf(peer, port, (bound) => bound.send("yes", ownPort, LOOPBACK));
      await deadline("an answer is heard", () => heard.length > 1);
      peer.send("again", ownPort, LOOPBACK);
      await deadline("a second one is heard", () => heard.length > 2);
      peer.close();
      assert.deepEqual(heard, ["ECONNREFUSED", "yes", "again"]);
    } finally {
      watching[Symbol.dispose]();
      libc.close(descriptor);
    }
  });
});

/** Binds it there, `0`: anywhere, and has `use` use it. */
async function portOf(socket: Socket, port: number, use: (bound: Socket) => void): Promise<number> {
  socket.bind(port, LOOPBACK);
  await once(socket, "listening");
  const { port: bound } = socket.address();
  use(socket);
  return bound;
}
