/** Addresses of both families as values: their one spelling, their order, and which network they lie in. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import {
  compareIp,
  containsIp,
  formatIpPrefix,
  type IpAddress,
  type IpPrefix,
  isHostPrefix,
  isLinkLocal,
  isMulticast,
  parseIpAddress,
  parseIpPrefix,
} from "../../../controller/net/ip.ts";
import { ipv6FromBytes, parseIpv6, writeIpv6 } from "../../../controller/net/ipv6.ts";

const ip = (text: string): IpAddress => parseIpAddress(text) ?? assert.fail(text);
const prefix = (text: string): IpPrefix => parseIpPrefix(text) ?? assert.fail(text);

describe("an IPv6 address is taken in every spelling and kept in that of RFC 5952:", () => {
  const cases = [
    ["2001:DB8::1", "2001:db8::1"],
    ["2001:0db8:0000:0000:0000:0000:0000:0001", "2001:db8::1"],
    ["2001:db8:0:0:1:0:0:1", "2001:db8::1:0:0:1"],
    ["2001:0:0:1:0:0:0:1", "2001:0:0:1::1"],
    ["2001:db8:0:1:1:1:1:1", "2001:db8:0:1:1:1:1:1"],
    ["2001:db8::1:1:1:1:1", "2001:db8:0:1:1:1:1:1"],
    ["0:0:0:0:0:0:0:0", "::"],
    ["::", "::"],
    ["0:0:0:0:0:0:0:1", "::1"],
    ["fe80:0::", "fe80::"],
    ["::ffff:c000:201", "::ffff:192.0.2.1"],
    ["::FFFF:192.0.2.1", "::ffff:192.0.2.1"],
    ["64:ff9b::192.0.2.33", "64:ff9b::c000:221"],
    ["1:2:3:4:5:6:7:8", "1:2:3:4:5:6:7:8"],
  ] as const;
  for (const [text, canonical] of cases) it(text, () => assert.equal(parseIpv6(text), canonical));
});

describe("what is no IPv6 address is refused:", () => {
  const cases = [
    "",
    ":",
    ":::",
    "1:2:3:4:5:6:7",
    "1:2:3:4:5:6:7:8:9",
    "1:2:3:4:5:6:7:8::",
    "::1::",
    ":1:2:3:4:5:6:7",
    "1:2:3:4:5:6:7:",
    "12345::",
    "g::",
    "fe80::1%eth0",
    "::ffff:192.0.2.256",
    "::ffff:192.0.02.1",
    "::192.0.2.1:1",
    "192.0.2.1",
    " ::1",
    "2001:db8::1/64",
  ];
  for (const text of cases) it(`"${text}"`, () => assert.equal(parseIpv6(text), null));
});

it("an IPv6 address is the same after a way through its bytes, wherever they lie", () => {
  for (const text of ["::", "::1", "fe80::c8", "2001:db8:1:2:3:4:5:6", "::ffff:192.0.2.1"]) {
    const bytes = new Uint8Array(20).fill(0xee);
    writeIpv6(parseIpv6(text) ?? assert.fail(text), bytes, 3);
    assert.equal(ipv6FromBytes(bytes, 3), text);
    assert.deepEqual([bytes[2], bytes[19]], [0xee, 0xee]);
  }
});

it("a prefix is of either family, keeps its host bits, and knows whether it is one address", () => {
  for (const text of ["172.16.253.150/32", "10.0.0.1/8", "2001:db8::1/64", "fe80::1/128"])
    assert.equal(formatIpPrefix(prefix(text)), text);
  for (const text of ["10.0.0.1", "10.0.0.1/33", "::1/129", "::1/", "::1/-1", "::1/64/64", "/64", "::/1e1"])
    assert.equal(parseIpPrefix(text), null, text);
  assert.deepEqual(["10.0.0.1/32", "10.0.0.1/24", "::1/128", "::1/32"].map(prefix).map(isHostPrefix), [
    true,
    false,
    true,
    false,
  ]);
});

it("addresses are ordered as numbers, not as texts", () => {
  const sorted = [
    "9.255.255.255",
    "10.0.0.9",
    "10.0.0.10",
    "200.0.0.1",
    "::9",
    "::a",
    "::10",
    "1::",
    "fe80::1",
  ];
  for (const [i, a] of sorted.entries())
    for (const [j, b] of sorted.entries())
      assert.equal(Math.sign(compareIp(ip(a), ip(b))), Math.sign(i - j), `${a} and ${b}`);
});

it("an address lies in a network of its own family", () => {
  const cases = [
    ["10.1.0.0/16", "10.1.255.255", true],
    ["10.1.0.0/16", "10.2.0.0", false],
    ["10.1.2.3/17", "10.1.127.9", true],
    ["10.1.2.3/17", "10.1.128.9", false],
    ["0.0.0.0/0", "255.255.255.255", true],
    ["10.0.0.1/32", "10.0.0.1", true],
    ["2001:db8::/32", "2001:db8:ffff::1", true],
    ["2001:db8::/32", "2001:db9::1", false],
    ["2001:db8::8/125", "2001:db8::f", true],
    ["2001:db8::8/125", "2001:db8::10", false],
    ["::/0", "fe80::1", true],
    ["::/0", "10.0.0.1", false],
    ["0.0.0.0/0", "::1", false],
  ] as const;
  for (const [network, address, isInside] of cases)
    assert.equal(containsIp(prefix(network), ip(address)), isInside, `${address} in ${network}`);
});

it("multicast and link-local addresses are told from others", () => {
  const of = (is: (address: IpAddress) => boolean, ...texts: readonly string[]): string[] =>
    texts.filter((text) => is(ip(text)));
  const all = [
    "223.9.9.9",
    "224.0.0.18",
    "239.1.1.1",
    "240.0.0.1",
    "feff::",
    "ff02::12",
    "169.254.1.1",
    "169.255.0.0",
  ];
  assert.deepEqual(of(isMulticast, ...all), ["224.0.0.18", "239.1.1.1", "ff02::12"]);
  assert.deepEqual(of(isLinkLocal, ...all, "fe80::1", "febf::1", "fec0::1"), [
    "169.254.1.1",
    "fe80::1",
    "febf::1",
  ]);
});
