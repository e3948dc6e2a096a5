/** What is said about manifests that are right by themselves and wrong together. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { checkNode, crossCheck } from "../../../controller/plan/cross-check.ts";
import { parseManifests } from "../../../controller/resource/parse.ts";
import { formatRejection, type Rejection } from "../../../controller/resource/rejection.ts";
import { changed, HEALTH_CHECK, PROXY_POOL, VIRTUAL_IP } from "../../support/manifest-texts.ts";

type Files = Readonly<Record<string, string>>;

const SOUND: Files = { "check.yaml": HEALTH_CHECK, "vip.yaml": VIRTUAL_IP, "pool.yaml": PROXY_POOL };

function parsed(files: Files) {
  return Object.entries(files).flatMap(([file, text]) => {
    const { manifests, rejections } = parseManifests(file, text);
    assert.deepEqual(rejections, []);
    return manifests;
  });
}

const said = (files: Files): string[] => crossCheck(parsed(files)).rejections.map(formatRejection);

/** Of two manifests, the second as the first but for its name and what `changes` says. */
function second(text: string, changes: readonly (readonly [string, string])[]): string {
  return [["name: web", "name: other"] as const, ...changes].reduce(
    (result, [from, to]) => changed(result, from, to),
    text,
  );
}

describe("manifests that belong together", () => {
  it("are right", () => {
    assert.deepEqual(crossCheck(parsed(SOUND)), { rejections: [], warnings: [] });
  });
});

describe("a reference", () => {
  const cases: readonly {
    readonly what: string;
    readonly files: Files;
    readonly says: readonly string[];
  }[] = [
    {
      what: "to a check that is spelled otherwise",
      files: { ...SOUND, "vip.yaml": changed(VIRTUAL_IP, "web-up", "web-uo") },
      says: [
        'vip.yaml:15:21: spec.track[0].healthCheck: there is no HealthCheck "web-uo" in namespace "default", did you mean HealthCheck "web-up" (check.yaml:1)?',
      ],
    },
    {
      what: "of a pool to things that are not there",
      files: { "pool.yaml": PROXY_POOL },
      says: [
        'pool.yaml:6:16: spec.virtualIPs[0]: there is no VirtualIP "web" in namespace "default"',
        'pool.yaml:12:16: spec.healthCheck: there is no HealthCheck "web-up" in namespace "default"',
      ],
    },
    {
      what: "into another namespace",
      files: { ...SOUND, "pool.yaml": changed(PROXY_POOL, "metadata:", "metadata:\n  namespace: prod") },
      says: [
        'pool.yaml:7:16: spec.virtualIPs[0]: there is no VirtualIP "web" in namespace "prod", only in "default" (vip.yaml:1)',
        'pool.yaml:13:16: spec.healthCheck: there is no HealthCheck "web-up" in namespace "prod", only in "default" (check.yaml:1)',
      ],
    },
    {
      what: "of a pool to a check of the node itself",
      files: { ...SOUND, "check.yaml": changed(HEALTH_CHECK, "http: {path: /}", "process: {name: nginx}") },
      says: [
        'pool.yaml:12:16: spec.healthCheck: HealthCheck "web-up" (check.yaml:1) asks for a process of this node, which tells nothing of a backend; use tcp, http or exec',
      ],
    },
    {
      what: "of a VirtualIP to a check that does not know its port",
      files: { ...SOUND, "check.yaml": changed(HEALTH_CHECK, "http: {path: /}", "tcp: {}") },
      says: [
        'vip.yaml:15:21: spec.track[0].healthCheck: HealthCheck "web-up" (check.yaml:1) names no port; tcp.port is needed where a VirtualIP tracks the check',
      ],
    },
  ];
  for (const { what, files, says } of cases) it(what, () => assert.deepEqual(said(files), says));

  const { "check.yaml": _, ...withoutCheck } = SOUND;
  const refused = (resource: string | null): Rejection => ({
    file: "check.yaml",
    line: 1,
    column: 1,
    path: "",
    resource,
    message: "is wrong",
  });

  it("to what is refused already says nothing new", () => {
    const rejections = [refused("HealthCheck/default/web-up")];
    assert.deepEqual(crossCheck(parsed(withoutCheck), rejections).rejections, []);
    assert.equal(crossCheck(parsed(withoutCheck), [refused("HealthCheck/default/x")]).rejections.length, 2);
  });

  it("may be to anything while a document does not even tell its name", () => {
    assert.deepEqual(crossCheck(parsed(withoutCheck), [refused(null)]).rejections, []);
  });

  it("that nobody makes leaves a check without use, which is a warning", () => {
    const { warnings } = crossCheck(parsed({ "check.yaml": HEALTH_CHECK }));
    assert.deepEqual(warnings.map(formatRejection), [
      "check.yaml:4:9: metadata.name: nothing refers to this HealthCheck, so it is never asked",
    ]);
  });
});

describe("two manifests that claim", () => {
  const otherVip = (...changes: readonly (readonly [string, string])[]): Files => ({
    ...SOUND,
    "z.yaml": second(VIRTUAL_IP, changes),
  });
  const otherPool = (...changes: readonly (readonly [string, string])[]): Files => ({
    ...SOUND,
    "z.yaml": second(PROXY_POOL, changes),
  });
  const cases: readonly {
    readonly what: string;
    readonly files: Files;
    readonly says: readonly string[];
  }[] = [
    {
      what: "one name, and nothing else is said of the second",
      files: { ...SOUND, "z.yaml": VIRTUAL_IP },
      says: ["z.yaml:4:9: metadata.name: VirtualIP/default/web is defined in vip.yaml:1 already"],
    },
    {
      what: "one address",
      files: otherVip(["192.0.2.10/32", "192.0.2.11/32, 192.0.2.10/24"], ["51", "52"]),
      says: ['z.yaml:6:30: spec.addresses[1]: 192.0.2.10 is claimed by VirtualIP "web" (vip.yaml:6) already'],
    },
    {
      what: "one virtual router",
      files: otherVip(["192.0.2.10", "192.0.2.11"]),
      says: [
        'z.yaml:9:22: spec.vrrp.virtualRouterID: 51 is used by VirtualIP "web" (vip.yaml:9) too, on eth0 with group 224.0.0.18, and lb-1 is a member of both',
      ],
    },
    {
      what: "one virtual router, on the interface of one member",
      files: otherVip(
        ["192.0.2.10", "192.0.2.11"],
        ["eth0", "eth1"],
        ["{node: lb-2", "{interface: eth0, node: lb-2"],
      ),
      says: [
        'z.yaml:9:22: spec.vrrp.virtualRouterID: 51 is used by VirtualIP "web" (vip.yaml:9) too, on eth0 with group 224.0.0.18, and lb-2 is a member of both',
      ],
    },
    {
      what: "one number on two interfaces, which is right",
      files: otherVip(["192.0.2.10", "192.0.2.11"], ["eth0", "eth1"]),
      says: [],
    },
    {
      what: "one number in two groups, which is right",
      files: otherVip(["192.0.2.10", "192.0.2.11"], ["version: 3", "multicastGroup: 224.0.0.19"]),
      says: [],
    },
    {
      what: "one virtual MAC, though in two groups",
      files: {
        ...otherVip(
          ["192.0.2.10", "192.0.2.11"],
          ["version: 3", "virtualMAC: true\n    multicastGroup: 224.0.0.19"],
        ),
        "vip.yaml": changed(VIRTUAL_IP, "version: 3", "virtualMAC: true"),
      },
      says: [
        'z.yaml:9:22: spec.vrrp.virtualRouterID: 51 has one virtual MAC, which is used by VirtualIP "web" (vip.yaml:9) too, on eth0, and lb-1 is a member of both',
      ],
    },
    {
      what: "one number in two address families, which is right",
      files: otherVip(["192.0.2.10/32", '"fe80::11/128"']),
      says: [],
    },
    {
      what: "one virtual router over IPv6",
      files: {
        ...otherVip(["192.0.2.10/32", '"fe80::11/128"']),
        "y.yaml": changed(
          changed(VIRTUAL_IP, "192.0.2.10/32", '"fe80::12/128"'),
          "name: web",
          "name: another",
        ),
      },
      says: [
        'y.yaml:9:22: spec.vrrp.virtualRouterID: 51 is used by VirtualIP "other" (z.yaml:9) too, on eth0 over IPv6, and lb-1 is a member of both',
      ],
    },
    {
      what: "one number on other machines, which is right",
      files: otherVip(["192.0.2.10", "192.0.2.11"], ["lb-1", "lb-3"], ["lb-2", "lb-4"]),
      says: [],
    },
    {
      what: "all the same in another namespace, which is right",
      files: {
        ...SOUND,
        "z.yaml": [HEALTH_CHECK, VIRTUAL_IP, PROXY_POOL]
          .map((text) => changed(text, "metadata:", "metadata:\n  namespace: prod"))
          .join("---\n"),
      },
      says: [],
    },
    {
      what: "one port of one address",
      files: otherPool(["name: http", "name: h"]),
      says: [
        'z.yaml:8:23: spec.listeners[0].port: 80 on 192.0.2.10 is taken by ProxyPool "web-servers" (pool.yaml:8)',
      ],
    },
    {
      what: "one port of every address",
      files: {
        ...otherPool(["[web]", "[]"]),
        "pool.yaml": changed(PROXY_POOL, "[web]", "[]"),
      },
      says: [
        'z.yaml:8:26: spec.listeners[0].port: 80 on every address is taken by ProxyPool "web-servers" (pool.yaml:8)',
      ],
    },
    {
      what: "one port of one address and of every address, which is right",
      files: otherPool(["[web]", "[]"]),
      says: [],
    },
  ];
  for (const { what, files, says } of cases) it(what, () => assert.deepEqual(said(files), says));
});

describe("a pool that would send requests to itself", () => {
  it("by its address", () => {
    assert.deepEqual(said({ ...SOUND, "pool.yaml": changed(PROXY_POOL, "192.0.2.21", "192.0.2.10") }), [
      "pool.yaml:10:17: spec.backends[0].address: 192.0.2.10:80 is what the pool itself listens on: requests would go round in a circle",
    ]);
  });

  it("by the loopback address of IPv6, however it is spelled, when it listens on all", () => {
    const pool = changed(changed(PROXY_POOL, "192.0.2.21", '"0::1"'), "[web]", "[]");
    assert.deepEqual(said({ ...SOUND, "pool.yaml": pool }), [
      "pool.yaml:10:17: spec.backends[0].address: [::1]:80 is what the pool itself listens on: requests would go round in a circle",
    ]);
  });

  it("by the loopback address, when it listens on all", () => {
    const pool = changed(changed(PROXY_POOL, "192.0.2.21", "127.0.0.1"), "[web]", "[]");
    assert.deepEqual(said({ ...SOUND, "pool.yaml": pool }), [
      "pool.yaml:10:17: spec.backends[0].address: 127.0.0.1:80 is what the pool itself listens on: requests would go round in a circle",
    ]);
    assert.deepEqual(
      said({ ...SOUND, "pool.yaml": changed(pool, "127.0.0.1", "127.0.0.1, port: 8080") }),
      [],
    );
  });
});

describe("a node", () => {
  it("that a VirtualIP has as a member is known", () => {
    assert.equal(checkNode("lb-2", parsed(SOUND)), null);
  });

  it("that no VirtualIP has as a member is told who is", () => {
    assert.equal(checkNode("lb-9", parsed(SOUND)), 'no VirtualIP has a member "lb-9"; they name lb-1, lb-2');
    assert.equal(checkNode("lb-9", []), 'no VirtualIP has a member "lb-9"; there is no VirtualIP');
  });
});
