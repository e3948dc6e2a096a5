/** What every AddressTable promises. Run on the fake always, and on the kernel in a namespace of its own. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { formatIpPrefix, type IpPrefix, parseIpPrefix } from "../../controller/net/ip.ts";
import type { AddressTable } from "../../controller/port/address-table.ts";
import { OperationFailure } from "../../controller/port/failure.ts";
import { deadline } from "../support/deadline.ts";

/** A host whose interface `hfsp0` is up and has no addresses when each case begins. */
export interface AddressHost {
  open(): AddressTable;
  addByHand(interfaceName: string, prefix: IpPrefix): void;
  setLinkUp(interfaceName: string, isUp: boolean): void;
  /** Lets time pass until `isSo`. */
  until(what: string, isSo: () => Promise<boolean>): Promise<void>;
}

export function addressTableContract(what: string, host: AddressHost): void {
  describe(`address table: ${what}`, () => {
    it("an address that was added is there, with our mark and its own prefix length", async () => {
      const table = host.open();
      await table.add("hfsp0", prefix("192.0.2.1/32"));
      await table.add("hfsp0", prefix("192.0.2.2/24"));
      assert.deepEqual(await listing(table), ["192.0.2.1/32 ours", "192.0.2.2/24 ours"]);
    });

    it("adding twice is no failure and adds nothing", async () => {
      const table = host.open();
      await table.add("hfsp0", prefix("192.0.2.1/32"));
      await table.add("hfsp0", prefix("192.0.2.1/32"));
      assert.deepEqual(await listing(table), ["192.0.2.1/32 ours"]);
    });

    it("an address put by hand is not ours, and becomes ours when we add it", async () => {
      const table = host.open();
      host.addByHand("hfsp0", prefix("192.0.2.9/32"));
      assert.deepEqual(await listing(table), ["192.0.2.9/32 foreign"]);
      await table.add("hfsp0", prefix("192.0.2.9/32"));
      assert.deepEqual(await listing(table), ["192.0.2.9/32 ours"]);
    });

    it("removing takes the address of that prefix length and leaves its namesake", async () => {
      const table = host.open();
      await table.add("hfsp0", prefix("192.0.2.1/32"));
      host.addByHand("hfsp0", prefix("192.0.2.1/24"));
      await table.remove("hfsp0", prefix("192.0.2.1/32"));
      assert.deepEqual(await listing(table), ["192.0.2.1/24 foreign"]);
    });

    it("removing what is not there, or from an interface that is not there, is no failure", async () => {
      const table = host.open();
      await table.remove("hfsp0", prefix("192.0.2.77/32"));
      await table.remove("hfsp9", prefix("192.0.2.77/32"));
      assert.deepEqual(await listing(table), []);
    });

    it("adding to an interface that is not there is refused as such", async () => {
      const table = host.open();
      await assert.rejects(table.add("hfsp9", prefix("192.0.2.1/32")), (error) => {
        assert.ok(error instanceof OperationFailure);
        assert.deepEqual(error.detail, { code: "interface-missing", interface: "hfsp9" });
        return true;
      });
    });

    it("an address with a lifetime goes when it is over, which wakes, and one that is refreshed stays", async () => {
      const table = host.open();
      const brief = [prefix("192.0.2.1/32"), prefix("2001:db8::1/128")];
      const kept = [prefix("192.0.2.2/32"), prefix("2001:db8::2/128")];
      for (const each of [...brief, ...kept]) await table.add("hfsp0", each, 1);
      table.refresh(kept.map((each) => ({ interface: "hfsp0", prefix: each, lifetime: 100 })));
      let wakes = 0;
      using _watching = table.onChange(() => wakes++);
      await host.until("two are gone", async () => (await listing(table)).length === 2);
      assert.deepEqual(await listing(table), ["192.0.2.2/32 ours", "2001:db8::2/128 ours"]);
      await host.until("somebody is woken", async () => wakes > 0);
    });

    it("an address that had a lifetime is refreshed into one that stays for ever", async () => {
      const table = host.open();
      const [brief, kept] = [prefix("192.0.2.1/32"), prefix("192.0.2.2/32")];
      await table.add("hfsp0", kept, 1);
      await table.add("hfsp0", brief, 1);
      table.refresh([{ interface: "hfsp0", prefix: kept, lifetime: null }]);
      await host.until("the other is gone", async () => (await listing(table)).length === 1);
      assert.deepEqual(await listing(table), ["192.0.2.2/32 ours"]);
    });

    it("what is refreshed on an interface that is not there does no harm", async () => {
      host.open().refresh([{ interface: "hfsp9", prefix: prefix("192.0.2.1/32"), lifetime: 3 }]);
    });

    it("what is claimed at once is added with our mark and lifetime, and wakes nobody; what is there stays as it is", async () => {
      const table = host.open();
      host.addByHand("hfsp0", prefix("192.0.2.9/32"));
      await table.add("hfsp0", prefix("192.0.2.8/32"));
      const [brief, lasting] = [prefix("192.0.2.1/32"), prefix("192.0.2.2/32")];
      const there = [prefix("192.0.2.8/32"), prefix("192.0.2.9/32")] as const;
      const isForever = { interface: "hfsp0", prefixes: [prefix("192.0.2.7/32"), lasting], lifetime: null };
      table.prepare(isForever);
      await table.add("hfsp0", prefix("192.0.2.7/32"));
      let wakes = 0;
      using _watching = table.onChange(() => wakes++);
      assert.deepEqual(
        table.claim({ interface: "hfsp0", prefixes: [there[0], brief, there[1]], lifetime: 1 }),
        [brief],
      );
      assert.deepEqual(table.claim({ interface: "hfsp9", prefixes: [brief], lifetime: null }), []);
      assert.deepEqual(table.claim(isForever), [lasting]);
      const listed = await listing(table);
      assert.deepEqual(listed.toSorted(), [
        "192.0.2.1/32 ours",
        "192.0.2.2/32 ours",
        "192.0.2.7/32 ours",
        "192.0.2.8/32 ours",
        "192.0.2.9/32 foreign",
      ]);
      assert.equal(wakes, 0);
      await host.until("the brief one is gone", async () => (await listing(table)).length === 4);
    });

    it("255 are claimed at once, all but those that are there", async () => {
      const table = host.open();
      const all = Array.from({ length: 255 }, (_, index) => prefix(`198.51.100.${index + 1}/32`));
      host.addByHand("hfsp0", all[100] ?? assert.fail());
      const claim = { interface: "hfsp0", prefixes: all, lifetime: null };
      assert.equal(table.claim(claim).length, 254);
      assert.equal(table.claim(claim).length, 0);
      assert.equal((await listing(table)).filter((each) => each.endsWith(" ours")).length, 254);
    });

    it("links tell whether they are up, with their hardware address", async () => {
      const table = host.open();
      const isUp = async () => (await table.links()).find((link) => link.name === "hfsp0")?.isUp;
      assert.equal(await isUp(), true);
      host.setLinkUp("hfsp0", false);
      assert.equal(await isUp(), false);
      host.setLinkUp("hfsp0", true);
      const link = (await table.links()).find((each) => each.name === "hfsp0");
      assert.match(link?.mac ?? "", /^[0-9a-f]{2}(:[0-9a-f]{2}){5}$/);
      assert.equal(link?.mtu, 1500);
      assert.equal(link?.forwardsIpv6, false);
    });

    it("addresses of both families stand side by side", async () => {
      const table = host.open();
      await table.add("hfsp0", prefix("192.0.2.1/32"));
      await table.add("hfsp0", prefix("2001:db8::1/128"));
      assert.deepEqual(await listing(table), ["192.0.2.1/32 ours", "2001:db8::1/128 ours"]);
      await table.remove("hfsp0", prefix("2001:db8::1/128"));
      assert.deepEqual(await listing(table), ["192.0.2.1/32 ours"]);
    });

    it("an IPv6 address is usable at once, and ours becomes another when its length does", async () => {
      const table = host.open();
      await table.add("hfsp0", prefix("2001:db8::1/128"));
      assert.ok((await table.addresses()).every(({ isUsable }) => isUsable));
      await table.add("hfsp0", prefix("2001:db8::1/64"));
      assert.deepEqual(await listing(table), ["2001:db8::1/64 ours"]);
    });

    it("an IPv6 address that is there with another length and without our mark is refused", async () => {
      const table = host.open();
      host.addByHand("hfsp0", prefix("2001:db8::1/64"));
      await assert.rejects(table.add("hfsp0", prefix("2001:db8::1/128")), /address-refused.*EEXIST/);
      assert.deepEqual(await listing(table), ["2001:db8::1/64 foreign"]);
    });

    it("an IPv6 address put by hand is not ours, and becomes ours when we add it", async () => {
      const table = host.open();
      host.addByHand("hfsp0", prefix("fe80::9/128"));
      assert.deepEqual(await listing(table), ["fe80::9/128 foreign"]);
      await table.add("hfsp0", prefix("fe80::9/128"));
      assert.deepEqual(await listing(table), ["fe80::9/128 ours"]);
    });

    it("a change of addresses or links wakes whoever watches, until they stop", async () => {
      const table = host.open();
      const wakes = { count: 0 };
      const woken = (): Promise<void> => {
        const before = wakes.count;
        return deadline("a wake", () => wakes.count > before);
      };
      const watching = table.onChange(() => wakes.count++);
      const first = woken();
      host.addByHand("hfsp0", prefix("192.0.2.5/32"));
      await first;
      const second = woken();
      host.setLinkUp("hfsp0", false);
      await second;
      watching[Symbol.dispose]();
    });
  });
}

const listing = async (table: AddressTable): Promise<string[]> =>
  (await table.addresses())
    .filter((each) => each.interface === "hfsp0")
    .map((each) => `${formatIpPrefix(each.prefix)} ${each.isOurs ? "ours" : "foreign"}`)
    .sort();

export function prefix(text: string): IpPrefix {
  const parsed = parseIpPrefix(text);
  assert.ok(parsed !== null, `${text} is a prefix`);
  return parsed;
}
