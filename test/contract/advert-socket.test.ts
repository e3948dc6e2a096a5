/** Runs the network's contract on the fake and between two namespaces, and what only the kernel can show. */
import assert from "node:assert/strict";
import { after, before, beforeEach, describe, it } from "node:test";
import { openLibc } from "../../controller/adapter/libc/libc.ts";
import { LinuxNetwork } from "../../controller/adapter/packet/network.ts";
import { type Ipv4, parseIpv4 } from "../../controller/net/ipv4.ts";
import type { AdvertSocket, Network } from "../../controller/port/advert-socket.ts";
import { OperationFailure } from "../../controller/port/failure.ts";
import { gratuitousArp } from "../../controller/vrrp/arp.ts";
import { withIpv4Header } from "../../controller/vrrp/ipv4-header.ts";
import { deadline } from "../support/deadline.ts";
import { FakeLan } from "../support/fake-network.ts";
import { enterOwnNetworkNamespace, ip, NeighbourNamespace } from "../support/own-network-namespace.ts";
import { GROUP, type LanOfTwo, networkContract, OTHER_GROUP, payloadOf } from "./advert-socket.ts";

const packetFrom =
  (source: string) =>
  (payload: string, destination: Ipv4): Uint8Array =>
    withIpv4Header(Buffer.from(payload, "latin1"), address(source), destination);

function address(text: string): Ipv4 {
  const parsed = parseIpv4(text);
  assert.ok(parsed !== null);
  return parsed;
}

/** A neighbour made of sockets that are open already, one for each group. */
function lanOfTwo(
  ours: Network,
  openNeighbour: (heard: string[]) => ReadonlyMap<Ipv4, AdvertSocket>,
): LanOfTwo {
  const heard: string[] = [];
  const sockets = openNeighbour(heard);
  const theirPacket = packetFrom("10.0.0.2");
  return {
    ours,
    neighbourSends: async (payload, destination) => {
      sockets.get(destination)?.send(theirPacket(payload, destination), destination);
    },
    neighbourHeard: async () => heard,
    packet: packetFrom("10.0.0.1"),
  };
}

function openBoth(network: Network, heard: string[]): Map<Ipv4, AdvertSocket> {
  const listener = {
    heard: (packet: Uint8Array) => {
      heard.push(payloadOf(packet));
    },
    broken: (reason: string) => assert.fail(reason),
  };
  return new Map(
    [GROUP, OTHER_GROUP].map((group) => [group, network.openAdvertSocket("hfsp0", group, listener)]),
  );
}

describe("on the fake", () => {
  networkContract("fake", () => {
    const lan = new FakeLan();
    const neighbour = lan.host("neighbour", "hfsp0");
    return lanOfTwo(lan.host("ours", "hfsp0"), (heard) => openBoth(neighbour, heard));
  });
});

describe("on the kernel", () => {
  const neighbour = new NeighbourNamespace();
  const network = new LinuxNetwork(openLibc());
  const open: Disposable[] = [];

  before(async () => {
    await neighbour.ready();
    enterOwnNetworkNamespace();
    ip(`link add hfsp0 type veth peer name hfsp0 netns ${neighbour.pid}`);
    neighbour.within(() => {
      ip("addr add 10.0.0.2/24 dev hfsp0");
      ip("link set hfsp0 up");
    });
  });
  beforeEach(() => {
    ip("addr flush dev hfsp0");
    ip("addr add 10.0.0.1/24 dev hfsp0");
    ip("link set hfsp0 up");
  });
  after(() => {
    for (const each of open.splice(0)) each[Symbol.dispose]();
    neighbour[Symbol.dispose]();
  });

  const lan = (): LanOfTwo =>
    lanOfTwo(network, (heard) => {
      const sockets = neighbour.within(() => openBoth(network, heard));
      open.push(...sockets.values());
      return sockets;
    });

  networkContract("raw sockets", lan);

  it("hears nothing of another interface, even one that is in the same group", async () => {
    const { neighbourSends } = lan();
    ip("link add hfsp2 type veth peer name hfsp3");
    for (const name of ["hfsp2", "hfsp3"]) ip(`link set ${name} up`);
    ip("addr add 10.0.2.1/24 dev hfsp2");
    const heard: string[] = [];
    const listener = {
      heard: (packet: Uint8Array) => {
        heard.push(payloadOf(packet));
      },
      broken: (reason: string) => assert.fail(reason),
    };
    using _here = network.openAdvertSocket("hfsp2", GROUP, listener);
    using there = network.openAdvertSocket("hfsp3", GROUP, { ...listener, heard: () => undefined });
    await neighbourSends("elsewhere", GROUP);
    there.send(packetFrom("10.0.2.9")("here", GROUP), GROUP);
    await deadline("the right one is heard", () => heard.length > 0);
    assert.deepEqual(heard, ["here"]);
    ip("link del hfsp2");
  });

  it("a gratuitous ARP corrects the neighbour's entry for the address", async () => {
    neighbour.within(() => {
      ip("neigh replace 10.0.0.100 lladdr 02:00:00:00:00:99 dev hfsp0 nud reachable");
    });
    const mac = /link\/ether (\S+)/.exec(ip("link show hfsp0"))?.[1] ?? "";
    using announcer = network.openAnnouncer("hfsp0");
    announcer.send([gratuitousArp(mac, address("10.0.0.100"))]);
    await deadline("the entry is corrected", () =>
      neighbour.within(() => ip("neigh show 10.0.0.100").includes(mac)),
    );
  });

  it("a send over a link that is down is refused with the errno", () => {
    using socket = network.openAdvertSocket("hfsp0", GROUP, {
      heard: () => undefined,
      broken: (reason) => assert.fail(reason),
    });
    ip("link set hfsp0 down");
    assert.throws(
      () => socket.send(packetFrom("10.0.0.1")("lost", GROUP), GROUP),
      (error) => {
        assert.ok(error instanceof OperationFailure);
        assert.equal(error.detail.code, "send-refused");
        assert.match(error.message, /ENET(DOWN|UNREACH)/);
        return true;
      },
    );
  });
});
