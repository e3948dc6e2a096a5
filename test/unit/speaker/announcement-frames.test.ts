/** What is announced, encoded once: and anew where the link has become another. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { type IpAddress, parseIpAddress } from "../../../controller/net/ip.ts";
import { AnnouncementFrames } from "../../../controller/speaker/announcement-frames.ts";
import { parseArp } from "../../../controller/vrrp/arp.ts";

const address = (text: string): IpAddress => parseIpAddress(text) ?? assert.fail(text);
const LINK = { mac: "02:00:00:00:00:01", forwardsIpv6: false };
const VIP = address("10.0.0.100");
const VIP6 = address("2001:db8::100");
/** The first of the flags of a neighbour advertisement: R (RFC 4861 §4.4). */
const isRouter = (frame: Uint8Array): boolean => ((frame[14 + 40 + 4] ?? 0) & 0x80) !== 0;

describe("the frames of announcements", () => {
  it("are encoded once for each address", () => {
    const frames = new AnnouncementFrames();
    assert.equal(frames.of(VIP, LINK), frames.of(VIP, { ...LINK }));
    assert.equal(parseArp(frames.of(VIP, LINK))?.senderAddress, VIP);
    assert.equal(parseArp(frames.of(address("10.0.0.101"), LINK))?.senderAddress, "10.0.0.101");
  });

  it("are others when the hardware address is another, or the node has become a router", () => {
    const frames = new AnnouncementFrames();
    const mac = "02:00:00:00:00:02";
    assert.equal(parseArp(frames.of(VIP, LINK))?.senderMac, LINK.mac);
    assert.equal(parseArp(frames.of(VIP, { ...LINK, mac }))?.senderMac, mac);
    assert.equal(isRouter(frames.of(VIP6, LINK)), false);
    assert.equal(isRouter(frames.of(VIP6, { ...LINK, forwardsIpv6: true })), true);
  });

  it("of addresses that come and go are not kept for ever", () => {
    const frames = new AnnouncementFrames();
    const first = frames.of(VIP, LINK);
    for (let index = 0; index < 1_000; index++) frames.of(address(`10.1.${index >> 8}.${index & 255}`), LINK);
    assert.notEqual(frames.of(VIP, LINK), first);
    assert.deepEqual(frames.of(VIP, LINK), first);
  });
});
