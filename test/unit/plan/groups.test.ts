/** VirtualIPs that move together, what they track, and whom they prefer. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { crossCheck } from "../../../controller/plan/cross-check.ts";
import type { Surroundings } from "../../../controller/plan/desired.ts";
import { resolve } from "../../../controller/plan/resolve.ts";
import type { Resource } from "../../../controller/resource/meta.ts";
import { parseManifests } from "../../../controller/resource/parse.ts";
import { formatRejection } from "../../../controller/resource/rejection.ts";
import { changed, HEALTH_CHECK, VIRTUAL_IP } from "../../support/manifest-texts.ts";
import { aHealthCheck, aVirtualIP } from "../../support/resources.ts";

const surroundings: Surroundings = {
  node: "keepalive-a",
  passwords: new Map(),
  verdicts: new Map(),
  nginx: { statusSocket: "/run/holdfast/nginx.sock", runtimeDir: "/run/holdfast/nginx" },
  drain: null,
};
const desire = (resources: readonly Resource[], node = "keepalive-a") =>
  resolve(resources, { ...surroundings, node });

describe("a VirtualIP of a group", () => {
  const outside = aVirtualIP("outside", { group: "gateway", track: [{ healthCheck: "up" }] });
  const inside = aVirtualIP("inside", {
    group: "gateway",
    vrrp: { virtualRouterID: 52 },
    track: [
      { interface: "ens37", weight: -10 },
      { gateway: "172.16.253.2", weight: -20 },
      { healthCheck: "up" },
    ],
  });
  const alone = aVirtualIP("gateway", { vrrp: { virtualRouterID: 53 } });
  const up = aHealthCheck("up");

  it("shares its fate with the others of the group, and not with a VirtualIP of the same name", () => {
    const { routers } = desire([outside, inside, alone, up]);
    assert.deepEqual(
      routers.map(({ name, fate }) => `${name} ${fate}`),
      [
        "default/gateway default/gateway",
        "default/inside default/group/gateway",
        "default/outside default/group/gateway",
      ],
    );
  });

  it("tracks what any of them tracks, each once, and this node asks for the gateway", () => {
    const { routers, checks } = desire([outside, inside, up]);
    const tracks = [
      { interface: "ens37", weight: -10 },
      { check: "gateway 172.16.253.2", weight: -20 },
      { check: "default/up", weight: null },
    ];
    assert.deepEqual(
      routers.map((router) => router.tracks),
      [tracks, tracks],
    );
    const gateway = checks.find(({ id }) => id === "gateway 172.16.253.2");
    assert.deepEqual(gateway?.probe, { type: "neighbour", address: "172.16.253.2" });
  });

  it("is told of with the others", () => {
    const { audiences } = desire([outside, inside, alone, up]);
    assert.equal(audiences.get("default/inside")?.group, "gateway, with outside");
    assert.equal(audiences.get("default/gateway")?.group, null);
  });
});

describe("VirtualIPs with placement Spread", () => {
  const members = ["a", "b", "c"].map((node) => ({ node }));
  const vip = (name: string, id: number, extra: object = {}) =>
    aVirtualIP(name, { placement: "Spread", members, vrrp: { virtualRouterID: id }, ...extra });
  const set = [vip("one", 1), vip("two", 2), vip("three", 3)];
  const priorities = (resources: readonly Resource[], name: string): readonly (number | undefined)[] =>
    ["a", "b", "c"].map(
      (node) =>
        desire(resources, node).routers.find((router) => router.name === `default/${name}`)?.basePriority,
    );

  it("prefer each another of as many members, and rank them all", () => {
    const ranked = set.map(({ metadata }) => priorities(set, metadata.name));
    for (const each of ranked) assert.deepEqual([...each].sort(), [180, 190, 200]);
    assert.deepEqual(
      [0, 1, 2].map((node) => ranked.filter((each) => each[node] === 200).length),
      [1, 1, 1],
    );
  });

  it("of one group count as one, and prefer the same", () => {
    const grouped = [...set, vip("four", 4, { group: "one" }), vip("five", 5, { group: "one" })];
    assert.deepEqual(priorities(grouped, "four"), priorities(grouped, "five"));
  });

  it("know the best of the others as their rival", () => {
    const { routers } = desire(set, "a");
    for (const { basePriority, rivalPriority } of routers)
      assert.equal(rivalPriority, basePriority === 200 ? 190 : 200);
  });
});

describe("manifests of one group", () => {
  const first = changed(VIRTUAL_IP, "  interface: eth0", "  group: gateway\n  interface: eth0");
  const said = (...changes: readonly (readonly [string, string])[]): string[] => {
    const second = [
      ["name: web", "name: other"] as const,
      ["192.0.2.10", "192.0.2.11"] as const,
      ["virtualRouterID: 51", "virtualRouterID: 52"] as const,
      ...changes,
    ].reduce((text, [from, to]) => changed(text, from, to), first);
    const files = { "check.yaml": HEALTH_CHECK, "vip.yaml": first, "other.yaml": second };
    const located = Object.entries(files).flatMap(([file, text]) => parseManifests(file, text).manifests);
    return crossCheck(located).rejections.map(formatRejection);
  };

  it("are right when they agree, also in other words, and differ in what belongs to the line", () => {
    assert.deepEqual(said(), []);
    assert.deepEqual(said(["    version: 3", "    advertisementInterval: 1000ms"]), []);
    assert.deepEqual(said(["    version: 3", "    multicastGroup: 224.0.0.19"]), []);
  });

  const cases: readonly (readonly [string, readonly [string, string], string])[] = [
    [
      "a priority",
      ["priority: 95", "priority: 90"],
      'other.yaml:14:30: spec.members[1].priority: must agree within the group "gateway": lb-2 has priority 90 here and 95 in VirtualIP "web" (vip.yaml:12)',
    ],
    [
      "a member",
      ["node: lb-2", "node: lb-3"],
      'other.yaml:14:14: spec.members[1].node: must agree within the group "gateway": lb-3 is no member of VirtualIP "web" (vip.yaml:12)',
    ],
    [
      "how they elect",
      ["    version: 3", "    preempt: false"],
      'other.yaml:11:14: spec.vrrp.preempt: must agree within the group "gateway": found false, but VirtualIP "web" (vip.yaml:9) says true',
    ],
    [
      "an interval",
      ["    version: 3", "    advertisementInterval: 2s"],
      'other.yaml:11:28: spec.vrrp.advertisementInterval: must agree within the group "gateway": found 2s, but VirtualIP "web" (vip.yaml:9) says 1s',
    ],
    [
      "a weight",
      ["weight: -10", "weight: -20"],
      'other.yaml:16:7: spec.track[0]: must agree within the group "gateway": web-up has weight -20 here and weight -10 in VirtualIP "web" (vip.yaml:16)',
    ],
  ];
  for (const [what, change, message] of cases) {
    it(`may not disagree about ${what}`, () => assert.equal(said(change)[0], message));
  }
});
