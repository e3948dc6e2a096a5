/** The frame of an unsolicited neighbour advertisement, byte by byte; the checksums are another implementation's. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { parseIpv6 } from "../../../controller/net/ipv6.ts";
import {
  type AdvertisementFlags,
  neighbourAdvertisement,
  parseNeighbourAdvertisement,
} from "../../../controller/vrrp/neighbour-advertisement.ts";

const TARGET = parseIpv6("2001:db8::150") ?? assert.fail();
const PLAIN: AdvertisementFlags = { isRouter: false, isSolicited: false, overrides: true };

describe("tells all nodes which hardware address now answers, with flags", () => {
  const cases = [
    { what: "of a host", flags: PLAIN, checksum: "784d", bits: "20" },
    { what: "of a router", flags: { ...PLAIN, isRouter: true }, checksum: "f84c", bits: "a0" },
    {
      what: "of a router that was asked",
      flags: { ...PLAIN, isRouter: true, isSolicited: true },
      checksum: "b84c",
      bits: "e0",
    },
  ];
  for (const { what, flags, checksum, bits } of cases) {
    it(what, () => {
      const frame = neighbourAdvertisement({ mac: "02:00:5e:10:20:30", target: TARGET, flags });
      const target = "20010db8000000000000000000000150";
      const expected = [
        "333300000001 02005e102030 86dd",
        "60000000 0020 3a ff",
        target,
        "ff020000000000000000000000000001",
        `88 00 ${checksum} ${bits}000000`,
        target,
        "02 01 02005e102030",
      ];
      assert.equal(Buffer.from(frame).toString("hex"), expected.join("").replaceAll(" ", ""));
    });
  }
});

it("a hardware address that is not of Ethernet is refused", () => {
  const of = (mac: string) => () => neighbourAdvertisement({ mac, target: TARGET, flags: PLAIN });
  assert.throws(of("80:00:02:08:fe:80:00:00"), RangeError);
  assert.throws(of(""), RangeError);
});

describe("reads who says that an address is theirs", () => {
  const mac = "02:00:5e:10:20:30";
  const message = neighbourAdvertisement({ mac, target: TARGET, flags: PLAIN }).subarray(54);
  const withOptions = (...options: readonly number[]): Uint8Array =>
    Uint8Array.of(...message.subarray(0, 24), ...options);
  const ours = [2, 1, 2, 0, 0x5e, 0x10, 0x20, 0x30];

  it("from our own frame, and after an option that it does not know", () => {
    assert.deepEqual(parseNeighbourAdvertisement(message), { target: TARGET, mac });
    const nonce = [14, 1, 1, 2, 3, 4, 5, 6];
    assert.deepEqual(parseNeighbourAdvertisement(withOptions(...nonce, ...ours)), { target: TARGET, mac });
  });

  it("and nothing from what is cut, or of another type, or does not end, or names no hardware address", () => {
    const solicitation = Uint8Array.of(135, ...message.subarray(1));
    const endless = withOptions(14, 0, 0, 0, 0, 0, 0, 0, ...ours);
    for (const each of [
      message.subarray(0, 23),
      message.subarray(0, 31),
      solicitation,
      endless,
      withOptions(),
    ])
      assert.equal(parseNeighbourAdvertisement(each), null);
  });
});
