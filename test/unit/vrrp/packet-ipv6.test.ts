/** Version 3 over IPv6, the two checksum forms of IPv4 on the way out, and unicast with its own time to live. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { type IpAddress, parseIpAddress } from "../../../controller/net/ip.ts";
import { type Ipv6, parseIpv6 } from "../../../controller/net/ipv6.ts";
import { millis } from "../../../controller/net/time.ts";
import { withIpv6Header } from "../../../controller/vrrp/ipv6-header.ts";
import {
  type Advertisement,
  claimedRouterID,
  type DropReason,
  decodeAdvertisement,
  encodeAdvertisement,
  encodePacket,
} from "../../../controller/vrrp/packet.ts";
import { bytes, changed, toHex } from "./packet-bytes.ts";

const GROUP = ipv6("ff02::12");
const OURS = ipv6("fe80::c8");
const message: Advertisement = {
  version: 3,
  virtualRouterID: 10,
  priority: 200,
  adverInterval: millis(1000),
  addresses: [ip("fe80::1"), ip("2001:db8::1")],
  password: null,
};
const overIpv4: Advertisement = { ...message, addresses: [ip("192.0.2.1"), ip("192.0.2.2")] };
/** Computed by another implementation. */
const GOLDEN = "310ac8020064db5cfe80000000000000000000000000000120010db8000000000000000000000001";

it("version 3 over IPv6 is encoded, and decoded again", () => {
  assert.equal(toHex(encodeAdvertisement(message, OURS, GROUP)), GOLDEN);
  const decoded = decodeAdvertisement(withIpv6Header(bytes(GOLDEN), OURS, GROUP));
  assert.deepEqual(decoded, {
    ok: true,
    value: { advertisement: message, source: OURS, destination: GROUP, checksumForm: "pseudo-header" },
  });
});

it("the packet has hop limit 255 and internetwork control, and its length is that of the message", () => {
  const whole = encodePacket(message, OURS, GROUP);
  assert.equal(toHex(whole.subarray(0, 8)), "6c000000" + "0028" + "70" + "ff");
  assert.equal(toHex(whole.subarray(8, 24)), "fe8000000000000000000000000000c8");
  assert.equal(toHex(whole.subarray(24, 40)), "ff020000000000000000000000000012");
  assert.equal(toHex(whole.subarray(40)), GOLDEN);
  assert.equal(claimedRouterID(whole), 10);
});

it("the form of the checksum is chosen over IPv4, and is no choice over IPv6", () => {
  const [from, to] = [ip("192.0.2.251"), ip("224.0.0.18")];
  const messageOnly = encodeAdvertisement(overIpv4, from, to, "message-only");
  assert.equal(toHex(messageOnly), "310ac8020064828ac0000201c0000202");
  assert.equal(toHex(encodeAdvertisement(overIpv4, from, to)), "310ac8020064defbc0000201c0000202");
  assert.equal(toHex(encodeAdvertisement(message, OURS, GROUP, "message-only")), GOLDEN);
  const dressed = encodePacket(overIpv4, from, to, { checksumForm: "message-only", timeToLive: 255 });
  const decoded = decodeAdvertisement(dressed);
  assert.ok(decoded.ok);
  assert.equal(decoded.value.checksumForm, "message-only");
});

describe("unicast that has passed routers", () => {
  const peers = [
    { what: "IPv4", message: overIpv4, from: ip("192.0.2.251"), to: ip("198.51.100.7") },
    { what: "IPv6", message, from: ip("2001:db8::a"), to: ip("2001:db8:1::b") },
  ];
  for (const { what, message: sent, from, to } of peers) {
    const whole = encodePacket(sent, from, to, { checksumForm: "pseudo-header", timeToLive: 64 });
    const reasonWith = (minimum?: number): string => {
      const decoded = decodeAdvertisement(whole, minimum);
      return decoded.ok ? "accepted" : decoded.reason;
    };
    it(`is taken over ${what} down to the least time to live that is allowed`, () => {
      assert.deepEqual(
        [reasonWith(1), reasonWith(64), reasonWith(65)],
        ["accepted", "accepted", "ttl-too-low"],
      );
    });
    it(`is dropped over ${what} where nothing less than 255 is allowed`, () =>
      assert.equal(reasonWith(), "ttl-not-255"));
  }
});

describe("an IPv6 packet is dropped, and the reason told, when", () => {
  const whole = encodePacket(message, OURS, GROUP);
  const cases: { what: string; packet: Uint8Array; reason: DropReason }[] = [
    { what: "its header is cut", packet: whole.subarray(0, 39), reason: "packet-too-short" },
    { what: "it is cut", packet: whole.subarray(0, 79), reason: "packet-length-wrong" },
    { what: "it is a fragment", packet: changed(whole, 6, 44), reason: "not-vrrp" },
    { what: "it has passed a router", packet: changed(whole, 7, 254), reason: "ttl-not-255" },
    { what: "its message is cut", packet: packet(GOLDEN.slice(0, 14)), reason: "message-too-short" },
    { what: "it is of version 2", packet: changed(whole, 40, 0x21), reason: "version-unknown" },
    {
      what: "it has addresses of IPv4",
      packet: packet("310ac8020064defbc0000201c0000202"),
      reason: "message-length-wrong",
    },
    { what: "its checksum is wrong", packet: changed(whole, 79, 2), reason: "checksum-wrong" },
    {
      what: "its checksum covers the message only",
      packet: changed(changed(whole, 46, 0xda), 47, 0x52),
      reason: "checksum-wrong",
    },
  ];
  for (const { what, packet: heard, reason } of cases) {
    it(what, () => {
      const decoded = decodeAdvertisement(heard);
      assert.equal(decoded.ok ? "accepted" : decoded.reason, reason);
    });
  }
  it("and what is padded is sound", () =>
    assert.ok(decodeAdvertisement(Uint8Array.from([...whole, 0, 0, 0])).ok));
});

describe("what nobody could understand is a bug of the caller:", () => {
  it("addresses of both families", () =>
    assert.throws(
      () => encodeAdvertisement({ ...message, addresses: [ip("fe80::1"), ip("192.0.2.1")] }, OURS, GROUP),
      RangeError,
    ));
  it("version 2 over IPv6", () =>
    assert.throws(() => encodeAdvertisement({ ...message, version: 2 }, OURS, GROUP), RangeError));
  it("from one family to the other", () =>
    assert.throws(() => encodePacket(message, OURS, ip("224.0.0.18")), RangeError));
});

function ip(text: string): IpAddress {
  return parseIpAddress(text) ?? assert.fail(text);
}

function ipv6(text: string): Ipv6 {
  return parseIpv6(text) ?? assert.fail(text);
}

function packet(hex: string): Uint8Array {
  return withIpv6Header(bytes(hex), OURS, GROUP);
}
