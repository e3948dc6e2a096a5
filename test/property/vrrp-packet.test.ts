/** Laws of the wire form, for any message and any bytes. */
import assert from "node:assert/strict";
import { it } from "node:test";
import fc from "fast-check";
import type { IpAddress } from "../../controller/net/ip.ts";
import { numberToIpv4 } from "../../controller/net/ipv4.ts";
import { ipv6FromBytes } from "../../controller/net/ipv6.ts";
import { centisToMillis, secondsToMillis } from "../../controller/net/time.ts";
import {
  type Advertisement,
  decodeAdvertisement,
  encodeAdvertisement,
  encodePacket,
} from "../../controller/vrrp/packet.ts";
import { simplePassword } from "../../controller/vrrp/password.ts";

const anyAddress = fc.integer({ min: 0, max: 0xffffffff }).map(numberToIpv4);
const anyCommon = {
  virtualRouterID: fc.integer({ min: 1, max: 255 }),
  priority: fc.integer({ min: 0, max: 255 }),
  addresses: fc.array(anyAddress, { minLength: 1, maxLength: 255 }),
};
const plain = { noNullPrototype: true };
const anyVersion2: fc.Arbitrary<Advertisement> = fc.record(
  {
    ...anyCommon,
    version: fc.constant(2 as const),
    adverInterval: fc.integer({ min: 1, max: 255 }).map(secondsToMillis),
    password: fc.option(fc.string({ unit: "binary", maxLength: 12 }).map(simplePassword)),
  },
  plain,
);
const anyVersion3: fc.Arbitrary<Advertisement> = fc.record(
  {
    ...anyCommon,
    version: fc.constant(3 as const),
    adverInterval: fc.integer({ min: 1, max: 4095 }).map(centisToMillis),
    password: fc.constant(null),
  },
  plain,
);
const anyIpv6 = fc.uint8Array({ minLength: 16, maxLength: 16 }).map((bytes) => ipv6FromBytes(bytes));
const anyOverIpv6: fc.Arbitrary<Advertisement> = fc.record(
  {
    ...anyCommon,
    addresses: fc.array(anyIpv6, { minLength: 1, maxLength: 255 }),
    version: fc.constant(3 as const),
    adverInterval: fc.integer({ min: 1, max: 4095 }).map(centisToMillis),
    password: fc.constant(null),
  },
  plain,
);
const anyAdvertisement = fc.oneof(anyVersion2, anyVersion3);

interface Sending {
  readonly advertisement: Advertisement;
  readonly source: IpAddress;
  readonly destination: IpAddress;
}
const anySending: fc.Arbitrary<Sending> = fc.oneof(
  fc.record({ advertisement: anyAdvertisement, source: anyAddress, destination: anyAddress }),
  fc.record({ advertisement: anyOverIpv6, source: anyIpv6, destination: anyIpv6 }),
);

it("what is encoded is decoded again, also behind padding", () => {
  fc.assert(
    fc.property(anySending, fc.nat(26), ({ advertisement, source, destination }, padding) => {
      const packet = encodePacket(advertisement, source, destination);
      const padded = new Uint8Array(packet.length + padding).fill(0xee);
      padded.set(packet);
      const decoded = decodeAdvertisement(padded);
      assert.ok(decoded.ok);
      assert.deepEqual(decoded.value.advertisement, advertisement);
      assert.equal(decoded.value.source, source);
      assert.equal(decoded.value.destination, destination);
    }),
  );
});

it("no bytes make the decoder throw", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 128 }), (bytes) => void decodeAdvertisement(bytes)),
    { numRuns: 2000 },
  );
});

it("no change of a sound packet makes the decoder throw", () => {
  const anyDamage = fc.array(fc.tuple(fc.nat(63), fc.nat(255)), { minLength: 1, maxLength: 6 });
  fc.assert(
    fc.property(
      anySending,
      anyDamage,
      fc.nat(64),
      ({ advertisement, source, destination }, damage, length) => {
        const packet = encodePacket(advertisement, source, destination);
        for (const [offset, value] of damage) if (offset < packet.length) packet[offset] = value;
        decodeAdvertisement(packet.subarray(0, length));
      },
    ),
    { numRuns: 2000 },
  );
});

/** In version 3 a flip may by chance turn one form of the checksum into the other: the form then differs. */
it("a flipped bit of the message is never taken for the same form of a message", () => {
  fc.assert(
    fc.property(anyAdvertisement, anyAddress, anyAddress, fc.nat(), (advertisement, source, group, where) => {
      const packet = encodePacket(advertisement, source, group);
      const before = decodeAdvertisement(packet);
      assert.ok(before.ok);
      const bit = where % ((packet.length - 20) * 8);
      const offset = 20 + (bit >> 3);
      packet[offset] = (packet[offset] ?? 0) ^ (1 << (bit & 7));
      const after = decodeAdvertisement(packet);
      const isSameForm = after.ok && after.value.checksumForm === before.value.checksumForm;
      // A flipped version leaves another layout, whose checksum is of another form by definition.
      assert.ok(!isSameForm || offset === 20, `bit ${bit}`);
    }),
    { numRuns: 1000 },
  );
});

it("the message does not depend on source and destination in version 2, and does in version 3", () => {
  fc.assert(
    fc.property(anyVersion2, anyAddress, anyAddress, (advertisement, a, b) => {
      assert.deepEqual(encodeAdvertisement(advertisement, a, b), encodeAdvertisement(advertisement, b, b));
    }),
  );
  fc.assert(
    fc.property(anyVersion3, anyAddress, (advertisement, source) => {
      const [near, far] = [numberToIpv4(0x01020304), numberToIpv4(0x01020305)];
      assert.notDeepEqual(
        encodeAdvertisement(advertisement, source, near),
        encodeAdvertisement(advertisement, source, far),
      );
    }),
  );
});
