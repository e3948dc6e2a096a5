/** Which sound advertisements reach the state machine of a virtual router. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { type IpAddress, parseIpAddress } from "../../../controller/net/ip.ts";
import { millis } from "../../../controller/net/time.ts";
import type { Advertisement, HeardMessage } from "../../../controller/vrrp/packet.ts";
import { simplePassword } from "../../../controller/vrrp/password.ts";
import { type Expectation, receive } from "../../../controller/vrrp/reception.ts";

const ip = (text: string): IpAddress => parseIpAddress(text) ?? assert.fail(text);
const expected: Expectation = {
  version: 2,
  virtualRouterID: 51,
  adverInterval: millis(1000),
  addresses: [ip("10.0.0.100"), ip("10.0.0.101")],
  password: simplePassword("longer-than-eight"),
  ownAddress: ip("10.0.0.9"),
  peers: null,
};
const message: Advertisement = {
  version: 2,
  virtualRouterID: 51,
  priority: 100,
  adverInterval: millis(1000),
  addresses: expected.addresses,
  password: simplePassword("longer-t"),
};
const from = (source: string, advertisement: Advertisement): HeardMessage => ({
  advertisement,
  source: ip(source),
  destination: ip("224.0.0.18"),
  checksumForm: "message-only",
});

describe("an advertisement is dropped when", () => {
  const cases = [
    {
      what: "it is of another virtual router",
      heard: { virtualRouterID: 52 },
      reason: "other-virtual-router",
    },
    { what: "it is of another version", heard: { version: 3, password: null }, reason: "version-mismatch" },
    {
      what: "its password is another",
      heard: { password: simplePassword("longer-T") },
      reason: "password-mismatch",
    },
    { what: "it has no password", heard: { password: null }, reason: "password-mismatch" },
    { what: "its interval is another", heard: { adverInterval: millis(2000) }, reason: "interval-mismatch" },
  ] as const;
  for (const { what, heard, reason } of cases) {
    it(what, () =>
      assert.deepEqual(receive(expected, from("10.0.0.10", { ...message, ...heard })), { ok: false, reason }),
    );
  }
  it("it comes from our own address", () =>
    assert.deepEqual(receive(expected, from("10.0.0.9", message)), { ok: false, reason: "own-address" }));
});

it("unicast is taken from the peers alone, and who else sends is told", () => {
  const unicast: Expectation = { ...expected, peers: new Set([ip("10.0.0.10"), ip("10.0.0.11")]) };
  const of = (source: string): string => {
    const reception = receive(unicast, from(source, message));
    return reception.ok ? "heard" : reception.reason;
  };
  assert.deepEqual(["10.0.0.10", "10.0.0.11", "10.0.0.12", "10.0.0.9"].map(of), [
    "heard",
    "heard",
    "foreign-sender",
    "own-address",
  ]);
});

it("the tie between IPv6 senders goes to the higher one of 128 bits", () => {
  const ours: Expectation = { ...expected, ownAddress: ip("fe80::ffff") };
  const wins = (source: string): boolean => {
    const reception = receive(ours, from(source, message));
    return reception.ok && reception.event.senderWinsTie;
  };
  assert.deepEqual(["fe80::1:0", "fe80::fffe", "fe80:0:0:1::"].map(wins), [true, false, true]);
});

it("the tie goes to the higher address as a number, not as a text", () => {
  for (const { source, wins } of [
    { source: "10.0.0.10", wins: true },
    { source: "10.0.0.8", wins: false },
    { source: "200.0.0.1", wins: true },
    { source: "9.255.255.255", wins: false },
  ]) {
    const reception = receive(expected, from(source, message));
    assert.ok(reception.ok);
    assert.equal(reception.event.senderWinsTie, wins, source);
  }
});

describe("an advertisement is heard, and what differs is told, when", () => {
  const three: Expectation = { ...expected, version: 3, password: null };
  const alike: HeardMessage = {
    ...from("10.0.0.10", { ...message, version: 3, password: null }),
    checksumForm: "pseudo-header",
  };
  const cases: { what: string; heard: HeardMessage; differences: string[] }[] = [
    { what: "nothing differs", heard: alike, differences: [] },
    {
      what: "the addresses come in another order",
      heard: {
        ...alike,
        advertisement: { ...alike.advertisement, addresses: [...expected.addresses].reverse() },
      },
      differences: [],
    },
    {
      what: "an address is missing",
      heard: { ...alike, advertisement: { ...alike.advertisement, addresses: expected.addresses.slice(1) } },
      differences: ["addresses"],
    },
    {
      what: "the interval of version 3 is another",
      heard: { ...alike, advertisement: { ...alike.advertisement, adverInterval: millis(500) } },
      differences: ["interval"],
    },
    {
      what: "the checksum is that of RFC 9568",
      heard: { ...alike, checksumForm: "message-only" },
      differences: ["checksum-form"],
    },
  ];
  for (const { what, heard, differences } of cases) {
    it(what, () => {
      const reception = receive(three, heard);
      assert.ok(reception.ok);
      assert.deepEqual(reception.differences, differences);
    });
  }
});
