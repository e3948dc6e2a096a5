/** Runs the contract of virtual links on the fake and on the kernel, and what only the kernel can show. */
import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { after, afterEach, before, beforeEach, describe, it } from "node:test";
import { type Libc, openLibc } from "../../controller/adapter/libc/libc.ts";
import { NetlinkAddressTable } from "../../controller/adapter/netlink/address-table.ts";
import { MacvlanLinks } from "../../controller/adapter/netlink/macvlan-links.ts";
import { FakeAddressTable } from "../support/fake-address-table.ts";
import { FakeVirtualLinks } from "../support/fake-virtual-links.ts";
import { enterOwnNetworkNamespace, ip } from "../support/own-network-namespace.ts";
import { prefix } from "./address-table.ts";
import { FOR_IPV4, FOR_IPV6, isRefusal, virtualLinksContract } from "./virtual-links.ts";

describe("on the fake", () => {
  let table = new FakeAddressTable("hfsp0");
  let links = new FakeVirtualLinks(table);
  beforeEach(() => {
    table = new FakeAddressTable("hfsp0");
    links = new FakeVirtualLinks(table);
  });
  virtualLinksContract("fake", {
    open: () => ({ links, table }),
    addByHand: (name, mac) => links.addByHand(name, mac, "hfsp0"),
  });
});

describe("on the kernel", () => {
  const opened: Disposable[] = [];
  const open = (libc: Libc = openLibc()) => {
    const links = new MacvlanLinks(libc);
    const table = new NetlinkAddressTable(libc);
    opened.push(links, table);
    return { links, table };
  };
  const OTHER = { ...FOR_IPV4, name: "hf52.4.hfsp0", mac: "00:00:5e:00:01:34" };
  const setting = (name: string, of = "hfsp0"): string =>
    readFileSync(`/proc/sys/net/ipv4/conf/${of}/${name}`, "utf8").trim();
  const set = (name: string, value: string, of = "hfsp0"): void =>
    writeFileSync(`/proc/sys/net/ipv4/conf/${of}/${name}`, value);

  before(() => {
    enterOwnNetworkNamespace();
  });
  beforeEach(() => {
    ip("link add hfsp0 type veth peer name hfsp1");
    ip("link set hfsp1 up");
    ip("link set hfsp0 up");
    for (const name of ["arp_ignore", "arp_announce"]) set(name, "0");
  });
  afterEach(() => {
    for (const each of opened.splice(0)) each[Symbol.dispose]();
    ip("link del hfsp0");
  });
  after(() => {
    for (const name of ["arp_ignore", "arp_announce"]) set(name, "0", "all");
  });

  virtualLinksContract("rtnetlink", {
    open,
    addByHand: (name, mac) => {
      ip(`link add ${name} link hfsp0 address ${mac} type macvlan`);
    },
  });

  it("the settings of the interface below are told, and put back when the last one goes", async () => {
    const { links } = open();
    set("arp_announce", "1");
    assert.deepEqual(
      (await links.create(FOR_IPV4)).map(({ setting: name, from, to }) => `${name} ${from} ${to}`),
      ["net.ipv4.conf.hfsp0.arp_ignore 0 1", "net.ipv4.conf.hfsp0.arp_announce 1 2"],
    );
    assert.deepEqual(await links.create(OTHER), []);
    await links.remove(FOR_IPV4.name);
    assert.deepEqual([setting("arp_ignore"), setting("arp_announce")], ["1", "2"]);
    // Another process, which knows only what the kernel keeps.
    await open().links.remove(OTHER.name);
    assert.deepEqual([setting("arp_ignore"), setting("arp_announce")], ["0", "1"]);
  });

  it("settings that suffice are left alone, here or for all interfaces, and IPv6 needs none", async () => {
    const { links } = open();
    assert.deepEqual(await links.create(FOR_IPV6), []);
    set("arp_ignore", "2");
    set("arp_announce", "2", "all");
    assert.deepEqual(await links.create(FOR_IPV4), []);
    await links.remove(FOR_IPV4.name);
    assert.equal(setting("arp_ignore"), "2");
    set("arp_ignore", "3", "all");
    await assert.rejects(links.create(FOR_IPV4), isRefusal(/net\.ipv4\.conf\.all\.arp_ignore is 3/));
    assert.deepEqual(await links.list().then((all) => all.map(({ name }) => name)), [FOR_IPV6.name]);
  });

  it("what somebody has changed since then is not put back", async () => {
    const { links } = open();
    for (const name of ["arp_ignore", "arp_announce"]) set(name, "0", "all");
    await links.create(FOR_IPV4);
    set("arp_ignore", "2");
    await links.remove(FOR_IPV4.name);
    assert.deepEqual([setting("arp_ignore"), setting("arp_announce")], ["2", "0"]);
  });

  it("addresses on it bring no route to their network, by which the host's own traffic would leave from them", async () => {
    const { links, table } = open();
    for (const terms of [FOR_IPV4, FOR_IPV6]) {
      await links.create(terms);
      await links.setUp(terms.name, true);
    }
    const addresses = [prefix("192.0.2.1/24"), prefix("2001:db8::1/64")] as const;
    await table.add(FOR_IPV4.name, addresses[0], 100);
    await table.add(FOR_IPV6.name, addresses[1], 100);
    table.refresh([
      { interface: FOR_IPV4.name, prefix: addresses[0], lifetime: 90 },
      { interface: FOR_IPV6.name, prefix: addresses[1], lifetime: 90 },
    ]);
    assert.equal(ip("-4 route show proto kernel"), "");
    assert.doesNotMatch(ip("-6 route show"), /2001:db8::\/64/);
    assert.match(ip(`-4 addr show dev ${FOR_IPV4.name}`), /noprefixroute/);
    await table.add(FOR_IPV6.name, prefix("fe80::51/64"));
    assert.match(ip("-6 route show"), new RegExp(`fe80::/64 dev ${FOR_IPV6.name}`));
  });

  it("it goes up without an address of its own, and of two in one network each goes alone", async () => {
    const { links, table } = open();
    await links.create(FOR_IPV4);
    await links.setUp(FOR_IPV4.name, true);
    await links.create(FOR_IPV6);
    await links.setUp(FOR_IPV6.name, true);
    assert.doesNotMatch(ip(`addr show dev ${FOR_IPV4.name}`), /inet/);
    assert.doesNotMatch(ip(`addr show dev ${FOR_IPV6.name}`), /inet/);
    await table.add(FOR_IPV4.name, prefix("192.0.2.1/24"));
    await table.add(FOR_IPV4.name, prefix("192.0.2.2/24"));
    await table.remove(FOR_IPV4.name, prefix("192.0.2.1/24"));
    assert.match(ip(`-4 addr show dev ${FOR_IPV4.name}`), /192\.0\.2\.2\/24/);
  });

  it("where there can be none it says why: a port of a bridge, the loopback, a kernel without the module", async () => {
    ip("link add hfbr0 type bridge");
    ip("link set hfsp0 master hfbr0");
    await assert.rejects(open().links.create(FOR_IPV4), isRefusal(/belongs to a bridge/));
    ip("link del hfbr0");
    await assert.rejects(
      open().links.create({ ...FOR_IPV4, parent: "lo" }),
      isRefusal(/can carry no macvlan/),
    );
    const kind = Buffer.from("macvlan\0");
    const libc = openLibc();
    const { links } = open({
      ...libc,
      sendTo: (socket, bytes, address) => {
        const other = Buffer.from(bytes);
        const at = other.indexOf(kind);
        // A kind that no kernel has is what macvlan is to a kernel that has no macvlan.
        if (at >= 0) other.write("nosuch!", at);
        libc.sendTo(socket, other, address);
      },
    });
    await assert.rejects(links.create(FOR_IPV4), isRefusal(/no macvlan interfaces.*module macvlan/));
  });

  it("two with the same hardware address on one interface are refused when the second goes up", async () => {
    ip(`link add foreign link hfsp0 address ${FOR_IPV4.mac} type macvlan`);
    ip("link set foreign up");
    const { links } = open();
    await links.create(FOR_IPV4);
    await assert.rejects(
      links.setUp(FOR_IPV4.name, true),
      isRefusal(/another interface on the one below has the same virtual MAC/),
    );
  });
});
