/** Runs the address table's contract on the fake and on the kernel, and what only the kernel can show. */
import assert from "node:assert/strict";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { after, afterEach, before, beforeEach, describe, it } from "node:test";
import { openLibc, SystemCallFailure } from "../../controller/adapter/libc/libc.ts";
import { NetlinkAddressTable } from "../../controller/adapter/netlink/address-table.ts";
import { ChangeMonitor } from "../../controller/adapter/netlink/change-monitor.ts";
import { ChangeSocket } from "../../controller/adapter/netlink/change-socket.ts";
import { encodeAddress, RTM } from "../../controller/adapter/netlink/messages.ts";
import { formatIpPrefix, type IpAddress, type IpPrefix, ipBytes } from "../../controller/net/ip.ts";
import { deadline } from "../support/deadline.ts";
import { FakeAddressTable } from "../support/fake-address-table.ts";
import { FakeClock } from "../support/fake-clock.ts";
import { enterOwnNetworkNamespace, ip } from "../support/own-network-namespace.ts";
import { addressTableContract, prefix } from "./address-table.ts";

describe("on the fake", () => {
  let table = new FakeAddressTable("hfsp0");
  let clock = new FakeClock();
  beforeEach(() => {
    clock = new FakeClock();
    table = new FakeAddressTable("hfsp0");
    table.ageBy(clock);
  });
  addressTableContract("fake", {
    open: () => table,
    addByHand: (name, address) => table.addByHand(name, address),
    setLinkUp: (name, isUp) => table.setLink(name, isUp),
    until: async (what, isSo) => {
      for (let step = 0; step < 50; step++) {
        if (await isSo()) return;
        await clock.advance(100);
      }
      assert.fail(what);
    },
  });
});

describe("on the kernel", () => {
  const opened: NetlinkAddressTable[] = [];
  const open = (): NetlinkAddressTable => {
    const table = new NetlinkAddressTable(openLibc());
    opened.push(table);
    return table;
  };
  const addByHand = (name: string, address: IpPrefix): void => {
    ip(`addr add ${formatIpPrefix(address)} dev ${name}`);
  };

  before(() => {
    enterOwnNetworkNamespace();
    ip("link add hfsp0 type veth peer name hfsp1");
    // Otherwise the kernel would give a link-local address whenever the link comes up.
    ip("link set hfsp0 addrgenmode none");
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
    until: (what, isSo) => deadline(what, isSo),
  });

  it("adding 200 addresses at once adds them all", async () => {
    const table = open();
    const all = Array.from({ length: 200 }, (_, i) => prefix(`198.51.100.${i + 1}/32`));
    await Promise.all(all.map((address) => table.add("hfsp0", address)));
    assert.equal((await table.addresses()).filter((each) => each.isOurs).length, 200);
  });

  it("250 changes are carried out by four calls, and each is answered for itself", async () => {
    const libc = openLibc();
    let calls = 0;
    using changes = new ChangeSocket({
      ...libc,
      sendTo: (...values) => {
        calls++;
        libc.sendTo(...values);
      },
    });
    const index = libc.interfaceIndex("hfsp0") ?? assert.fail("the interface is there");
    const add = (address: IpPrefix): Promise<void> =>
      changes.request(RTM.newAddress, encodeAddress(index, address, null), 0x600);
    await add(prefix("198.51.100.7/32"));
    calls = 0;
    const all = Array.from({ length: 250 }, (_, i) => prefix(`198.51.100.${i + 1}/32`));
    const answers = await Promise.allSettled(all.map(add));
    assert.equal(calls, 4);
    const refused = answers.flatMap((answer, at) => (answer.status === "rejected" ? [{ at, answer }] : []));
    assert.deepEqual(
      refused.map(({ at, answer }) => [at, String(answer.reason)]),
      [[6, "SystemCallFailure: rtnetlink: EEXIST"]],
    );
    assert.equal((await open().addresses()).filter((each) => each.isOurs).length, 250);
  });

  it("201 addresses are refreshed by one call, which wakes nobody, and still carry our mark", async () => {
    const table = open();
    const all = Array.from({ length: 201 }, (_, i) => prefix(`198.51.100.${i + 1}/32`));
    await Promise.all(all.map((address) => table.add("hfsp0", address, 50)));
    using everything = new ChangeMonitor(openLibc(), null);
    let notified = 0;
    let wakes = 0;
    using _all = everything.watch(() => notified++);
    using _watching = table.onChange(() => wakes++);
    table.refresh(all.map((each) => ({ interface: "hfsp0", prefix: each, lifetime: 90 })));
    const lifetimes = ip("-4 -o addr show dev hfsp0").match(/valid_lft \d+sec/g) ?? [];
    assert.equal(lifetimes.filter((each) => /(90|89)sec/.test(each)).length, 201);
    await deadline("the kernel has notified", () => notified > 0);
    assert.equal(wakes, 0);
    assert.equal((await table.addresses()).filter((each) => each.isOurs).length, 201);
  });

  it("a refresh that the kernel refuses says so", async () => {
    const refused = { interface: "hfsp0", prefix: prefix("192.0.2.1/32"), lifetime: 0 };
    assert.throws(() => open().refresh([refused]), /refresh addresses/);
  });

  it("a socket of which the kernel refuses a part is closed again", async () => {
    const refused = (): never => {
      throw new SystemCallFailure("bind", "EPERM");
    };
    const opened = (): number => readdirSync("/proc/self/fd").length;
    const libc = { ...openLibc(), bind: refused };
    using changes = new ChangeSocket(libc);
    using monitor = new ChangeMonitor(libc, null);
    const before = opened();
    await assert.rejects(changes.request(RTM.newAddress, new Uint8Array(8), 0), /EPERM/);
    assert.throws(() => monitor.watch(() => undefined), /EPERM/);
    assert.equal(opened(), before);
  });

  it("a claim that was made ready for an interface that has been replaced adds nothing, until it is made ready anew", async () => {
    const table = open();
    const claim = { interface: "hfsp2", prefixes: [prefix("192.0.2.1/32")], lifetime: null };
    const replace = async (): Promise<void> => {
      ip("link add hfsp2 type veth peer name hfsp3");
      // The name is looked up once per turn.
      await new Promise((resolve) => setImmediate(resolve));
    };
    await replace();
    table.prepare(claim);
    ip("link del hfsp2");
    assert.deepEqual(table.claim(claim), []);
    await replace();
    assert.deepEqual(table.claim(claim), []);
    table.prepare(claim);
    assert.deepEqual(table.claim(claim), claim.prefixes);
    ip("link del hfsp2");
  });

  it("X5: notifications that overrun the socket still wake, and so do later ones", async () => {
    const monitor = new ChangeMonitor(openLibc(), null, 2_000);
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

  it("an IPv6 address takes packets as soon as it is added", async () => {
    const table = open();
    const LOCAL = 0x8000_0000;
    // The kernel has the address at once, and puts the route to itself into its table a little later, from a work queue.
    const isTaken = (address: IpAddress): boolean => {
      const hex = Buffer.from(ipBytes(address)).toString("hex");
      const lines = readFileSync("/proc/net/ipv6_route", "utf8").split("\n");
      return lines.some((line) => {
        const [destination, , , , , , , , flags = "0"] = line.split(/\s+/);
        return destination === hex && (Number.parseInt(flags, 16) & LOCAL) !== 0;
      });
    };
    for (let i = 1; i <= 40; i++) {
      const added = prefix(`${i % 2 === 0 ? "2001:db8" : "fe80"}::${i}/128`);
      await table.add("hfsp0", added);
      assert.ok(isTaken(added.address), `the ${i}th`);
    }
  });

  it("an IPv6 address of ours is never chosen as the source of a connection", async () => {
    const table = open();
    ip("addr add 2001:db8::1/64 dev hfsp0 nodad");
    await table.add("hfsp0", prefix("2001:db8::aaaa/64"));
    await table.add("hfsp0", prefix("2001:db8::bbbb/128"));
    for (const near of ["2001:db8::aaab", "2001:db8::bbba"])
      assert.match(ip(`-6 route get ${near}`), / src 2001:db8::1 /);
  });

  it("an IPv6 address that is looked at by duplicate address detection, or lost to it, is not usable", async () => {
    const table = open();
    const isUsable = async (address: string): Promise<boolean | undefined> =>
      (await table.addresses()).find((each) => each.prefix.address === address)?.isUsable;
    ip("addr add 2001:db8::1/64 dev hfsp1 nodad");
    ip("addr add 2001:db8::1/64 dev hfsp0");
    assert.equal(await isUsable("2001:db8::1"), true, "the neighbour's own");
    await deadline("the duplicate is found", () => ip("addr show dev hfsp0").includes("dadfailed"));
    const ours = (await table.addresses()).find((each) => each.interface === "hfsp0");
    assert.equal(ours?.isUsable, false);
    ip("addr flush dev hfsp1");
  });

  it("a link that forwards IPv6 says so", async () => {
    const forwards = async (): Promise<boolean | undefined> =>
      (await open().links()).find((link) => link.name === "hfsp0")?.forwardsIpv6;
    assert.equal(await forwards(), false);
    writeFileSync("/proc/sys/net/ipv6/conf/hfsp0/forwarding", "1");
    assert.equal(await forwards(), true);
    writeFileSync("/proc/sys/net/ipv6/conf/hfsp0/forwarding", "0");
  });

  it("a link without carrier is not up", async () => {
    ip("link set hfsp1 down");
    const links = await open().links();
    ip("link set hfsp1 up");
    assert.equal(links.find((link) => link.name === "hfsp0")?.isUp, false);
  });
});
