import assert from "node:assert/strict";
import { EventEmitter } from "node:events";
import { describe, it } from "node:test";
import { type Connection, Connections } from "../../../controller/api/connections.ts";

const MAX = 1_000;
const OF_USER_MAX = 500;

class FakeConnection extends EventEmitter implements Connection {
  readonly localAddress = "192.0.2.1";
  readonly remoteAddress: string;
  readonly remotePort: number;
  bytesRead = 0;
  isDestroyed = false;

  constructor(remoteAddress: string, remotePort: number) {
    super();
    this.remoteAddress = remoteAddress;
    this.remotePort = remotePort;
  }

  /** As a real one, which says so a little later. */
  destroy(): void {
    this.isDestroyed = true;
  }
}

function aServer() {
  const connections = new Connections();
  const server = new EventEmitter();
  connections.watch(server);
  let port = 1_024;
  const connect = (from: string): FakeConnection => {
    port += 1;
    const connection = new FakeConnection(from, port);
    server.emit("connection", connection);
    return connection;
  };
  const crowd = (from: string, count: number): FakeConnection[] =>
    Array.from({ length: count }, () => connect(from));
  return { connections, server, connect, crowd };
}

const destroyedOf = (crowd: readonly FakeConnection[]): number =>
  crowd.filter(({ isDestroyed }) => isDestroyed).length;

describe("when there are too many connections, a new one takes the place", () => {
  it("of the oldest that has said nothing, of the address that has most", () => {
    const { connect, crowd } = aServer();
    const honest = connect("192.0.2.20");
    const many = crowd("192.0.2.66", MAX - 1);
    for (const one of many.slice(0, 3)) one.bytesRead = 1;
    crowd("192.0.2.66", 2);
    assert.deepEqual(
      many.slice(0, 6).map(({ isDestroyed }) => isDestroyed),
      [false, false, false, true, true, false],
    );
    crowd("192.0.2.66", 10 * MAX);
    assert.equal(destroyedOf(many), MAX - 1 - 3);
    assert.ok(!honest.isDestroyed);
  });

  it("of the oldest when all have said something", () => {
    const { connect, crowd } = aServer();
    const all = crowd("192.0.2.66", MAX);
    for (const one of all) one.bytesRead = 1;
    connect("192.0.2.20");
    connect("192.0.2.20");
    assert.deepEqual(
      all.slice(0, 3).map(({ isDestroyed }) => isDestroyed),
      [true, true, false],
    );
  });

  it("of no known user's", () => {
    const { connections, connect, crowd } = aServer();
    const [a, b] = [crowd("192.0.2.20", OF_USER_MAX), crowd("192.0.2.20", OF_USER_MAX)];
    for (const one of a) connections.letIn(one, "anna");
    for (const one of b) connections.letIn(one, "otto");
    assert.ok(connect("192.0.2.66").isDestroyed);
    assert.equal(destroyedOf([...a, ...b]), 0);
    a[0]?.emit("close");
    assert.ok(!connect("192.0.2.66").isDestroyed);
    assert.ok(!connect("192.0.2.66").isDestroyed);
  });

  it("of what one user has beyond half of all", () => {
    const { connections, connect, crowd } = aServer();
    const all = crowd("192.0.2.20", MAX);
    for (const one of all) connections.letIn(one, "anna");
    for (const one of all) one.bytesRead = 1;
    crowd("192.0.2.66", OF_USER_MAX);
    assert.equal(destroyedOf(all.slice(0, OF_USER_MAX)), 0);
    assert.ok(destroyedOf(all.slice(OF_USER_MAX)) > 0);
    const [last] = all;
    last?.emit("close");
    const next = connect("192.0.2.20");
    connections.letIn(next, "anna");
    crowd("192.0.2.66", 10 * MAX);
    assert.ok(!next.isDestroyed);
  });
});

it("a connection that is told to be closed late does not take a new one from the same port with it", () => {
  const { server, crowd } = aServer();
  const [first] = crowd("192.0.2.66", MAX + 1);
  assert.ok(first?.isDestroyed);
  const again = new FakeConnection(first.remoteAddress, first.remotePort);
  server.emit("connection", again);
  first.emit("close");
  const more = crowd("192.0.2.66", MAX - 1);
  assert.equal(destroyedOf([again, ...more]), 0);
  crowd("192.0.2.66", 1);
  assert.ok(again.isDestroyed);
});
