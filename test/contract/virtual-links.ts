/** What every VirtualLinks promises. Run on the fake always, and on the kernel in a namespace of its own. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { formatIpPrefix } from "../../controller/net/ip.ts";
import type { AddressTable } from "../../controller/port/address-table.ts";
import { OperationFailure } from "../../controller/port/failure.ts";
import type { VirtualLinks, VirtualLinkTerms } from "../../controller/port/virtual-links.ts";
import { prefix } from "./address-table.ts";

/** A host whose interface `hfsp0` is up, and has nothing on top of it when each case begins. */
export interface VirtualLinkHost {
  open(): { readonly links: VirtualLinks; readonly table: AddressTable };
  /** One that is not ours. */
  addByHand(name: string, mac: string): void;
}

export const FOR_IPV4: VirtualLinkTerms = {
  name: "hf51.4.hfsp0",
  mac: "00:00:5e:00:01:33",
  parent: "hfsp0",
  family: "ipv4",
};
export const FOR_IPV6: VirtualLinkTerms = {
  name: "hf51.6.hfsp0",
  mac: "00:00:5e:00:02:33",
  parent: "hfsp0",
  family: "ipv6",
};

export function virtualLinksContract(what: string, host: VirtualLinkHost): void {
  describe(`virtual links: ${what}`, () => {
    for (const terms of [FOR_IPV4, FOR_IPV6]) {
      const { name, mac, parent } = terms;

      it(`${name} is there once it is made, down and with our mark, and can be switched`, async () => {
        const { links } = host.open();
        await links.create(terms);
        assert.deepEqual(await links.list(), [{ name, mac, parent, isOurs: true, isUp: false }]);
        await links.setUp(name, true);
        assert.deepEqual(await links.list(), [{ name, mac, parent, isOurs: true, isUp: true }]);
        await links.setUp(name, false);
        assert.deepEqual(await links.list(), [{ name, mac, parent, isOurs: true, isUp: false }]);
      });
    }

    it("carries addresses, of which those of IPv6 go as soon as it is down", async () => {
      const { links, table } = host.open();
      const carried = [
        [FOR_IPV4, prefix("192.0.2.1/24")],
        [FOR_IPV6, prefix("2001:db8::1/64")],
      ] as const;
      for (const [terms, address] of carried) {
        await links.create(terms);
        await links.setUp(terms.name, true);
        await table.add(terms.name, address);
      }
      const listing = async () =>
        (await table.addresses())
          .filter((each) => each.interface.startsWith("hf51"))
          .map((each) => `${each.interface} ${formatIpPrefix(each.prefix)} ${each.isOurs && each.isUsable}`);
      assert.deepEqual(await listing(), [
        "hf51.4.hfsp0 192.0.2.1/24 true",
        "hf51.6.hfsp0 2001:db8::1/64 true",
      ]);
      for (const [{ name }] of carried) await links.setUp(name, false);
      assert.deepEqual(await listing(), ["hf51.4.hfsp0 192.0.2.1/24 true"]);
    });

    it("one that is removed goes with its addresses, and one that is not there is no failure", async () => {
      const { links, table } = host.open();
      await links.create(FOR_IPV4);
      await table.add(FOR_IPV4.name, prefix("192.0.2.1/32"));
      await links.remove(FOR_IPV4.name);
      await links.remove(FOR_IPV4.name);
      assert.deepEqual(await links.list(), []);
      assert.ok(!(await table.addresses()).some((each) => each.prefix.address === "192.0.2.1"));
    });

    it("one of the same name that is not ours is told apart, and in the way", async () => {
      const { links } = host.open();
      host.addByHand(FOR_IPV4.name, "02:00:00:00:00:09");
      assert.deepEqual(
        (await links.list()).map(({ name, isOurs }) => [name, isOurs]),
        [[FOR_IPV4.name, false]],
      );
      await assert.rejects(links.create(FOR_IPV4), isRefusal(/is there and is not ours/));
    });

    it("where the interface below is not there, it is refused as such", async () => {
      const { links } = host.open();
      await assert.rejects(links.create({ ...FOR_IPV4, parent: "hfsp9" }), (error) => {
        assert.ok(error instanceof OperationFailure);
        assert.deepEqual(error.detail, { code: "interface-missing", interface: "hfsp9" });
        return true;
      });
    });
  });
}

export const isRefusal =
  (reason: RegExp) =>
  (error: unknown): boolean => {
    assert.ok(error instanceof OperationFailure && error.detail.code === "virtual-link-refused");
    assert.match(error.detail.reason, reason);
    return true;
  };
