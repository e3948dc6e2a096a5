/** Laws of the plan for addresses: carried out it leaves nothing to plan, order is no matter, nothing unmarked is touched. */
import assert from "node:assert/strict";
import { it } from "node:test";
import fc from "fast-check";
import { formatIpPrefix, parseIpPrefix } from "../../controller/net/ip.ts";
import {
  type AddressPlan,
  type ObservedAddress,
  type OwnedAddress,
  planAddresses,
} from "../../controller/plan/addresses.ts";

const keyOf = (address: OwnedAddress): string => `${address.interface} ${formatIpPrefix(address.prefix)}`;
const anyAddress: fc.Arbitrary<OwnedAddress> = fc.record({
  interface: fc.constantFrom("eth0", "eth1"),
  prefix: fc
    .constantFrom(
      "10.77.0.100/24",
      "10.77.0.100/32",
      "10.77.0.101/32",
      "10.77.0.102/32",
      "2001:db8::100/64",
      "2001:db8::100/128",
    )
    .map((text) => parseIpPrefix(text) ?? assert.fail(text)),
});
const anyDesired = fc.array(anyAddress, { maxLength: 8 });
const anyObserved: fc.Arbitrary<ObservedAddress[]> = fc.uniqueArray(
  fc.tuple(anyAddress, fc.boolean()).map(([address, isOurs]) => ({ ...address, isOurs })),
  { selector: keyOf },
);

/** The kernel, as far as it matters: one address of a kind, added ones marked. */
function carryOut(plan: AddressPlan, observed: readonly ObservedAddress[]): ObservedAddress[] {
  const table = new Map(observed.map((address) => [keyOf(address), address]));
  for (const { type, address } of plan.actions) {
    if (type === "remove-address") assert.ok(table.delete(keyOf(address)), "removes what is not there");
    else table.set(keyOf(address), { ...address, isOurs: true });
  }
  return [...table.values()];
}

it("a plan carried out leaves nothing to plan, and every desired address is there", () => {
  fc.assert(
    fc.property(anyDesired, anyObserved, (desired, observed) => {
      const world = carryOut(planAddresses(desired, observed), observed);
      assert.deepEqual(planAddresses(desired, world).actions, []);
      const present = new Set(world.map(keyOf));
      for (const address of desired) assert.ok(present.has(keyOf(address)));
    }),
  );
});

it("no marked address is left that is not desired", () => {
  fc.assert(
    fc.property(anyDesired, anyObserved, (desired, observed) => {
      const wanted = new Set(desired.map(keyOf));
      const world = carryOut(planAddresses(desired, observed), observed);
      for (const address of world) if (address.isOurs) assert.ok(wanted.has(keyOf(address)));
    }),
  );
});

it("nothing unmarked is touched", () => {
  fc.assert(
    fc.property(anyDesired, anyObserved, (desired, observed) => {
      const touched = new Set(planAddresses(desired, observed).actions.map(({ address }) => keyOf(address)));
      for (const address of observed) if (!address.isOurs) assert.ok(!touched.has(keyOf(address)));
    }),
  );
});

it("the order of the input is no matter", () => {
  fc.assert(
    fc.property(anyDesired, anyObserved, (desired, observed) => {
      const reversed = planAddresses([...desired].reverse(), [...observed].reverse());
      assert.deepEqual(reversed, planAddresses(desired, observed));
    }),
  );
});
