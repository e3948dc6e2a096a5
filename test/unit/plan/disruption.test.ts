/** What a change of a running VirtualIP disturbs is known beforehand, with what is to be minded. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { type IpAddress, parseIpAddress } from "../../../controller/net/ip.ts";
import { millis } from "../../../controller/net/time.ts";
import { changesOf } from "../../../controller/plan/disruption.ts";
import type { VirtualRouter } from "../../../controller/vrrp/virtual-router.ts";
import { aRouter, prefix } from "../../support/speaker-host.ts";

const change = (different: Partial<VirtualRouter>, before: Partial<VirtualRouter> = {}) =>
  changesOf([aRouter(before)], [aRouter({ ...before, ...different })]);

it("the same again is no change, nor is a router that comes or goes", () => {
  assert.deepEqual(change({}), []);
  assert.deepEqual(changesOf([], [aRouter()]), []);
  assert.deepEqual(changesOf([aRouter()], []), []);
});

it("several changes disturb as much as the worst of them", () => {
  assert.deepEqual(change({ preemptDelay: millis(5), virtualRouterID: 52 }), [
    {
      router: "default/web",
      disruption: "re-election",
      fields: ["vrrp.virtualRouterID", "vrrp.preemptDelay"],
      cautions: ["until all members have it they do not hear each other, and there are two masters"],
    },
  ]);
});

it("the two routers of a VirtualIP of both families are compared each with itself", () => {
  const inner = aRouter({ family: "ipv6" });
  const changed = { ...inner, preempt: false };
  assert.deepEqual(
    changesOf([aRouter(), inner], [aRouter(), changed]).map(({ fields }) => fields),
    [["vrrp.preempt"]],
  );
});

it("a further peer of unicast is told of with the next packet, and another own address makes another router", () => {
  const ip = (text: string): IpAddress => parseIpAddress(text) ?? assert.fail();
  const to = (...peers: readonly string[]): Partial<VirtualRouter> => ({
    transport: { type: "unicast", peers: peers.map(ip), ttl: 255 },
    sourceAddress: ip("10.0.0.1"),
  });
  const disruptions = (different: Partial<VirtualRouter>): readonly string[] =>
    change(different, to("10.0.0.2")).map(({ disruption }) => disruption);
  assert.deepEqual(disruptions(to("10.0.0.2", "10.0.0.3")), ["no packet"]);
  assert.deepEqual(disruptions({ sourceAddress: ip("10.0.0.9") }), ["re-election"]);
});

describe("other addresses", () => {
  const addresses = [prefix("10.0.0.101/32")];
  it("R2: make a keepalived up to 2.3.2 deaf, and that is said before", () => {
    const [{ disruption, cautions } = assert.fail()] = change({ addresses });
    assert.equal(disruption, "announcement");
    assert.match(cautions.join(), /^a keepalived up to 2\.3\.2 drops advertisements /);
  });
  it("are no matter where the peers are no keepaliveds", () => {
    assert.deepEqual(change({ addresses }, { checksumForm: "message-only" })[0]?.cautions, []);
  });
});

it("another interval is to be minded in version 2 only", () => {
  assert.deepEqual(change({ adverInterval: millis(2000) })[0]?.cautions, []);
  assert.equal(change({ adverInterval: millis(2000) }, { version: 2 })[0]?.cautions.length, 1);
});
