import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { DesiredNode } from "../../../controller/plan/desired.ts";
import { foreseen } from "../../../controller/plan/foresight.ts";
import { resolve } from "../../../controller/plan/resolve.ts";
import type { Resource } from "../../../controller/resource/meta.ts";
import { parseManifests } from "../../../controller/resource/parse.ts";

const POOL = `
---
apiVersion: holdfast.dev/v1alpha1
kind: ProxyPool
metadata: {name: web}
spec:
  virtualIPs: [web]
  listeners: [{name: http, port: 80}]
  backends: [{address: 192.0.2.21, port: 80}]
`;

function desired(
  changes: { readonly priority?: number; readonly id?: number; readonly more?: string } = {},
): DesiredNode {
  const { priority = 100, id = 51, more = "" } = changes;
  const text = `apiVersion: holdfast.dev/v1alpha1
kind: VirtualIP
metadata: {name: web}
spec:
  addresses: [192.0.2.10/24]
  interface: eth0
  vrrp: {virtualRouterID: ${id}}
  members: [{node: lb-1, priority: ${priority}}, {node: lb-2, priority: 90}]
${more}`;
  const { manifests, rejections } = parseManifests("web.yaml", text);
  assert.deepEqual(rejections, []);
  const metadata = {
    uid: "u",
    generation: 1,
    resourceVersion: "1",
    creationTimestamp: "2026-01-01T00:00:00Z",
  };
  const resources = manifests.map(
    ({ manifest }) => ({ ...manifest, metadata: { ...manifest.metadata, ...metadata } }) as Resource,
  );
  return resolve(resources, {
    node: "lb-1",
    passwords: new Map(),
    verdicts: new Map(),
    nginx: { statusSocket: "/run/s", runtimeDir: "/run" },
    drain: null,
  });
}

const NOTHING = (): DesiredNode => ({ ...desired(), routers: [], proxy: null });

describe("what a change would do", () => {
  it("is nothing where nothing changes", () => {
    assert.deepEqual(foreseen("lb-1", desired(), desired()), { plan: [], warnings: [] });
  });

  it("names what comes and what goes, and warns of what goes", () => {
    assert.deepEqual(foreseen("lb-1", NOTHING(), desired()), {
      plan: ["lb-1 takes part in default/web"],
      warnings: [],
    });
    const gone = ["lb-1 leaves default/web, handing over first"];
    assert.deepEqual(foreseen("lb-1", desired(), NOTHING()), { plan: gone, warnings: gone });
  });

  it("names the fields, and how much it disturbs", () => {
    const { plan, warnings } = foreseen("lb-1", desired(), desired({ priority: 80 }));
    assert.deepEqual(plan, warnings);
    assert.match(String(plan[0]), /^default\/web on lb-1: hand-over, because of members\[\]\.priority/);
    const [other] = foreseen("lb-1", desired(), desired({ id: 52 })).warnings;
    assert.match(
      String(other),
      /^default\/web on lb-1: re-election, because of vrrp\.virtualRouterID; until all members/,
    );
  });

  it("tells of nginx's new configuration, which disturbs nobody", () => {
    const { plan, warnings } = foreseen("lb-1", desired(), desired({ more: POOL }));
    assert.deepEqual(warnings, []);
    assert.match(String(plan[0]), /^nginx on lb-1 gets a new configuration, tested first/);
  });
});
