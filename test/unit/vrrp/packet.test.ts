/**
 * The wire form against messages that keepalived 2.2.7 has sent (captured) and others that were computed independently;
 * and every way in which a packet can be wrong.
 */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { internetChecksum } from "../../../controller/net/checksum.ts";
import { type Ipv4, parseIpv4 } from "../../../controller/net/ipv4.ts";
import { millis } from "../../../controller/net/time.ts";
import { withIpv4Header } from "../../../controller/vrrp/ipv4-header.ts";
import {
  type Advertisement,
  type DropReason,
  decodeAdvertisement,
  encodeAdvertisement,
  encodePacket,
} from "../../../controller/vrrp/packet.ts";
import { simplePassword } from "../../../controller/vrrp/password.ts";
import { bytes, changed, toHex } from "./packet-bytes.ts";

const GROUP = ip("224.0.0.18");
const OURS = ip("192.0.2.251");
const v2: Advertisement = {
  version: 2,
  virtualRouterID: 51,
  priority: 100,
  adverInterval: millis(1000),
  addresses: [ip("192.168.200.17")],
  password: null,
};
const v3: Advertisement = {
  version: 3,
  virtualRouterID: 10,
  priority: 200,
  adverInterval: millis(1000),
  addresses: [ip("192.0.2.1"), ip("192.0.2.2")],
  password: null,
};

describe("an advertisement is encoded, and decoded again, as", () => {
  const one = [ip("10.9.0.100")];
  const cases = [
    { what: "v2 without authentication", message: v2, hex: "213364010001f20fc0a8c8110000000000000000" },
    {
      what: "v2 with a password",
      message: { ...v2, password: simplePassword("1111") },
      hex: "2133640101018eadc0a8c8113131313100000000",
    },
    {
      what: "v2 with a password that is cut at eight bytes",
      message: { ...v2, password: simplePassword("abcdefghij") },
      hex: "2133640101015f7ac0a8c8116162636465666768",
    },
    { what: "v3", message: v3, hex: "310ac8020064defbc0000201c0000202" },
    {
      what: "v3 to a unicast peer",
      message: v3,
      to: "192.0.2.252",
      hex: "310ac8020064fc11c0000201c0000202",
    },
    { what: "v3 that resigns", message: { ...v3, priority: 0 }, hex: "310a00020064a6fcc0000201c0000202" },
    {
      what: "keepalived's v2 without authentication",
      message: { ...v2, priority: 150, addresses: one },
      hex: "2133960100013e5d0a0900640000000000000000",
    },
    {
      what: "keepalived's v2 with a password",
      message: { ...v2, priority: 150, addresses: one, password: simplePassword("abcdefghij") },
      hex: "213396010101abc70a0900646162636465666768",
    },
    {
      what: "keepalived's v3",
      message: { ...v3, virtualRouterID: 51, priority: 150, addresses: one },
      from: "10.9.0.1",
      hex: "31339601006443610a090064",
    },
  ];
  for (const { what, message, from = OURS, to = GROUP, hex } of cases) {
    it(what, () => {
      assert.equal(toHex(encodeAdvertisement(message, ip(from), ip(to))), hex);
      const decoded = decodeAdvertisement(withIpv4Header(bytes(hex), ip(from), ip(to)));
      assert.deepEqual(decoded, {
        ok: true,
        value: {
          advertisement: message,
          source: from,
          destination: to,
          checksumForm: message.version === 2 ? "message-only" : "pseudo-header",
        },
      });
    });
  }
});

it("the checksum of RFC 9568, over the message only, is taken in version 3 as well", () => {
  const decoded = decodeAdvertisement(packet("310ac8020064828ac0000201c0000202"));
  assert.ok(decoded.ok);
  assert.equal(decoded.value.checksumForm, "message-only");
  assert.deepEqual(decoded.value.advertisement, v3);
});

it("the packet has time to live 255, internetwork control, and a checksum that holds", () => {
  const whole = encodePacket(v2, OURS, GROUP);
  assert.equal(toHex(whole.subarray(0, 10)), "45c000280000" + "0000" + "ff70");
  assert.equal(internetChecksum(whole.subarray(0, 20)), 0);
});

describe("an interval that the version cannot carry is a bug of the caller:", () => {
  for (const message of [
    { ...v2, adverInterval: millis(400) },
    { ...v2, adverInterval: millis(256_000) },
    { ...v3, adverInterval: millis(5) },
    { ...v3, adverInterval: millis(40_960) },
  ]) {
    it(`version ${message.version}, ${message.adverInterval} ms`, () =>
      assert.throws(() => encodeAdvertisement(message, OURS, GROUP), RangeError));
  }
  it("and so is a list of no addresses", () =>
    assert.throws(() => encodeAdvertisement({ ...v3, addresses: [] }, OURS, GROUP), RangeError));
});

describe("what is sound in spite of looking odd", () => {
  const whole = encodePacket(v3, OURS, GROUP);
  it("padding up to the 46 bytes of an Ethernet frame", () => {
    const padded = new Uint8Array(46);
    padded.set(whole);
    assert.ok(decodeAdvertisement(padded).ok);
  });
  it("IPv4 options between header and message", () => {
    const options = bytes("94040000");
    const long = Uint8Array.from([...whole.subarray(0, 20), ...options, ...whole.subarray(20)]);
    long[0] = 0x46;
    long[3] = long.length;
    assert.deepEqual(decodeAdvertisement(long), decodeAdvertisement(whole));
  });
  it("reserved bits of version 3", () => {
    const decoded = decodeAdvertisement(sealed("310ac802f0640000c0000201c0000202"));
    assert.ok(decoded.ok);
    assert.equal(decoded.value.advertisement.adverInterval, 1000);
  });
  it("a packet that lies somewhere inside a larger buffer", () => {
    const buffer = Uint8Array.from([9, 9, 9, ...whole]);
    assert.ok(decodeAdvertisement(buffer.subarray(3)).ok);
  });
});

describe("S1: a packet is dropped, and the reason told, when", () => {
  const whole = encodePacket(v3, OURS, GROUP);
  const cases: { what: string; packet: Uint8Array; reason: DropReason }[] = [
    { what: "it is empty", packet: new Uint8Array(0), reason: "packet-too-short" },
    { what: "its header is cut", packet: whole.subarray(0, 19), reason: "packet-too-short" },
    { what: "it is of IP version 5", packet: changed(whole, 0, 0x55), reason: "not-ip" },
    {
      what: "its header is said to be 16 bytes",
      packet: changed(whole, 0, 0x44),
      reason: "header-length-wrong",
    },
    {
      what: "its header is said to be 60 bytes",
      packet: changed(whole, 0, 0x4f),
      reason: "header-length-wrong",
    },
    { what: "it is cut", packet: whole.subarray(0, 30), reason: "packet-length-wrong" },
    {
      what: "it is said to be shorter than its header",
      packet: changed(whole, 3, 19),
      reason: "packet-length-wrong",
    },
    { what: "it is a fragment", packet: changed(whole, 6, 0x20), reason: "fragment" },
    { what: "it is OSPF", packet: changed(whole, 9, 89), reason: "not-vrrp" },
    { what: "it has passed a router", packet: changed(whole, 8, 254), reason: "ttl-not-255" },
    { what: "its message is cut", packet: packet("310ac802006482"), reason: "message-too-short" },
    { what: "it is of version 4", packet: sealed("410ac8020064000000000000"), reason: "version-unknown" },
    {
      what: "it counts 255 addresses in 8 bytes",
      packet: sealed("310ac8ff00640000c0000201c0000202"),
      reason: "message-length-wrong",
    },
    {
      what: "v2 lacks its eight bytes of authentication",
      packet: sealed("2133640100010000c0a8c811"),
      reason: "message-length-wrong",
    },
    {
      what: "v3 has eight bytes of authentication",
      packet: sealed("310ac80100640000c00002010000000000000000"),
      reason: "message-length-wrong",
    },
    {
      what: "it is CARP with advskew 0, which looks like a resignation",
      packet: sealed(`21010007000100000${"0".repeat(15)}${"5a".repeat(20)}`),
      reason: "message-length-wrong",
    },
    {
      what: "its checksum is wrong",
      packet: packet("310ac8020064828bc0000201c0000202"),
      reason: "checksum-wrong",
    },
    { what: "it is of type 2", packet: sealed("320ac80100640000c0000201"), reason: "type-unknown" },
    {
      what: "its virtual router is number 0",
      packet: sealed("3100c80100640000c0000201"),
      reason: "virtual-router-id-zero",
    },
    { what: "v3 lists no address", packet: sealed("310ac80000640000"), reason: "no-addresses" },
    {
      what: "v2 lists no address",
      packet: sealed("21336400000100000000000000000000"),
      reason: "no-addresses",
    },
    {
      what: "its authentication is MD5",
      packet: sealed("2133640102010000c0a8c8110000000000000000"),
      reason: "authentication-unknown",
    },
    { what: "v3 has interval 0", packet: sealed("310ac80100000000c0000201"), reason: "interval-zero" },
    {
      what: "v2 has interval 0",
      packet: sealed("2133640100000000c0a8c8110000000000000000"),
      reason: "interval-zero",
    },
  ];
  for (const { what, packet: heard, reason } of cases) {
    it(what, () => {
      const decoded = decodeAdvertisement(heard);
      assert.equal(decoded.ok ? "accepted" : decoded.reason, reason);
    });
  }
  it("one cause hides another: then the earlier of the list counts, and the claimed source is told", () => {
    const decoded = decodeAdvertisement(changed(changed(whole, 8, 1), 26, 0));
    assert.deepEqual(decoded, { ok: false, reason: "ttl-not-255", source: OURS });
  });
});

function ip(text: string): Ipv4 {
  return parseIpv4(text) ?? assert.fail(text);
}

function packet(hex: string): Uint8Array {
  return withIpv4Header(bytes(hex), OURS, GROUP);
}

/** The message with the checksum that belongs to it, so that nothing but the point of the case is wrong. */
function sealed(hex: string): Uint8Array {
  const message = bytes(hex);
  new DataView(message.buffer).setUint16(6, internetChecksum(message));
  return withIpv4Header(message, OURS, GROUP);
}
