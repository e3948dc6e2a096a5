import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { commonPrefixLength, type Topology, topologyOf } from "../../../controller/lab/topology.ts";
import { type Ipv4, parseIpv4 } from "../../../controller/net/ipv4.ts";
import { parseManifests } from "../../../controller/resource/parse.ts";
import { DUAL_MASTER, SINGLE_MASTER } from "../../support/lab-manifests.ts";

const ip = (text: string): Ipv4 => parseIpv4(text) ?? assert.fail(text);

function resultOf(files: Readonly<Record<string, string>>, client: string | null = null) {
  const parsed = Object.entries(files).map(([file, text]) => parseManifests(file, text));
  assert.deepEqual(
    parsed.flatMap(({ rejections }) => rejections),
    [],
  );
  return topologyOf(
    parsed.flatMap(({ manifests }) => manifests.map(({ manifest }) => manifest)),
    { client: client === null ? null : ip(client) },
  );
}

function topology(files: Readonly<Record<string, string>>, client: string | null = null): Topology {
  const result = resultOf(files, client);
  return result.ok ? result.topology : assert.fail(result.problems.join("; "));
}

const places = ({ machines }: Topology): string[] =>
  machines.map(({ name, interface: card, address }) => `${name} ${card} ${address}`);

const HEAD = "apiVersion: holdfast.dev/v1alpha1";
const virtualIP = (members: string, more = ""): string =>
  `${HEAD}\nkind: VirtualIP\nmetadata: {name: web}\nspec:\n  addresses: [192.0.2.10/32]\n  interface: eth0\n  vrrp: {virtualRouterID: 7}\n  members: ${members}\n${more}`;
const pool = (backends: string): string =>
  `${HEAD}\nkind: ProxyPool\nmetadata: {name: p}\nspec:\n  listeners: [{name: http, port: 80}]\n  backends: ${backends}\n`;

describe("the lab of the seed's single-master experiment", () => {
  const seed = topology(SINGLE_MASTER, "172.16.253.177");

  it("has the seed's machines at the seed's addresses", () => {
    assert.deepEqual(places(seed), [
      "keepalive-a ens33 172.16.253.108",
      "keepalive-b ens33 172.16.253.105",
      "rs1 ens33 172.16.250.127",
      "rs2 ens33 172.16.253.193",
      "client ens33 172.16.253.177",
    ]);
  });

  it("is one network that holds them all, and no larger than that", () => {
    assert.equal(seed.prefixLength, 21);
  });

  it("numbers the web servers' pages", () => {
    assert.deepEqual(
      seed.machines.flatMap(({ pages }) => pages),
      [
        { port: 80, body: "<h1> Web RS1 </h1>" },
        { port: 80, body: "<h1> Web RS2 </h1>" },
      ],
    );
  });

  it("has a mail server where the manifests expect one", () => {
    assert.deepEqual(seed.mailPorts, [25]);
  });
});

it("in the dual-master experiment each address has its preferred node first", () => {
  assert.deepEqual(
    topology(DUAL_MASTER).virtualIPs.map(({ members }) => members[0]),
    ["keepalive-a", "keepalive-b"],
  );
});

describe("a machine without an address in the manifests", () => {
  it("gets a free one in the network of the first virtual address", () => {
    const found = topology({
      "all.yaml": `${virtualIP("[{node: lb-1, address: 192.0.2.11}, {node: lb-2}]")}---\n${pool("[{address: app.example.com}, {address: 192.0.2.12}]")}`,
    });
    assert.deepEqual(places(found), [
      "lb-1 eth0 192.0.2.11",
      "lb-2 eth0 192.0.2.13",
      "rs1 eth0 192.0.2.14",
      "rs2 eth0 192.0.2.12",
      "client eth0 192.0.2.15",
    ]);
    assert.deepEqual(found.hostNames, [{ name: "app.example.com", address: "192.0.2.14" }]);
  });
});

describe("where manifests have IPv6, a machine", () => {
  const both = (members: string): Topology =>
    topology({
      "all.yaml": virtualIP(members).replace(
        "[192.0.2.10/32]",
        '[192.0.2.10/32, "fe80::10/128", "2001:db8:1::10/64"]',
      ),
    });
  const ipv6 = ({ machines }: Topology): string[] =>
    machines.map((each) => `${each.name} ${each.ipv6.join(" ")}`);

  it("has a link-local address and one beside the virtual ones, which end in its IPv4 address", () => {
    assert.deepEqual(ipv6(both("[{node: a, address: 192.0.2.20}]")), [
      "a fe80::c000:214/64 2001:db8:1::c000:214/64",
      "client fe80::c000:20b/64 2001:db8:1::c000:20b/64",
    ]);
  });

  it("has the one that the manifests say instead", () => {
    const [member] = ipv6(both('[{node: a, address: 192.0.2.20, addressV6: "fe80::a"}]'));
    assert.equal(member, "a fe80::a/64 2001:db8:1::c000:214/64");
  });

  it("is that of a backend which the manifests name by it, beside which everybody else gets one", () => {
    const text = `${virtualIP("[{node: a, address: 192.0.2.20}]")}---\n${pool('[{address: "2001:DB8:7::5"}]')}`;
    const lab = topology({ "all.yaml": text });
    assert.deepEqual(ipv6(lab), [
      "a fe80::c000:214/64 2001:db8:7::c000:214/64",
      "rs1 fe80::c000:20b/64 2001:db8:7::5/64",
      "client fe80::c000:20c/64 2001:db8:7::c000:20c/64",
    ]);
    assert.deepEqual(lab.hostNames, []);
  });

  it("and elsewhere none", () => {
    assert.deepEqual(ipv6(topology({ "all.yaml": virtualIP("[{node: a}]") })), ["a ", "client "]);
  });
});

describe("manifests that no lab can be made of", () => {
  const cases: readonly { readonly what: string; readonly text: string; readonly says: RegExp }[] = [
    { what: "without a VirtualIP", text: pool("[{address: 192.0.2.20}]"), says: /no VirtualIP/ },
    {
      what: "with a node called client",
      text: virtualIP("[{node: client}]"),
      says: /cannot be called client/,
    },
    {
      what: "with a node called as the lab calls its web servers",
      text: `${virtualIP("[{node: rs1}]")}---\n${pool("[{address: 192.0.2.20}]")}`,
      says: /cannot be called rs1/,
    },
    {
      what: "with a backend on a load balancer",
      text: `${virtualIP("[{node: a, address: 192.0.2.20}]")}---\n${pool("[{address: 192.0.2.20}]")}`,
      says: /192\.0\.2\.20 is also the address of a/,
    },
    {
      what: "with a node on two interfaces",
      text: `${virtualIP("[{node: a}]")}---\n${virtualIP("[{node: a, interface: eth1}]").replace("name: web", "name: other").replace("ID: 7", "ID: 8").replace("2.10/", "2.9/")}`,
      says: /a lab machine has one interface/,
    },
  ];
  for (const { what, text, says } of cases) {
    it(`${what} are told so`, () => {
      const result = resultOf({ "x.yaml": text });
      assert.equal(result.ok, false);
      assert.match(result.ok ? "" : result.problems.join("\n"), says);
    });
  }
});

describe("the network", () => {
  const cases: readonly { readonly addresses: readonly string[]; readonly length: number }[] = [
    { addresses: ["10.0.0.1", "10.0.0.2"], length: 24 },
    { addresses: ["10.0.0.1", "10.0.1.1"], length: 23 },
    // .255 would be the broadcast address of the /24.
    { addresses: ["10.0.0.255", "10.0.0.2"], length: 23 },
    { addresses: ["10.0.0.1", "192.0.2.1"], length: 0 },
  ];
  for (const { addresses, length } of cases) {
    it(`of ${addresses.join(" and ")} has a prefix of ${length}`, () => {
      assert.equal(commonPrefixLength(addresses.map(ip)), length);
    });
  }
});
