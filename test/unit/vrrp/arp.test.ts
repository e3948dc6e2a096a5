/** The gratuitous ARP frame, byte by byte. */
import assert from "node:assert/strict";
import { it } from "node:test";
import { parseIpv4 } from "../../../controller/net/ipv4.ts";
import { gratuitousArp } from "../../../controller/vrrp/arp.ts";

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

it("a hardware address that is not of Ethernet is refused", () => {
  assert.throws(() => gratuitousArp("80:00:02:08:fe:80:00:00", VIP), RangeError);
  assert.throws(() => gratuitousArp("", VIP), RangeError);
});
