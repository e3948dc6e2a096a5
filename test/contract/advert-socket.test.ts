/** Runs the network's contract on the fake and between two namespaces, and what only the kernel can show. */
import assert from "node:assert/strict";
import { after, before, beforeEach, describe, it } from "node:test";
import { openLibc } from "../../controller/adapter/libc/libc.ts";
import { LinuxNetwork } from "../../controller/adapter/packet/network.ts";
import { type IpAddress, isIpv6 } from "../../controller/net/ip.ts";
import { formatMac } from "../../controller/net/mac.ts";
import type { AdvertSocket, Network } from "../../controller/port/advert-socket.ts";
import { OperationFailure } from "../../controller/port/failure.ts";
import { type Arp, gratuitousArp, parseArp } from "../../controller/vrrp/arp.ts";
import {
  neighbourAdvertisement,
  parseNeighbourAdvertisement,
} from "../../controller/vrrp/neighbour-advertisement.ts";
import { decodeAdvertisement } from "../../controller/vrrp/packet.ts";
import { deadline } from "../support/deadline.ts";
import { FakeLan } from "../support/fake-network.ts";
import { enterOwnNetworkNamespace, ip, NeighbourNamespace } from "../support/own-network-namespace.ts";
import {
  ADDRESSINGS,
  type Addressing,
  address,
  GROUP,
  IPV6_GROUP,
  type LanOfTwo,
  networkContract,
  packetOf,
  payloadOf,
  recorder,
} from "./advert-socket.ts";

/** A neighbour made of a socket that is open already. */
function lanOfTwo(
  ours: Network,
  { theirSource }: Addressing,
  openNeighbour: (heard: Uint8Array[]) => AdvertSocket,
): LanOfTwo {
  const heard: Uint8Array[] = [];
  const socket = openNeighbour(heard);
  return {
    ours,
    neighbourSends: (payload, destination) =>
      socket.send(packetOf(payload, theirSource, destination), destination),
    neighbourHeard: () => heard.map(payloadOf),
  };
}

const openNeighbour = (network: Network, hearing: IpAddress, heard: Uint8Array[]): AdvertSocket =>
  network.openAdvertSocket("hfsp0", hearing, {
    heard: (packet) => {
      heard.push(packet);
    },
    broken: (reason) => assert.fail(reason),
  });

describe("on the fake", () => {
  const open = (addressing: Addressing): LanOfTwo => {
    const lan = new FakeLan();
    const neighbour = lan.host("neighbour", "hfsp0");
    return lanOfTwo(lan.host("ours", "hfsp0"), addressing, (heard) =>
      openNeighbour(neighbour, addressing.theyHear, heard),
    );
  };
  for (const each of ADDRESSINGS) networkContract("fake", each, open, { ageAfter20Ms: 0 });
});

describe("on the kernel", () => {
  const neighbour = new NeighbourNamespace();
  const network = new LinuxNetwork(openLibc());
  const open: Disposable[] = [];

  const addAddresses = (host: 1 | 2): void => {
    ip(`addr add 10.0.0.${host}/24 dev hfsp0`);
    for (const prefix of [`fe80::${host}/64`, `2001:db8::${host}/64`])
      ip(`addr add ${prefix} dev hfsp0 nodad`);
  };

  before(async () => {
    await neighbour.ready();
    enterOwnNetworkNamespace();
    ip(`link add hfsp0 type veth peer name hfsp0 netns ${neighbour.pid}`);
    // Otherwise the kernel would give link-local addresses of its own.
    ip("link set hfsp0 addrgenmode none");
    neighbour.within(() => {
      ip("link set hfsp0 addrgenmode none");
      ip("link set hfsp0 up");
      addAddresses(2);
    });
  });
  beforeEach(() => {
    ip("addr flush dev hfsp0");
    ip("link set hfsp0 up");
    addAddresses(1);
  });
  after(() => {
    for (const each of open.splice(0)) each[Symbol.dispose]();
    neighbour[Symbol.dispose]();
  });

  const lan = (addressing: Addressing): LanOfTwo =>
    lanOfTwo(network, addressing, (heard) => {
      const socket = neighbour.within(() => openNeighbour(network, addressing.theyHear, heard));
      open.push(socket);
      return socket;
    });
  const mac = (): string => /link\/ether (\S+)/.exec(ip("link show hfsp0"))?.[1] ?? "";

  for (const each of ADDRESSINGS) networkContract("raw sockets", each, lan, { ageAfter20Ms: 5 });

  for (const addressing of ADDRESSINGS.filter(({ weHear }) => [GROUP, IPV6_GROUP].includes(weHear))) {
    const { what, weHear, theirSource } = addressing;
    it(`hears nothing of another interface, even one that is in the same group: ${what}`, async () => {
      const { neighbourSends } = lan(addressing);
      ip("link add hfsp2 type veth peer name hfsp3");
      for (const name of ["hfsp2", "hfsp3"]) ip(`link set ${name} up`);
      ip("addr add 10.0.2.1/24 dev hfsp2");
      // Without an address that is usable, IPv6 sends nothing at all: EADDRNOTAVAIL.
      ip("addr add fe80::3/64 dev hfsp3 nodad");
      const { heard, listener } = recorder();
      using _here = network.openAdvertSocket("hfsp2", weHear, listener);
      using there = network.openAdvertSocket("hfsp3", weHear, recorder().listener);
      neighbourSends("elsewhere", weHear);
      there.send(packetOf("here", theirSource, weHear), weHear);
      await deadline("the right one is heard", () => heard.length > 0);
      assert.deepEqual(heard.map(payloadOf), ["here"]);
      ip("link del hfsp2");
    });
  }

  for (const { what, weHear, ourSource, theirSource, theyHear } of ADDRESSINGS) {
    it(`what is heard tells sender, destination and how far it came: ${what}`, async () => {
      const { heard, listener } = recorder();
      using _socket = network.openAdvertSocket("hfsp0", weHear, listener);
      using theirs = neighbour.within(() => network.openAdvertSocket("hfsp0", theyHear, recorder().listener));
      theirs.send(packetOf("\x31 not-sound", theirSource, weHear, 254), weHear);
      await deadline("it is heard", () => heard.length > 0);
      const reasonWith = (minimum: number): unknown =>
        decodeAdvertisement(heard[0] ?? new Uint8Array(), minimum);
      assert.deepEqual(reasonWith(255), { ok: false, reason: "ttl-not-255", source: theirSource });
      assert.deepEqual(reasonWith(254), { ok: false, reason: "message-length-wrong", source: theirSource });
      assert.notEqual(ourSource, theirSource);
    });
  }

  it("a gratuitous ARP corrects the neighbour's entry for the address", async () => {
    neighbour.within(() => {
      ip("neigh replace 10.0.0.100 lladdr 02:00:00:00:00:99 dev hfsp0 nud reachable");
    });
    const ours = mac();
    using announcer = network.openAnnouncer("hfsp0");
    const virtual = address("10.0.0.100");
    assert.ok(!isIpv6(virtual));
    announcer.send([gratuitousArp(ours, virtual)]);
    await deadline("the entry is corrected", () =>
      neighbour.within(() => ip("neigh show 10.0.0.100").includes(ours)),
    );
  });

  it("hears who answers for an address, on its own interface only", async () => {
    ip("link add hfsp4 type veth peer name hfsp5");
    for (const name of ["hfsp4", "hfsp5"]) ip(`link set ${name} up`);
    const virtual = address("10.0.0.100");
    assert.ok(!isIpv6(virtual));
    const heard: Arp[] = [];
    using _socket = network.openArpSocket("hfsp0", {
      heard: (frame) => heard.push(parseArp(frame) ?? assert.fail()),
      broken: assert.fail,
    });
    using elsewhere = network.openAnnouncer("hfsp4");
    elsewhere.send([gratuitousArp("02:00:00:00:00:98", virtual)]);
    const theirs = neighbour.within(() => network.openAnnouncer("hfsp0"));
    theirs.send([gratuitousArp("02:00:00:00:00:99", virtual)]);
    const isTheirs = ({ senderMac }: Arp): boolean => senderMac === "02:00:00:00:00:99";
    await deadline("it is heard", () => heard.some(isTheirs));
    assert.deepEqual(heard.find(isTheirs)?.senderAddress, virtual);
    assert.ok(heard.every(({ senderMac }) => senderMac !== "02:00:00:00:00:98"));
    theirs[Symbol.dispose]();
    ip("link del hfsp4");
  });

  it("hears every frame that comes in on its own interface, and none that leaves on it", async () => {
    const heard: string[] = [];
    using _socket = network.openFrameSocket("hfsp0", {
      heard: (frame) => heard.push(formatMac(frame.subarray(6, 12))),
      broken: assert.fail,
    });
    const virtual = address("10.0.0.100");
    assert.ok(!isIpv6(virtual));
    using announcer = network.openAnnouncer("hfsp0");
    announcer.send([gratuitousArp("02:00:00:00:00:97", virtual)]);
    using theirs = neighbour.within(() => network.openAnnouncer("hfsp0"));
    theirs.send([gratuitousArp("02:00:00:00:00:99", virtual)]);
    await deadline("theirs is heard", () => heard.includes("02:00:00:00:00:99"));
    assert.ok(!heard.includes("02:00:00:00:00:97"), heard.join(" "));
  });

  it("hears who says to all nodes that an address of IPv6 is theirs, on its own interface, and no other ICMPv6", async () => {
    const target = address("2001:db8::100");
    assert.ok(isIpv6(target));
    const flags = { isRouter: false, isSolicited: false, overrides: true };
    const heard: string[] = [];
    using _socket = network.openNeighbourSocket("hfsp0", {
      heard: (message) => {
        const claim = parseNeighbourAdvertisement(message) ?? assert.fail();
        heard.push(`${claim.mac} ${claim.target}`);
      },
      broken: assert.fail,
    });
    using theirs = neighbour.within(() => network.openAnnouncer("hfsp0"));
    neighbour.within(() => ip("-6 neigh flush dev hfsp0"));
    const far = neighbourAdvertisement({ mac: "02:00:00:00:00:98", target, flags });
    far[14 + 7] = 64;
    theirs.send([far, neighbourAdvertisement({ mac: "02:00:00:00:00:99", target, flags })]);
    await deadline("it is heard", () => heard.includes(`02:00:00:00:00:99 ${target}`));
    assert.ok(!heard.some((each) => each.startsWith("02:00:00:00:00:98")), heard.join());
  });

  it("an unsolicited neighbour advertisement corrects the neighbour's entry, and makes no router of a host", async () => {
    const entry = (): string => neighbour.within(() => ip("-6 neigh show 2001:db8::100 dev hfsp0"));
    neighbour.within(() => {
      ip("neigh replace 2001:db8::100 lladdr 02:00:00:00:00:99 dev hfsp0 nud reachable");
    });
    const ours = mac();
    using announcer = network.openAnnouncer("hfsp0");
    const target = address("2001:db8::100");
    assert.ok(isIpv6(target));
    const announce = (isRouter: boolean): void => {
      const flags = { isRouter, isSolicited: false, overrides: true };
      announcer.send([neighbourAdvertisement({ mac: ours, target, flags })]);
    };
    announce(false);
    await deadline("the entry is corrected", () => entry().includes(ours));
    assert.doesNotMatch(entry(), /router/);
    announce(true);
    await deadline("the entry is a router's", () => / router /.test(entry()));
  });

  it("an address that is not there is refused as a place to hear unicast, with the errno", () => {
    for (const text of ["10.0.0.77", "2001:db8::77"])
      assert.throws(
        () => network.openAdvertSocket("hfsp0", address(text), recorder().listener),
        /send-refused.*EADDRNOTAVAIL/,
      );
  });

  for (const { what, ourSource, weHear, theyHear } of ADDRESSINGS) {
    it(`a send over a link that is down is refused with the errno: ${what}`, () => {
      using socket = network.openAdvertSocket("hfsp0", weHear, recorder().listener);
      ip("link set hfsp0 down");
      assert.throws(
        () => socket.send(packetOf("lost", ourSource, theyHear), theyHear),
        (error) => {
          assert.ok(error instanceof OperationFailure);
          assert.equal(error.detail.code, "send-refused");
          assert.match(error.message, /ENET(DOWN|UNREACH)/);
          return true;
        },
      );
    });
  }
});
