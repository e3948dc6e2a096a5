/** From resources to what one node does: references, this node's part, and what happens when something is missing. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { formatIpPrefix } from "../../../controller/net/ip.ts";
import type { Surroundings } from "../../../controller/plan/desired.ts";
import { resolve } from "../../../controller/plan/resolve.ts";
import type { Resource } from "../../../controller/resource/meta.ts";
import type { CheckVerdict } from "../../../controller/vrrp/virtual-router.ts";
import { aHealthCheck, aProxyPool, aVirtualIP } from "../../support/resources.ts";

const surroundings: Surroundings = {
  node: "keepalive-a",
  passwords: new Map(),
  verdicts: new Map(),
  nginx: { statusSocket: "/run/holdfast/nginx.sock", runtimeDir: "/run/holdfast/nginx" },
  drain: null,
};
const webUp = aHealthCheck("web-up", { http: {} });
const desire = (resources: readonly Resource[], extra: Partial<Surroundings> = {}) =>
  resolve(resources, { ...surroundings, ...extra });

describe("a VirtualIP", () => {
  it("becomes a virtual router on a member, with the best of the others as its rival", () => {
    const { routers } = desire([aVirtualIP()]);
    assert.deepEqual(
      routers.map(({ name, basePriority, rivalPriority }) => [name, basePriority, rivalPriority]),
      [["default/web", 100, 95]],
    );
  });

  it("has as its rival's priority what that has while all is well with it", () => {
    const track = [
      { healthCheck: "web-up", weight: 20 },
      { healthCheck: "gone", weight: 50 },
    ];
    const [router] = desire([webUp, aVirtualIP("web", { track })]).routers;
    assert.equal(router?.rivalPriority, 115);
  });

  it("does not count an owner of the addresses as a rival where there is another", () => {
    const owner = { node: "owner", priority: 255 };
    const us = { node: "keepalive-a", priority: 100 };
    const third = { node: "third", priority: 50 };
    const rivalOf = (members: readonly object[]): number | null | undefined =>
      desire([aVirtualIP("web", { members })]).routers[0]?.rivalPriority;
    assert.deepEqual([rivalOf([owner, us, third]), rivalOf([owner, us]), rivalOf([us])], [50, 255, null]);
  });

  it("has no tracks where it owns the addresses, which it cannot give up", () => {
    const members = [{ node: "keepalive-a", priority: 255 }, { node: "b" }];
    const vip = aVirtualIP("web", { members, track: [{ healthCheck: "web-up" }] });
    assert.deepEqual(desire([webUp, vip]).routers[0]?.tracks, []);
    assert.equal(desire([webUp, vip], { node: "b" }).routers[0]?.tracks.length, 1);
  });

  it("sends to its group, with the checksum that keepalived wants, where the manifest says nothing else", () => {
    const [router] = desire([aVirtualIP()]).routers;
    assert.deepEqual(router?.transport, { type: "multicast", group: "224.0.0.18" });
    assert.equal(router?.checksumForm, "pseudo-header");
  });

  it("of both families becomes two routers of one fate, each with its own group, source and addresses", () => {
    const addresses = ["192.0.2.10/32", "fe80::10/128", "2001:DB8::10/64"];
    const members = [{ node: "keepalive-a", address: "192.0.2.1", addressV6: "FE80::1" }, { node: "b" }];
    const { routers } = desire([aVirtualIP("web", { addresses, members, vrrp: { virtualRouterID: 51 } })]);
    assert.deepEqual(
      routers.map(({ name, fate, family, transport, sourceAddress, addresses: own }) => [
        [name, fate, family, sourceAddress],
        transport,
        own.map(formatIpPrefix),
      ]),
      [
        [
          ["default/web", "default/web", "ipv4", "192.0.2.1"],
          { type: "multicast", group: "224.0.0.18" },
          ["192.0.2.10/32"],
        ],
        [
          ["default/web", "default/web", "ipv6", "fe80::1"],
          { type: "multicast", group: "ff02::12" },
          ["fe80::10/128", "2001:db8::10/64"],
        ],
      ],
    );
  });

  it("sends by unicast over IPv6 to the other members' addresses of that family", () => {
    const members = [
      { node: "keepalive-a", addressV6: "2001:db8::1" },
      { node: "b", addressV6: "2001:db8::2" },
    ];
    const vrrp = { virtualRouterID: 51, unicast: true };
    const [router] = desire([aVirtualIP("web", { addresses: ["fe80::10/128"], members, vrrp })]).routers;
    assert.deepEqual(router?.transport, { type: "unicast", peers: ["2001:db8::2"], ttl: 255 });
  });

  it("sends by unicast to the addresses of the other members", () => {
    const members = ["keepalive-a", "b", "c"].map((node, i) => ({ node, address: `192.0.2.${i + 1}` }));
    const vrrp = { virtualRouterID: 51, unicast: true, ttl: 64, peerProfile: "rfc9568" };
    const [router] = desire([aVirtualIP("web", { members, vrrp })]).routers;
    assert.deepEqual(router?.transport, { type: "unicast", peers: ["192.0.2.2", "192.0.2.3"], ttl: 64 });
    assert.deepEqual([router?.sourceAddress, router?.checksumForm], ["192.0.2.1", "message-only"]);
  });

  it("has no delays and make before break where the manifest says nothing of them", () => {
    const [router] = desire([aVirtualIP()]).routers;
    assert.deepEqual([router?.preemptDelay, router?.startupDelay, router?.strictRFC], [0, 0, false]);
  });

  it("has the delays of the manifest", () => {
    const vrrp = { virtualRouterID: 51, preemptDelay: "1m", startupDelay: "45s", strictRFC: true };
    const [router] = desire([aVirtualIP("web", { vrrp })]).routers;
    assert.deepEqual([router?.preemptDelay, router?.startupDelay, router?.strictRFC], [60_000, 45_000, true]);
  });

  it("is nothing to a node that is no member", () => {
    const { routers, audiences } = desire([aVirtualIP()], { node: "elsewhere" });
    assert.deepEqual(routers, []);
    assert.equal(audiences.size, 0);
  });

  it("takes the member's own interface and address", () => {
    const vip = aVirtualIP("web", {
      members: [{ node: "keepalive-a", interface: "bond0", address: "172.16.253.108" }],
    });
    const [router] = desire([vip]).routers;
    assert.deepEqual(
      [router?.interface, router?.sourceAddress, router?.rivalPriority],
      ["bond0", "172.16.253.108", null],
    );
  });

  it("runs on without a check that does not exist, and says so", () => {
    const { routers, problems, checks } = desire([aVirtualIP("web", { track: [{ healthCheck: "gone" }] })]);
    assert.deepEqual(routers[0]?.tracks, []);
    assert.deepEqual(checks, []);
    assert.deepEqual(
      problems.map(({ condition, reason }) => [condition, reason]),
      [["ReferencesResolved", "HealthCheckNotFound"]],
    );
  });

  it("with a password that cannot be read stays as it is, and the others go on", () => {
    const secret = aVirtualIP("secret", {
      vrrp: { version: 2, virtualRouterID: 7, authentication: { type: "Simple", passwordFile: "/secret" } },
    });
    const passwords = new Map([["/secret", { unreadable: "permission denied" }]]);
    const { routers, retained, problems } = desire([secret, aVirtualIP()], { passwords });
    assert.deepEqual(retained, ["default/secret"]);
    assert.deepEqual(
      routers.map(({ name }) => name),
      ["default/web"],
    );
    assert.match(problems[0]?.message ?? "", /\/secret: permission denied/);
  });
});

describe("the backends in rotation", () => {
  const cases: { what: string; verdicts: (CheckVerdict["verdict"] | null)[]; rotation: number[] }[] = [
    { what: "all, when nobody has answered yet", verdicts: [null, null], rotation: [127, 193] },
    { what: "all, while all are pending", verdicts: ["pending", "pending"], rotation: [127, 193] },
    { what: "the healthy one", verdicts: ["healthy", "unhealthy"], rotation: [127] },
    {
      what: "the healthy one, while the other has not answered",
      verdicts: ["healthy", "pending"],
      rotation: [127],
    },
    {
      what: "the one that may be well, when the other is not",
      verdicts: ["unhealthy", "pending"],
      rotation: [193],
    },
    { what: "none", verdicts: ["unhealthy", "unhealthy"], rotation: [] },
  ];
  for (const { what, verdicts, rotation } of cases) {
    it(`are ${what}`, () => {
      const ids = ["default/web-up@172.16.250.127:80", "default/web-up@172.16.253.193:80"];
      const known = new Map(
        verdicts.flatMap((verdict, index): [string, CheckVerdict][] => {
          const check = ids[index] ?? "";
          return verdict === null ? [] : [[check, { check, verdict, because: "" }]];
        }),
      );
      const { proxy } = desire([aVirtualIP(), webUp, aProxyPool("websrvs", { healthCheck: "web-up" })], {
        verdicts: known,
      });
      assert.deepEqual(
        proxy?.pools[0]?.backends.map(({ address }) => Number(address.split(".")[3])),
        rotation,
      );
    });
  }
});

describe("a ProxyPool", () => {
  it("is served only where one of its VirtualIPs may come to live", () => {
    assert.notEqual(desire([aVirtualIP(), aProxyPool()]).proxy, null);
    assert.equal(desire([aVirtualIP(), aProxyPool()], { node: "elsewhere" }).proxy, null);
  });

  it("without VirtualIPs is served everywhere, on every address", () => {
    const { proxy } = desire([aProxyPool("any", { virtualIPs: [] })], { node: "elsewhere" });
    assert.deepEqual(proxy?.pools[0]?.addresses, []);
  });

  it("puts the node's name into the sorry page and nothing else", () => {
    const sorryPage = { body: "sorry from ${node}, not ${host} or $&" };
    const { proxy } = desire([aVirtualIP(), aProxyPool("websrvs", { sorryPage })]);
    assert.equal(proxy?.pools[0]?.sorryPage?.body, "sorry from keepalive-a, not ${host} or $&");
  });

  it("shares the probe of a backend with other pools", () => {
    const pools = ["one", "two"].map((name) => aProxyPool(name, { healthCheck: "web-up" }));
    assert.equal(desire([aVirtualIP(), webUp, ...pools]).checks.length, 2);
  });
});

it("the order of the resources is no matter", () => {
  const all = [aVirtualIP(), webUp, aHealthCheck(), aProxyPool(), aVirtualIP("api")];
  assert.deepEqual(desire([...all].reverse()), desire(all));
});
