/** Runs the address table's contract on the fake and on the kernel, and what only the kernel can show. */
import assert from "node:assert/strict";
import { after, afterEach, before, beforeEach, describe, it } from "node:test";
import { openLibc } from "../../controller/adapter/libc/libc.ts";
import { NetlinkAddressTable } from "../../controller/adapter/netlink/address-table.ts";
import { ChangeMonitor } from "../../controller/adapter/netlink/change-monitor.ts";
import { formatPrefix, type Prefix } from "../../controller/net/ipv4.ts";
import { deadline } from "../support/deadline.ts";
import { FakeAddressTable } from "../support/fake-address-table.ts";
import { enterOwnNetworkNamespace, ip } from "../support/own-network-namespace.ts";
import { addressTableContract, prefix } from "./address-table.ts";

describe("on the fake", () => {
  let table = new FakeAddressTable("hfsp0");
  beforeEach(() => {
    table = new FakeAddressTable("hfsp0");
  });
  addressTableContract("fake", {
    open: () => table,
    addByHand: (name, address) => table.addByHand(name, address),
    setLinkUp: (name, isUp) => table.setLink(name, isUp),
  });
});

describe("on the kernel", () => {
  const opened: NetlinkAddressTable[] = [];
  const open = (): NetlinkAddressTable => {
    const table = new NetlinkAddressTable(openLibc());
    opened.push(table);
    return table;
  };
  const addByHand = (name: string, address: Prefix): void => {
    ip(`addr add ${formatPrefix(address)} dev ${name}`);
  };

  before(() => {
    enterOwnNetworkNamespace();
    ip("link add hfsp0 type veth peer name hfsp1");
    ip("link set hfsp1 up");
  });
  beforeEach(() => {
    ip("addr flush dev hfsp0");
    ip("link set hfsp0 up");
  });
  afterEach(() => {
    for (const table of opened.splice(0)) table[Symbol.dispose]();
  });
  after(() => {
    ip("link del hfsp0");
  });

  addressTableContract("rtnetlink", {
    open,
    addByHand,
    setLinkUp: (name, isUp) => {
      ip(`link set ${name} ${isUp ? "up" : "down"}`);
    },
  });

  it("adding 200 addresses at once adds them all", async () => {
    const table = open();
    const all = Array.from({ length: 200 }, (_, i) => prefix(`198.51.100.${i + 1}/32`));
    await Promise.all(all.map((address) => table.add("hfsp0", address)));
    assert.equal((await table.addresses()).filter((each) => each.isOurs).length, 200);
  });

  it("notifications that overrun the socket still wake, and so do later ones", async () => {
    const monitor = new ChangeMonitor(openLibc(), 2_000);
    let wakes = 0;
    monitor.watch(() => wakes++);
    // The commands run synchronously, so nothing is read meanwhile and the small buffer runs over.
    for (let i = 1; i <= 60; i++) addByHand("hfsp0", prefix(`192.0.2.${i}/32`));
    await deadline("the overrun wakes", () => wakes > 0);
    const before = wakes;
    ip("addr flush dev hfsp0");
    await deadline("later notifications wake", () => wakes > before);
    monitor[Symbol.dispose]();
  });

  it("a link without carrier is not up", async () => {
    ip("link set hfsp1 down");
    const links = await open().links();
    ip("link set hfsp1 up");
    assert.equal(links.find((link) => link.name === "hfsp0")?.isUp, false);
  });
});
