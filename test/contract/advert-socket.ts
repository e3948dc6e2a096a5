/** What every Network promises. Run on the fake always, and on the kernel between two namespaces. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { type IpAddress, isIpv6, parseIpAddress } from "../../controller/net/ip.ts";
import type { AdvertListener, Network } from "../../controller/port/advert-socket.ts";
import { OperationFailure } from "../../controller/port/failure.ts";
import { ipHeaderLength, withIpHeader } from "../../controller/vrrp/ip-packet.ts";
import { deadline } from "../support/deadline.ts";

/** Two hosts on one LAN, both with an interface `hfsp0`. */
export interface LanOfTwo {
  readonly ours: Network;
  /** The neighbour sends an IP packet of protocol 112 whose payload is `payload`. */
  neighbourSends(payload: string, destination: IpAddress): void;
  /** What the neighbour has heard so far: payloads. */
  neighbourHeard(): readonly string[];
}

/** Where the two hosts speak from, and where they hear. */
export interface Addressing {
  readonly what: string;
  readonly ourSource: IpAddress;
  readonly theirSource: IpAddress;
  readonly weHear: IpAddress;
  readonly theyHear: IpAddress;
  /** What another socket of ours hears, and ours must not. */
  readonly elsewhere: IpAddress;
}

const IPV4 = { ourSource: address("10.0.0.1"), theirSource: address("10.0.0.2") };
const LINK_LOCAL = { ourSource: address("fe80::1"), theirSource: address("fe80::2") };
const GLOBAL = { ourSource: address("2001:db8::1"), theirSource: address("2001:db8::2") };
export const GROUP = address("224.0.0.18");
const OTHER_GROUP = address("224.103.5.5");
export const IPV6_GROUP = address("ff02::12");
const OTHER_IPV6_GROUP = address("ff02::103");

const multicast = (group: IpAddress, elsewhere: IpAddress) => ({ weHear: group, theyHear: group, elsewhere });
const unicast = (hosts: Pick<Addressing, "ourSource" | "theirSource">, elsewhere: IpAddress) => ({
  ...hosts,
  weHear: hosts.ourSource,
  theyHear: hosts.theirSource,
  elsewhere,
});

export const ADDRESSINGS: readonly Addressing[] = [
  { what: "IPv4 to a group", ...IPV4, ...multicast(GROUP, OTHER_GROUP) },
  { what: "IPv4 to a peer", ...unicast(IPV4, GROUP) },
  { what: "IPv6 to a group", ...LINK_LOCAL, ...multicast(IPV6_GROUP, OTHER_IPV6_GROUP) },
  { what: "IPv6 to a peer", ...unicast(GLOBAL, IPV6_GROUP) },
  { what: "IPv6 to a peer by its link-local address", ...unicast(LINK_LOCAL, IPV6_GROUP) },
];

/** More than one system call reads. */
const BURST = 250;

export function networkContract(
  what: string,
  addressing: Addressing,
  open: (addressing: Addressing) => LanOfTwo,
  { ageAfter20Ms }: { readonly ageAfter20Ms: number },
): void {
  const { weHear, theyHear, elsewhere, ourSource } = addressing;
  describe(`network: ${what}, ${addressing.what}`, () => {
    it("hears what a neighbour sends there, header included, and nothing that another socket hears", async () => {
      const lan = open(addressing);
      const { heard, listener } = recorder();
      const other = recorder();
      using _socket = lan.ours.openAdvertSocket("hfsp0", weHear, listener);
      using _other = lan.ours.openAdvertSocket("hfsp0", elsewhere, other.listener);
      lan.neighbourSends("to-others", elsewhere);
      lan.neighbourSends("to-us", weHear);
      await deadline("both packets are heard", () => heard.length + other.heard.length > 1);
      assert.deepEqual(heard.map(payloadOf), ["to-us"]);
      assert.deepEqual(other.heard.map(payloadOf), ["to-others"]);
      assert.equal((heard[0]?.[0] ?? 0) >> 4, isIpv6(weHear) ? 6 : 4);
    });

    it("sends there, and does not hear itself", async () => {
      const lan = open(addressing);
      const { heard, listener } = recorder();
      using socket = lan.ours.openAdvertSocket("hfsp0", weHear, listener);
      socket.send(packetOf("from-us", ourSource, theyHear), theyHear);
      await deadline("the neighbour hears it", () => lan.neighbourHeard().includes("from-us"));
      lan.neighbourSends("afterwards", weHear);
      await deadline("the later packet is heard", () => heard.length > 0);
      assert.deepEqual(heard.map(payloadOf), ["afterwards"]);
    });

    it("drain has everything heard that has arrived, before it returns", async () => {
      const lan = open(addressing);
      const { heard, listener } = recorder();
      using socket = lan.ours.openAdvertSocket("hfsp0", weHear, listener);
      // The first may have to wait until the neighbour knows our hardware address.
      lan.neighbourSends("zero", weHear);
      await deadline("the first is heard", () => heard.length > 0);
      for (const payload of ["one", "two", "three"]) lan.neighbourSends(payload, weHear);
      socket.drain();
      assert.deepEqual(heard.map(payloadOf), ["zero", "one", "two", "three"]);
    });

    it("how long ago a packet came in is told, 5 ms at most, and 0 where nobody knows", async () => {
      const lan = open(addressing);
      const ages: number[] = [];
      using socket = lan.ours.openAdvertSocket("hfsp0", weHear, {
        heard: (_, age) => ages.push(age),
        broken: (reason) => assert.fail(reason),
      });
      lan.neighbourSends("first", weHear);
      await deadline("the first is heard", () => ages.length > 0);
      lan.neighbourSends("second", weHear);
      // Nothing is read meanwhile.
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 20);
      socket.drain();
      const [, second = Number.NaN] = ages;
      assert.equal(ages.length, 2);
      assert.equal(second, ageAfter20Ms);
      assert.ok(ages.every((age) => age >= 0 && age <= 5));
    });

    it("a burst is heard whole and in order", async () => {
      const lan = open(addressing);
      const { heard, listener } = recorder();
      using _socket = lan.ours.openAdvertSocket("hfsp0", weHear, listener);
      // The first may have to wait until the neighbour knows our hardware address.
      lan.neighbourSends("first", weHear);
      await deadline("the first is heard", () => heard.length > 0);
      const payloads = Array.from({ length: BURST }, (_, index) => `packet ${index}`);
      for (const payload of payloads) lan.neighbourSends(payload, weHear);
      await deadline("all are heard", () => heard.length > BURST);
      assert.deepEqual(heard.map(payloadOf), ["first", ...payloads]);
    });

    it("a closed socket hears nothing more", async () => {
      const lan = open(addressing);
      const closed = recorder();
      const stillOpen = recorder();
      lan.ours.openAdvertSocket("hfsp0", weHear, closed.listener)[Symbol.dispose]();
      using _socket = lan.ours.openAdvertSocket("hfsp0", weHear, stillOpen.listener);
      lan.neighbourSends("late", weHear);
      await deadline("the open one hears it", () => stillOpen.heard.length > 0);
      assert.deepEqual(closed.heard, []);
    });

    it("a listener that closes the socket hears nothing more of what was read with it", async () => {
      const lan = open(addressing);
      const heard: string[] = [];
      const socket = lan.ours.openAdvertSocket("hfsp0", weHear, {
        heard: (packet) => {
          heard.push(payloadOf(packet));
          if (heard.length === 2) socket[Symbol.dispose]();
        },
        broken: (reason) => assert.fail(reason),
      });
      lan.neighbourSends("zero", weHear);
      await deadline("the first is heard", () => heard.length > 0);
      for (const payload of ["one", "two", "three"]) lan.neighbourSends(payload, weHear);
      socket.drain();
      assert.deepEqual(heard, ["zero", "one"]);
    });

    it("an interface that is not there is refused as such", () => {
      const { ours } = open(addressing);
      const isMissing = (error: unknown): boolean => {
        assert.ok(error instanceof OperationFailure);
        assert.deepEqual(error.detail, { code: "interface-missing", interface: "hfsp9" });
        return true;
      };
      assert.throws(() => ours.openAdvertSocket("hfsp9", weHear, recorder().listener), isMissing);
      assert.throws(() => ours.openAnnouncer("hfsp9"), isMissing);
    });
  });
}

export const packetOf = (
  payload: string,
  source: IpAddress,
  destination: IpAddress,
  timeToLive = 255,
): Uint8Array => withIpHeader(Buffer.from(payload, "latin1"), source, destination, timeToLive);

export function payloadOf(packet: Uint8Array): string {
  const payload = packet.subarray(ipHeaderLength(packet));
  return Buffer.from(payload).toString("latin1").replace(/\0+$/, "");
}

export function recorder(): { readonly heard: Uint8Array[]; readonly listener: AdvertListener } {
  const heard: Uint8Array[] = [];
  return {
    heard,
    listener: {
      heard: (packet) => {
        heard.push(packet.slice());
      },
      broken: (reason) => assert.fail(`the socket broke: ${reason}`),
    },
  };
}

export function address(text: string): IpAddress {
  return parseIpAddress(text) ?? assert.fail(text);
}
