/** The hardware address of a virtual router, what is named after it, and its frames (RFC 9568 §7.3, RFC 1112 §6.4, RFC 2464 §7). */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { parseIpAddress } from "../../../controller/net/ip.ts";
import {
  carrierOf,
  inMulticastFrame,
  isVirtualLinkName,
  virtualMacOf,
} from "../../../controller/vrrp/virtual-mac.ts";

const router = (different: object = {}) => ({
  interface: "eth0",
  family: "ipv4" as const,
  virtualRouterID: 51,
  virtualMAC: true,
  ...different,
});
const ip = (text: string) => parseIpAddress(text) ?? assert.fail(text);

describe("a virtual MAC", () => {
  it("is made of the family and the virtual router's number", () => {
    assert.equal(virtualMacOf(router()), "00:00:5e:00:01:33");
    assert.equal(virtualMacOf(router({ virtualRouterID: 1 })), "00:00:5e:00:01:01");
    assert.equal(virtualMacOf(router({ virtualRouterID: 255, family: "ipv6" })), "00:00:5e:00:02:ff");
    assert.equal(virtualMacOf(router({ virtualMAC: false })), null);
  });

  it("is carried by an interface that is named after it, in 15 characters, each on each interface another", () => {
    assert.equal(carrierOf(router({ virtualMAC: false })), "eth0");
    assert.equal(carrierOf(router()), "hf51.4.eth0");
    assert.equal(carrierOf(router({ family: "ipv6", interface: "enp3s0" })), "hf51.6.enp3s0");
    const long = ["enx0123456789a", "enx0123456789b", "eth0.1000", "a-bond-of-two-x"].map((name) =>
      carrierOf(router({ interface: name, virtualRouterID: 255 })),
    );
    assert.equal(new Set(long).size, long.length);
    for (const name of long) {
      assert.ok(name.length <= 15, name);
      assert.ok(isVirtualLinkName(name), name);
    }
    for (const name of ["eth0", "hf51", "hf51.4.", "hfsp0", "hf51.5.eth0"])
      assert.ok(!isVirtualLinkName(name), name);
  });

  it("is the sender of frames to the hardware address of the group", () => {
    const packet = Uint8Array.of(0x45, 1, 2, 3);
    const hex = (group: string): string =>
      Buffer.from(inMulticastFrame(packet, "00:00:5e:00:01:33", ip(group))).toString("hex");
    assert.equal(hex("224.0.0.18"), "01005e00001200005e000133080045010203");
    assert.equal(hex("224.231.5.5"), "01005e67050500005e000133080045010203");
    assert.equal(hex("ff02::12"), "33330000001200005e00013386dd45010203");
  });
});
