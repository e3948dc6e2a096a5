import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { parseIpv6 } from "../../../controller/net/ipv6.ts";
import { listening } from "../../../controller/nginx/listeners.ts";
import { aPool, ipv4 } from "../../support/nginx-models.ts";

const VIP6 = parseIpv6("2001:db8::150") ?? assert.fail();
const VIP = ipv4("172.16.253.150");

describe("listeners", () => {
  it("of a pool without addresses take every address of the port", () => {
    const { claims, turnedAway } = listening([aPool({ name: "default/a", ports: [80] })]);
    assert.deepEqual(claims.get("default/a"), [{ host: "*", port: 80 }]);
    assert.deepEqual(turnedAway, []);
  });

  it("of a pool with addresses leave the others of the port to be turned away", () => {
    const { claims, ports, turnedAway } = listening([
      aPool({ name: "default/a", addresses: [VIP], ports: [8080, 80] }),
    ]);
    assert.deepEqual(claims.get("default/a"), [
      { host: VIP, port: 80 },
      { host: VIP, port: 8080 },
    ]);
    assert.deepEqual(ports, [80, 8080]);
    assert.deepEqual(turnedAway, [
      { host: "*", port: 80 },
      { host: "*", port: 8080 },
    ]);
  });

  it("of two pools share a port when one has an address of it and the other has the rest", () => {
    const { conflicts, turnedAway } = listening([
      aPool({ name: "default/a", addresses: [VIP] }),
      aPool({ name: "default/b" }),
    ]);
    assert.deepEqual(conflicts, []);
    assert.deepEqual(turnedAway, []);
  });

  it("that two pools want belong to the first, and the second is told", () => {
    const { claims, conflicts } = listening([aPool({ name: "default/a" }), aPool({ name: "default/b" })]);
    assert.deepEqual(claims.get("default/b"), []);
    assert.deepEqual(conflicts, [
      { pool: "default/b", listener: { host: "*", port: 80 }, heldBy: "default/a" },
    ]);
  });

  it("of IPv6 are there where a pool has such an address, and then on every address of the others, too", () => {
    const { claims, turnedAway } = listening([
      aPool({ name: "default/a", addresses: [VIP, VIP6], ports: [80] }),
      aPool({ name: "default/b", addresses: [], ports: [81] }),
    ]);
    assert.deepEqual(claims.get("default/a"), [
      { host: VIP, port: 80 },
      { host: "[2001:db8::150]", port: 80 },
    ]);
    assert.deepEqual(claims.get("default/b"), [
      { host: "*", port: 81 },
      { host: "[::]", port: 81 },
    ]);
    assert.deepEqual(turnedAway, [
      { host: "*", port: 80 },
      { host: "[::]", port: 80 },
    ]);
  });

  it("of IPv6 alone turn nobody of IPv4 away, who finds the port closed", () => {
    const { turnedAway } = listening([aPool({ addresses: [VIP6], ports: [80] })]);
    assert.deepEqual(turnedAway, [{ host: "[::]", port: 80 }]);
  });

  it("that one pool names twice are no conflict", () => {
    const { claims, conflicts } = listening([aPool({ name: "default/a", ports: [80, 80] })]);
    assert.equal(claims.get("default/a")?.length, 1);
    assert.deepEqual(conflicts, []);
  });
});
