/** What the status says must be what is seen, and must stand still while nothing changes. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { WallTime } from "../../../controller/net/time.ts";
import type { CheckStanding, Seen } from "../../../controller/plan/seen.ts";
import { sameStatus, statusOf } from "../../../controller/plan/status.ts";
import type { Resource, ResourceStatus } from "../../../controller/resource/meta.ts";
import { ipv4 } from "../../support/nginx-models.ts";
import { aRouterStatus } from "../../support/reports.ts";
import { aHealthCheck, aProxyPool, aVirtualIP } from "../../support/resources.ts";

const at = (ms: number): WallTime => ms as WallTime;

const router = aRouterStatus({ since: at(1000), because: "master: nobody else advertised" });
const seen: Seen = {
  node: "keepalive-a",
  now: at(5000),
  speakerPid: 7,
  membershipInForce: true,
  routers: [router],
  proxy: {
    programmed: true,
    reason: "Converged",
    message: "2 workers serve release x",
    since: at(2000),
    leftOut: [],
  },
  standings: new Map(),
  problems: [],
  rejections: [],
};
const status = (
  resource: Resource,
  extra: Partial<Seen> = {},
  all: readonly Resource[] = [],
): ResourceStatus => statusOf(resource, [resource, ...all], { ...seen, ...extra });
const condition = (of: ResourceStatus, type: string) => {
  const found = of.conditions.find((each) => each.type === type);
  return found === undefined ? null : [found.status, found.reason];
};

describe("a VirtualIP", () => {
  it("tells role, priority, since when and why", () => {
    assert.deepEqual(status(aVirtualIP()).nodes, [
      {
        node: "keepalive-a",
        state: "Master",
        priority: 90,
        holder: "keepalive-a",
        since: "1970-01-01T00:00:01.000Z",
        why: "master: nobody else advertised",
      },
    ]);
  });

  it("names the holder that it hears: as a member, or by an address that no member is known by", () => {
    const heard = (address: string): string | undefined => {
      const master = { address: ipv4(address), priority: 95 };
      const extra = { routers: [aRouterStatus({ role: "backup", master })] };
      const members = [
        { node: "keepalive-a", priority: 100 },
        { node: "keepalive-b", priority: 95, address: "172.16.253.105" },
      ];
      return status(aVirtualIP("web", { members }), extra).nodes[0]?.holder;
    };
    assert.equal(heard("172.16.253.105"), "keepalive-b");
    assert.equal(heard("172.16.253.9"), "172.16.253.9");
  });

  it("says which weight can never matter, where and why, and is ready all the same", () => {
    const vip = aVirtualIP("web", { track: [{ healthCheck: "nginx-alive", weight: -3 }] });
    const told = status(vip, {}, [aHealthCheck()]);
    assert.deepEqual(condition(told, "CanFailOver"), ["False", "WeightNeverMatters"]);
    assert.match(
      told.conditions.find(({ type }) => type === "CanFailOver")?.message ?? "",
      /^spec\.track\[0\]\.weight can never change who is elected: /,
    );
    assert.deepEqual(condition(told, "Ready"), ["True", "Ready"]);
  });

  const cases: { what: string; extra: Partial<Seen>; type: string; says: [string, string] }[] = [
    { what: "master", extra: {}, type: "Elected", says: ["True", "Master"] },
    { what: "all well", extra: {}, type: "Ready", says: ["True", "Ready"] },
    { what: "all well", extra: {}, type: "CanFailOver", says: ["True", "EveryCheckCounts"] },
    {
      what: "no speaker",
      extra: { speakerPid: null, routers: [] },
      type: "Ready",
      says: ["Unknown", "NoSpeaker"],
    },
    {
      what: "a change that is not in force yet",
      extra: { membershipInForce: false },
      type: "Programmed",
      says: ["Unknown", "Progressing"],
    },
    {
      what: "fault",
      extra: { routers: [{ ...router, role: "fault", because: "the link is down" }] },
      type: "Ready",
      says: ["False", "Fault"],
    },
    {
      what: "a missing interface",
      extra: {
        routers: [{ ...router, problems: [{ code: "interface-missing", message: "there is no ens33" }] }],
      },
      type: "Programmed",
      says: ["False", "InterfaceMissing"],
    },
    {
      what: "a backup that hears its master",
      extra: {
        routers: [{ ...router, role: "backup", master: { address: "10.0.0.1" as never, priority: 100 } }],
      },
      type: "Elected",
      says: ["True", "Backup"],
    },
  ];
  for (const { what, extra, type, says } of cases) {
    it(`says ${says.join(" ")} of ${type} with ${what}`, () => {
      assert.deepEqual(condition(status(aVirtualIP(), extra), type), says);
    });
  }

  it("stays ready when a newer manifest is rejected, and says so", () => {
    const rejection = {
      file: "web.yaml",
      line: 3,
      column: 5,
      path: "spec.x",
      resource: "VirtualIP/default/web",
      message: "unknown field",
    };
    const told = status(aVirtualIP(), { rejections: [rejection] });
    assert.deepEqual(condition(told, "Ready"), ["True", "Ready"]);
    assert.deepEqual(condition(told, "Accepted"), ["False", "ManifestRejected"]);
    assert.match(JSON.stringify(told.conditions), /web\.yaml:3:5: spec\.x: unknown field/);
  });
});

describe("a ProxyPool", () => {
  const check = aHealthCheck("web-up", { http: {} });
  const pool = aProxyPool("websrvs", { healthCheck: "web-up" });
  const standing = (host: string, verdict: CheckStanding["verdict"]): [string, CheckStanding] => {
    const id = `default/web-up@${host}:80`;
    return [
      id,
      { check: id, verdict, because: verdict === "healthy" ? "HTTP 200" : "HTTP 502", since: at(0) },
    ];
  };
  const cases: { what: string; standings: [string, CheckStanding][]; says: [string, string] }[] = [
    {
      what: "all healthy",
      standings: [standing("172.16.250.127", "healthy"), standing("172.16.253.193", "healthy")],
      says: ["True", "AllHealthy"],
    },
    {
      what: "one down",
      standings: [standing("172.16.250.127", "unhealthy"), standing("172.16.253.193", "healthy")],
      says: ["True", "SomeUnhealthy"],
    },
    {
      what: "all down",
      standings: [standing("172.16.250.127", "unhealthy"), standing("172.16.253.193", "unhealthy")],
      says: ["False", "NoneHealthy"],
    },
  ];
  for (const { what, standings, says } of cases) {
    it(`says ${says.join(" ")} with ${what}`, () => {
      assert.deepEqual(
        condition(status(pool, { standings: new Map(standings) }, [check]), "BackendsHealthy"),
        says,
      );
    });
  }

  it("says why nginx could not be given it", () => {
    const leftOut = [{ pool: "default/websrvs", message: "its page is too long" }];
    const proxy = { programmed: true, reason: "Converged", message: "", since: at(0), leftOut };
    assert.deepEqual(condition(status(pool, { proxy }), "Programmed"), ["False", "LeftOut"]);
  });

  it("names who holds its port", () => {
    const proxy = {
      programmed: false,
      reason: "PortInUse",
      message: "port 80 is held by httpd (pid 4711)",
      since: at(3000),
      leftOut: [],
    };
    const told = status(pool, { proxy });
    assert.deepEqual(condition(told, "Ready"), ["False", "PortInUse"]);
    assert.match(told.nodes[0]?.why ?? "", /httpd \(pid 4711\)/);
  });
});

it("a status that says the same is the same, and its transition times stand still", () => {
  const first = status(aVirtualIP());
  const again = statusOf({ ...aVirtualIP(), status: first }, [], { ...seen, now: at(99_000) });
  assert.ok(sameStatus(first, again));
});

it("leaves the entries of other nodes as they are", () => {
  const other = { node: "keepalive-b", state: "Backup", since: "x", why: "y" };
  const before: ResourceStatus = { observedGeneration: 1, conditions: [], nodes: [other] };
  const told = status({ ...aVirtualIP(), status: before });
  assert.deepEqual(
    told.nodes.map(({ node }) => node),
    ["keepalive-a", "keepalive-b"],
  );
});

describe("conflicts with others on the link", () => {
  const withConflict = (code: "rival-master" | "address-list"): Partial<Seen> => ({
    routers: [{ ...router, conflicts: [{ code, message: "the facts" }] }],
  });

  it("that make two holders are a split brain, and nothing is ready", () => {
    const of = status(aVirtualIP(), withConflict("rival-master"));
    assert.deepEqual(condition(of, "SplitBrain"), ["True", "RivalMaster"]);
    assert.deepEqual(condition(of, "PeersAgree"), ["True", "Agreed"]);
    assert.deepEqual(condition(of, "Ready"), ["False", "RivalMaster"]);
  });

  it("of configuration are told, and what works on is ready", () => {
    const of = status(aVirtualIP(), withConflict("address-list"));
    assert.deepEqual(condition(of, "PeersAgree"), ["False", "AddressList"]);
    assert.deepEqual(condition(of, "SplitBrain"), ["False", "NoRival"]);
    assert.deepEqual(condition(of, "Ready"), ["True", "Ready"]);
  });
});
