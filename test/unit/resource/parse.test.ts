/** What is said about manifests whose single fields are wrong, and what a sound one becomes. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { parseManifests } from "../../../controller/resource/parse.ts";
import { changed, HEALTH_CHECK, PROXY_POOL, refusals, VIRTUAL_IP } from "../../support/manifest-texts.ts";

interface Case {
  readonly what: string;
  readonly text: string;
  readonly says: readonly string[];
}

const FIELDS: readonly Case[] = [
  {
    what: "a number out of its range",
    text: changed(VIRTUAL_IP, "virtualRouterID: 51", "virtualRouterID: 256"),
    says: ["9:22: spec.vrrp.virtualRouterID: must be a whole number from 1 to 255, found 256"],
  },
  {
    what: "a fraction where a whole number is wanted",
    text: changed(VIRTUAL_IP, "priority: 95", "priority: 95.5"),
    says: ["13:30: spec.members[1].priority: must be a whole number from 1 to 255, found 95.5"],
  },
  {
    what: "a number in quotes",
    text: changed(VIRTUAL_IP, "priority: 95", 'priority: "95"'),
    says: [
      '13:30: spec.members[1].priority: must be a whole number from 1 to 255, found "95" as text: leave out the quotes',
    ],
  },
  {
    what: "a value that is none of two",
    text: changed(VIRTUAL_IP, "version: 3", "version: 4"),
    says: ["10:14: spec.vrrp.version: must be 2 or 3, found 4"],
  },
  {
    what: "a choice in the wrong case",
    text: changed(PROXY_POOL, "  healthCheck", "  algorithm: roundRobin\n  healthCheck"),
    says: [
      '12:14: spec.algorithm: must be RoundRobin or LeastConnections, found "roundRobin", did you mean "RoundRobin"?',
    ],
  },
  {
    what: "a text that should be a duration",
    text: changed(HEALTH_CHECK, "interval: 1s", "interval: 1 second"),
    says: [
      '7:13: spec.interval: must be a duration such as "250ms", "1s" or "1m30s", from 100ms to 1h, found "1 second"',
    ],
  },
  {
    what: "a number that should be a duration",
    text: changed(HEALTH_CHECK, "interval: 1s", "interval: 5"),
    says: [
      '7:13: spec.interval: must be a duration such as "250ms", "1s" or "1m30s", from 100ms to 1h, found 5',
    ],
  },
  {
    what: "a name that is a number to YAML",
    text: changed(HEALTH_CHECK, "name: web-up", "name: 12"),
    says: [
      "4:9: metadata.name: must be lower-case letters, digits and '-', starting and ending with a letter or digit, found 12: put it in quotes",
    ],
  },
  {
    what: "an address without a prefix length",
    text: changed(VIRTUAL_IP, "192.0.2.10/32", "192.0.2.10"),
    says: [
      '6:15: spec.addresses[0]: must be an address with a prefix length such as 192.0.2.10/32 or 2001:db8::10/64, found "192.0.2.10"',
    ],
  },
  {
    what: "an address that no resolver would take for a name",
    text: changed(PROXY_POOL, "192.0.2.21", "192.0.2.321"),
    says: [
      '10:17: spec.backends[0].address: must be an IPv4 address such as 192.0.2.10, an IPv6 address such as 2001:db8::10 or a lower-case host name such as web-1.example.com, found "192.0.2.321"',
    ],
  },
  {
    what: "a list that is too short",
    text: changed(VIRTUAL_IP, "[192.0.2.10/32]", "[]"),
    says: ["6:3: spec.addresses: must have at least 1 item, found none"],
  },
  {
    what: "a value that should be a list",
    text: changed(PROXY_POOL, "[web]", "web"),
    says: ['6:15: spec.virtualIPs: must be a list, found "web"'],
  },
  {
    what: "a field that is left empty",
    text: changed(HEALTH_CHECK, "http: {path: /}", "http:"),
    says: ["6:3: spec.http: must be a mapping, found nothing"],
  },
  {
    what: "a field that is missing",
    text: changed(VIRTUAL_IP, "  interface: eth0\n", ""),
    says: [
      "5:1: spec.interface: is missing, must be an interface name of 1 to 15 characters (interface that carries the addresses and the advertisements)",
    ],
  },
  {
    what: "a field that is missing in an item of a list",
    text: changed(VIRTUAL_IP, "{node: lb-2, priority: 95}", "{priority: 95}"),
    says: [
      "13:7: spec.members[1].node: is missing, must be a lower-case host name: letters, digits, '-' and '.' (name of the node, as its agent is started (--node; default: the host name))",
    ],
  },
  {
    what: "a field that nobody knows",
    text: changed(VIRTUAL_IP, "priority: 95", "prioritty: 95"),
    says: ['13:20: spec.members[1].prioritty: is an unknown field, did you mean "priority"?'],
  },
  {
    what: "a field that belongs elsewhere",
    text: changed(VIRTUAL_IP, "  interface: eth0", "  preempt: false\n  interface: eth0"),
    says: ["7:3: spec.preempt: is an unknown field here, did you mean spec.vrrp.preempt?"],
  },
  {
    what: "a field that belongs elsewhere, in another case",
    text: changed(VIRTUAL_IP, "  interface: eth0", "  virtualRouterId: 7\n  interface: eth0"),
    says: ["7:3: spec.virtualRouterId: is an unknown field here, did you mean spec.vrrp.virtualRouterID?"],
  },
  {
    what: "a password, which is not repeated",
    text: changed(
      VIRTUAL_IP,
      "version: 3",
      "version: 2\n    authentication: {type: Simple, password: two words}",
    ),
    says: ["11:46: spec.vrrp.authentication.password: must be printable ASCII without spaces"],
  },
  {
    what: "a field that is like no other",
    text: changed(PROXY_POOL, "{name: http, port: 80}", "{name: http, port: 80, tls: true}"),
    says: ["8:30: spec.listeners[0].tls: is an unknown field; known are name, protocol, port"],
  },
  {
    what: "what the server writes",
    text: changed(HEALTH_CHECK, "metadata:\n", "status: {}\nmetadata:\n  uid: 7f\n"),
    says: [
      "3:1: status: is written by the server: leave it out of manifests",
      "5:3: metadata.uid: is written by the server: leave it out of manifests",
    ],
  },
  {
    what: "labels that Kubernetes would refuse",
    text: changed(HEALTH_CHECK, "  name:", '  labels: {a b: c, team: "-"}\n  name:'),
    says: [
      `4:12: metadata.labels["a b"]: must be NAME or DOMAIN/NAME: up to 63 letters, digits, '-', '_' and '.', starting and ending with a letter or digit`,
      `4:26: metadata.labels.team: must be up to 63 letters, digits, '-', '_' and '.', starting and ending with a letter or digit, found "-"`,
    ],
  },
];

const DOCUMENTS: readonly Case[] = [
  {
    what: "a kind that is spelled otherwise",
    text: changed(VIRTUAL_IP, "kind: VirtualIP", "kind: VirtualIp"),
    says: [
      '2:7: kind: must be HealthCheck, VirtualIP or ProxyPool, found "VirtualIp", did you mean "VirtualIP"?',
    ],
  },
  {
    what: "a version that is not there",
    text: changed(HEALTH_CHECK, "v1alpha1", "v1"),
    says: ['1:13: apiVersion: must be holdfast.dev/v1alpha1, found "holdfast.dev/v1"'],
  },
  {
    what: "no name",
    text: changed(HEALTH_CHECK, "  name: web-up\n", "  {}\n"),
    says: [
      "3:1: metadata.name: is missing, must be lower-case letters, digits and '-', starting and ending with a letter or digit (name of the resource, unique among those of its kind in the namespace)",
    ],
  },
  {
    what: "a list in place of a manifest",
    text: "- a\n",
    says: ["1:1: must be a mapping with apiVersion, kind, metadata and spec, found a list"],
  },
  {
    what: "no spec",
    text: HEALTH_CHECK.slice(0, HEALTH_CHECK.indexOf("spec:")),
    says: ["1:1: spec: is missing, must be a mapping (a question asked again and again)"],
  },
];

describe("one is told about", () => {
  for (const { what, text, says } of [...FIELDS, ...DOCUMENTS])
    it(what, () => assert.deepEqual(refusals(text), says));

  it("everything in a file at once, in the order of the text", () => {
    const vip = changed(VIRTUAL_IP, "51", "0").replace("lb-2", "lb-1").replace("notify: []", "notify: [{}]");
    assert.deepEqual(refusals(`${vip}---\n${changed(HEALTH_CHECK, "http", "htp")}---\na: [\n`), [
      "9:22: spec.vrrp.virtualRouterID: must be a whole number from 1 to 255, found 0",
      '13:14: spec.members[1].node: "lb-1" is in spec.members[0] already',
      "16:12: spec.notify[0]: must have exactly one of mail and exec, found none",
      "22:1: spec: must have exactly one probe (process, file, exec, tcp or http), found none",
      '23:3: spec.htp: is an unknown field, did you mean "http"?',
      "27:1: is not valid YAML: Flow sequence in block collection must be sufficiently indented and end with a ]",
    ]);
  });

  it("no more than a hundred things in one file", () => {
    const said = refusals("- a\n---\n".repeat(150));
    assert.equal(said.length, 100);
    assert.equal(said.at(-1), "199:1: and 51 more from here on");
  });
});

describe("a sound file", () => {
  it("becomes manifests with all defaults, each with the places of its fields", () => {
    const { manifests, rejections, warnings } = parseManifests(
      "web.yaml",
      `# first\n${HEALTH_CHECK}---\n---\n# nothing\n---\n${VIRTUAL_IP}`,
    );
    assert.deepEqual([rejections, warnings], [[], []]);
    const [check, vip] = manifests;
    assert.deepEqual(check?.manifest, {
      apiVersion: "holdfast.dev/v1alpha1",
      kind: "HealthCheck",
      metadata: { name: "web-up", namespace: "default" },
      spec: {
        http: { path: "/", method: "GET" },
        interval: "1s",
        timeout: "1s",
        fall: 2,
        rise: 2,
        jitter: 0,
        initialState: "Pending",
      },
    });
    assert.deepEqual([check.file, check.line, check.column], ["web.yaml", 2, 1]);
    assert.deepEqual([vip?.file, vip?.line, vip?.column], ["web.yaml", 13, 1]);
    assert.deepEqual(vip?.position(["spec", "members", 1, "priority"]), { line: 25, column: 30 });
    assert.deepEqual(vip.position(["spec", "vrrp", "preempt"]), { line: 20, column: 3 });
    assert.deepEqual(vip.position([]), { line: 13, column: 1 });
  });

  it("may be empty, or hold nothing but comments", () => {
    for (const text of ["", "\n", "# nothing\n", "---\n...\n", "---\n# a\n---\nnull\n", "\ufeff"])
      assert.deepEqual(parseManifests("f", text), { manifests: [], rejections: [], warnings: [] });
  });

  it("may be JSON, and may use anchors", () => {
    const { manifests } = parseManifests("f.yaml", HEALTH_CHECK);
    const json = JSON.stringify(manifests[0]?.manifest);
    assert.deepEqual(parseManifests("f.json", json).manifests[0]?.manifest, manifests[0]?.manifest);
    const anchored = HEALTH_CHECK.replace("web-up", "&n web-up").replace("{path: /}", "{hostHeader: *n}");
    const [found] = parseManifests("f.yaml", anchored).manifests;
    assert.equal(found?.manifest.kind === "HealthCheck" && found.manifest.spec.http?.hostHeader, "web-up");
  });
});
