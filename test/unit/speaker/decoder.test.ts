/** What is decoded once is not decoded again, and nothing that differs is taken for the same. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import type { Ipv4 } from "../../../controller/net/ipv4.ts";
import { Decoder } from "../../../controller/speaker/decoder.ts";
import { decodeAdvertisement, encodePacket } from "../../../controller/vrrp/packet.ts";
import { anAdvertisement } from "../../support/advertisements.ts";

const SOURCE = "10.0.0.1" as Ipv4;
const GROUP = "224.0.0.18" as Ipv4;
/** Identification and header checksum. */
const WRITTEN_BY_THE_KERNEL = [4, 5, 10, 11];

const packet = (virtualRouterID = 51): Uint8Array =>
  encodePacket(anAdvertisement({ virtualRouterID }), SOURCE, GROUP);

describe("a decoder", () => {
  it("gives the same object for what only the kernel has made different", () => {
    const decoder = new Decoder();
    const again = packet();
    for (const at of WRITTEN_BY_THE_KERNEL) again[at] = 0x5a;
    const [first, second] = [decoder.decode(packet()), decoder.decode(again)];
    assert.ok(first.ok && second.ok && first.value === second.value);
  });

  it("keeps the routers of a wire apart", () => {
    const decoder = new Decoder();
    const [one, other] = [decoder.decode(packet(1)), decoder.decode(packet(2))];
    assert.ok(one === decoder.decode(packet(1)) && other === decoder.decode(packet(2)));
  });

  it("does not care what becomes of the bytes afterwards", () => {
    const decoder = new Decoder();
    const buffer = packet(1);
    const first = decoder.decode(buffer);
    buffer.set(packet(2));
    assert.ok(first !== decoder.decode(buffer));
    assert.ok(first === decoder.decode(packet(1)));
  });

  it("judges whatever differs as if it had heard nothing before", () => {
    const original = packet();
    fc.assert(
      fc.property(
        fc.nat(original.length - 1),
        fc.integer({ min: 1, max: 255 }),
        fc.boolean(),
        (at, difference, isCut) => {
          const decoder = new Decoder();
          decoder.decode(original);
          const changed = packet();
          changed[at] = (changed[at] ?? 0) ^ difference;
          const heard = isCut ? changed.subarray(0, at) : changed;
          assert.deepEqual(decoder.decode(heard), decodeAdvertisement(heard));
        },
      ),
      { numRuns: 2_000 },
    );
  });
});
