/** Laws of the spelling of IPv6 addresses, for any address. */
import assert from "node:assert/strict";
import { SocketAddress } from "node:net";
import { it } from "node:test";
import fc from "fast-check";
import { compareIp } from "../../controller/net/ip.ts";
import { ipv6FromBytes, parseIpv6, writeIpv6 } from "../../controller/net/ipv6.ts";

/** With many zeros, so that the rules about runs of them are met. */
const anyGroup = fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 0xffff }));
const anyGroups = fc.array(anyGroup, { minLength: 8, maxLength: 8 });
const bytesOf = (groups: readonly number[]): Uint8Array =>
  Uint8Array.from(groups.flatMap((group) => [group >> 8, group & 255]));

it("every spelling of an address gives the same, its own spelling too, and that is the C library's", () => {
  fc.assert(
    fc.property(anyGroups, (groups) => {
      const canonical = ipv6FromBytes(bytesOf(groups));
      assert.equal(
        parseIpv6(groups.map((group) => group.toString(16).padStart(4, "0")).join(":")),
        canonical,
      );
      assert.equal(parseIpv6(canonical), canonical);
      assert.equal(parseIpv6(canonical.toUpperCase()), canonical);
      // The C library writes the obsolete ::192.0.2.1 with dots, RFC 5952 does not.
      const isCompatible = groups.slice(0, 6).every((group) => group === 0);
      const { address } = new SocketAddress({ address: canonical, family: "ipv6" });
      if (!isCompatible) assert.equal(address, canonical);
      const back = new Uint8Array(16);
      writeIpv6(canonical, back, 0);
      assert.deepEqual(back, bytesOf(groups));
    }),
    { numRuns: 2000 },
  );
});

it("addresses are ordered as their bytes are", () => {
  fc.assert(
    fc.property(anyGroups, anyGroups, (a, b) => {
      const [left, right] = [bytesOf(a), bytesOf(b)];
      const order = compareIp(ipv6FromBytes(left), ipv6FromBytes(right));
      assert.equal(Math.sign(order), Buffer.compare(left, right));
    }),
  );
});

it("no text makes the parser throw", () => {
  const anyText = fc.string({ unit: fc.constantFrom("0", "1", "f", ":", "::", ".", "g", "%") });
  fc.assert(
    fc.property(anyText, (text) => void parseIpv6(text)),
    { numRuns: 2000 },
  );
});
