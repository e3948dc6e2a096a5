/** What the addresses of a VirtualIP and of its members must be, in both families. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { cautions, refusals } from "../../support/manifest-texts.ts";

interface Terms {
  readonly addresses: string;
  readonly vrrp?: string;
  readonly members?: string;
}

const manifest = ({ addresses, vrrp = "", members = "[{node: lb-1}]" }: Terms): string =>
  `apiVersion: holdfast.dev/v1alpha1
kind: VirtualIP
metadata: {name: web}
spec:
  addresses: ${addresses}
  interface: eth0
  vrrp: {virtualRouterID: 51${vrrp}}
  members: ${members}
`;

interface Case extends Terms {
  readonly what: string;
  readonly says: readonly string[];
  readonly warns?: readonly string[];
}

const NOT_LINK_LOCAL =
  "should be link-local (fe80::/10) as the first IPv6 address (RFC 9568 §5.2.9), found 2001:db8::10: keepalived does without, other routers may not";
const ninety = Array.from({ length: 90 }, (_, i) => `"fe80::${(i + 1).toString(16)}/128"`);
const UNICAST = ", unicast: true";

describe("the addresses of a VirtualIP", () => {
  const cases: readonly Case[] = [
    { what: "of both families", addresses: '[192.0.2.10/32, "fe80::10/128", "2001:db8::10/64"]', says: [] },
    {
      what: "of IPv6 alone, in any spelling",
      addresses: '["FE80:0::10/128", "2001:DB8:0:0::10/64"]',
      says: [],
    },
    {
      what: "that are the same in two spellings",
      addresses: '["fe80::10/128", "2001:db8::10/64", "2001:0DB8::0010/128"]',
      says: ["5:50: spec.addresses[2]: 2001:db8::10 is in spec.addresses[1] already"],
    },
    {
      what: "of IPv6 without a link-local one first",
      addresses: '["2001:db8::10/64", "fe80::10/128"]',
      says: [],
      warns: [`5:15: spec.addresses[0]: ${NOT_LINK_LOCAL}`],
    },
    {
      what: "of IPv6 without a link-local one first where the RFC counts",
      addresses: '["2001:db8::10/64"]',
      vrrp: ", peerProfile: rfc9568",
      says: [
        "5:15: spec.addresses[0]: must be link-local (fe80::/10) as the first IPv6 address (RFC 9568 §5.2.9), found 2001:db8::10",
      ],
    },
    {
      what: "of IPv6 with version 2",
      addresses: '[192.0.2.10/32, "fe80::10/128"]',
      vrrp: ", version: 2",
      says: [
        "5:30: spec.addresses[1]: must be an IPv4 address with version: 2, which knows no IPv6, found fe80::10",
      ],
    },
    {
      what: "that no host can have",
      addresses: '["ff02::1/64", "::1/128", "::/0", "::ffff:192.0.2.1/128"]',
      says: [
        "5:15: spec.addresses[0]: must be an address that a host can have, but ff02::1 is a multicast address",
        "5:29: spec.addresses[1]: must be an address that a host can have, but ::1 is a loopback address",
        "5:40: spec.addresses[2]: must be an address that a host can have, but :: names no host",
        "5:48: spec.addresses[3]: must be an address that a host can have, but ::ffff:192.0.2.1 stands for an IPv4 address",
      ],
      warns: [],
    },
    { what: "of IPv6 that just fit a packet", addresses: `[${ninety.join(", ")}]`, says: [] },
    {
      what: "of IPv6 that do not fit a packet",
      addresses: `[${[...ninety, '"fe80::ff/128"'].join(", ")}]`,
      says: ["5:3: spec.addresses: must have at most 90 IPv6 addresses, which fit one packet, found 91"],
    },
    {
      what: "with a zone",
      addresses: '["fe80::10%eth0/128"]',
      says: [
        '5:15: spec.addresses[0]: must be an address with a prefix length such as 192.0.2.10/32 or 2001:db8::10/64, found "fe80::10%eth0/128"',
      ],
    },
  ];
  for (const { what, says, warns = [], ...terms } of cases)
    it(what, () => {
      const text = manifest(terms);
      assert.deepEqual(refusals(text), says);
      if (says.length === 0 || warns.length > 0) assert.deepEqual(cautions(text), warns);
    });
});

describe("the addresses of members", () => {
  const addresses = '["fe80::10/128"]';
  const cases: readonly Case[] = [
    {
      what: "link-local, for the group",
      addresses,
      members: '[{node: lb-1, addressV6: "fe80::1"}]',
      says: [],
    },
    {
      what: "of the world, for the group",
      addresses,
      members: '[{node: lb-1, addressV6: "2001:db8::1"}]',
      says: [
        "8:37: spec.members[0].addressV6: must be link-local (fe80::/10) without unicast: true (RFC 9568 §5.1.2.1), found 2001:db8::1",
      ],
    },
    {
      what: "of the world, by unicast",
      addresses,
      vrrp: UNICAST,
      members: '[{node: lb-1, addressV6: "2001:db8::1"}, {node: lb-2, addressV6: "2001:db8::2"}]',
      says: [],
    },
    {
      what: "missing in the family that needs it, by unicast",
      addresses,
      vrrp: UNICAST,
      members: '[{node: lb-1, addressV6: "2001:db8::1"}, {node: lb-2, address: 192.0.2.2}]',
      says: [
        "8:53: spec.members[1].addressV6: needs its address, to which the others send with unicast: true, and lb-2 has none",
      ],
    },
    {
      what: "missing in one of two families, by unicast",
      addresses: '[192.0.2.10/32, "fe80::10/128"]',
      vrrp: UNICAST,
      members:
        '[{node: lb-1, address: 192.0.2.1, addressV6: "2001:db8::1"}, {node: lb-2, addressV6: "2001:db8::2"}]',
      says: [
        "8:73: spec.members[1].address: needs its address, to which the others send with unicast: true, and lb-2 has none",
      ],
    },
    {
      what: "that are virtual",
      addresses,
      members: '[{node: lb-1, addressV6: "FE80::10"}]',
      says: [
        "8:37: spec.members[0].addressV6: must be the node's own address, but fe80::10 is virtual (spec.addresses[0])",
      ],
    },
    {
      what: "that two have",
      addresses,
      members: '[{node: lb-1, addressV6: "fe80::1"}, {node: lb-2, addressV6: "fe80:0::1"}]',
      says: ["8:73: spec.members[1].addressV6: fe80::1 is in spec.members[0] already"],
    },
  ];
  for (const { what, says, ...terms } of cases)
    it(what, () => assert.deepEqual(refusals(manifest(terms)), says));
});
