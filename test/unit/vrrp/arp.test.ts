/** The frames of ARP, byte by byte. */
import assert from "node:assert/strict";
import { it } from "node:test";
import { parseIpv4 } from "../../../controller/net/ipv4.ts";
import {
  arpProbe,
  gratuitousArp,
  gratuitousArpReply,
  isArpReply,
  parseArp,
} from "../../../controller/vrrp/arp.ts";

const VIP = parseIpv4("172.16.253.150") ?? assert.fail();

it("is a broadcast request that asks for the address which it claims", () => {
  const hex = Buffer.from(gratuitousArp("02:00:5e:10:20:30", VIP)).toString("hex");
  const expected = [
    "ffffffffffff 02005e102030 0806",
    "0001 0800 06 04 0001",
    "02005e102030 ac10fd96",
    "ffffffffffff ac10fd96",
  ];
  assert.equal(hex, expected.join("").replaceAll(" ", ""));
});

it("is a broadcast reply with the same sender and target, where nobody may answer it", () => {
  const hex = Buffer.from(gratuitousArpReply("00:00:5e:00:01:33", VIP)).toString("hex");
  const expected = [
    "ffffffffffff 00005e000133 0806",
    "0001 0800 06 04 0002",
    "00005e000133 ac10fd96",
    "00005e000133 ac10fd96",
  ];
  assert.equal(hex, expected.join("").replaceAll(" ", ""));
});

it("a hardware address that is not of Ethernet is refused", () => {
  assert.throws(() => gratuitousArp("80:00:02:08:fe:80:00:00", VIP), RangeError);
  assert.throws(() => gratuitousArp("", VIP), RangeError);
});

it("is understood again; anything else is not taken for ARP", () => {
  const frame = gratuitousArp("02:00:5e:10:20:30", VIP);
  assert.deepEqual(parseArp(frame), {
    isReply: false,
    senderMac: "02:00:5e:10:20:30",
    senderAddress: VIP,
    targetMac: "ff:ff:ff:ff:ff:ff",
  });
  assert.equal(parseArp(frame.subarray(0, 41)), null);
  for (const place of [12, 14, 16, 18, 19]) {
    const other = frame.slice();
    other[place] = 0x77;
    assert.equal(parseArp(other), null);
  }
});

it("a probe asks for an address and does not say who asks", () => {
  const hex = Buffer.from(arpProbe("02:00:5e:10:20:30", VIP)).toString("hex");
  const expected = [
    "ffffffffffff 02005e102030 0806",
    "0001 0800 06 04 0001",
    "02005e102030 00000000",
    "000000000000 ac10fd96",
  ];
  assert.equal(hex, expected.join("").replaceAll(" ", ""));
});

it("only the answer of the one who was asked to the one who asked is an answer", () => {
  const reply = (change: Partial<{ operation: string; sender: string; target: string }> = {}): Uint8Array => {
    const { operation = "0002", sender = "ac10fd96", target = "02005e102030" } = change;
    const hex = `02005e102030 0a0000000001 0806 0001 0800 06 04 ${operation} 0a0000000001 ${sender} ${target} 00000000`;
    return Buffer.from(`${hex}${"00".repeat(18)}`.replaceAll(" ", ""), "hex");
  };
  const isReply = (frame: Uint8Array): boolean => isArpReply(frame, "02:00:5e:10:20:30", VIP);
  assert.equal(isReply(reply()), true);
  assert.equal(isReply(reply({ operation: "0001" })), false);
  assert.equal(isReply(reply({ sender: "ac10fd97" })), false);
  assert.equal(isReply(reply({ target: "02005e102031" })), false);
  assert.equal(isReply(reply().subarray(0, 30)), false);
});
