/** What every Network promises. Run on the fake always, and on the kernel between two namespaces. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Ipv4 } from "../../controller/net/ipv4.ts";
import type { AdvertListener, Network } from "../../controller/port/advert-socket.ts";
import { OperationFailure } from "../../controller/port/failure.ts";
import { deadline } from "../support/deadline.ts";

/** Two hosts on one LAN, both with an interface `hfsp0`. */
export interface LanOfTwo {
  readonly ours: Network;
  /** The neighbour sends an IPv4 packet of protocol 112 whose payload is `payload`. */
  neighbourSends(payload: string, destination: Ipv4): Promise<void>;
  /** What the neighbour has heard on the group so far: payloads. */
  neighbourHeard(): Promise<readonly string[]>;
  /** Builds a whole packet of ours. */
  packet(payload: string, destination: Ipv4): Uint8Array;
}

export const GROUP = "224.0.0.18" as Ipv4;
export const OTHER_GROUP = "224.103.5.5" as Ipv4;

export function networkContract(what: string, open: () => LanOfTwo): void {
  describe(`network: ${what}`, () => {
    it("hears what a neighbour sends to the group, header included, and nothing sent to another group", async () => {
      const lan = open();
      const { heard, listener } = recorder();
      using _socket = lan.ours.openAdvertSocket("hfsp0", GROUP, listener);
      await lan.neighbourSends("to-others", OTHER_GROUP);
      await lan.neighbourSends("to-us", GROUP);
      await deadline("the packet is heard", () => heard.length > 0);
      assert.deepEqual(heard.map(payloadOf), ["to-us"]);
      assert.equal(heard[0]?.[0], 0x45);
    });

    it("sends to the group, and does not hear itself", async () => {
      const lan = open();
      const { heard, listener } = recorder();
      using socket = lan.ours.openAdvertSocket("hfsp0", GROUP, listener);
      socket.send(lan.packet("from-us", GROUP), GROUP);
      await deadline("the neighbour hears it", async () => (await lan.neighbourHeard()).includes("from-us"));
      await lan.neighbourSends("afterwards", GROUP);
      await deadline("the later packet is heard", () => heard.length > 0);
      assert.deepEqual(heard.map(payloadOf), ["afterwards"]);
    });

    it("drain has everything heard that has arrived, before it returns", async () => {
      const lan = open();
      const { heard, listener } = recorder();
      using socket = lan.ours.openAdvertSocket("hfsp0", GROUP, listener);
      for (const payload of ["one", "two", "three"]) await lan.neighbourSends(payload, GROUP);
      socket.drain();
      assert.deepEqual(heard.map(payloadOf), ["one", "two", "three"]);
    });

    it("a closed socket hears nothing more", async () => {
      const lan = open();
      const closed = recorder();
      const open_ = recorder();
      lan.ours.openAdvertSocket("hfsp0", GROUP, closed.listener)[Symbol.dispose]();
      using _socket = lan.ours.openAdvertSocket("hfsp0", GROUP, open_.listener);
      await lan.neighbourSends("late", GROUP);
      await deadline("the open one hears it", () => open_.heard.length > 0);
      assert.deepEqual(closed.heard, []);
    });

    it("an interface that is not there is refused as such", () => {
      const { ours } = open();
      const isMissing = (error: unknown): boolean => {
        assert.ok(error instanceof OperationFailure);
        assert.deepEqual(error.detail, { code: "interface-missing", interface: "hfsp9" });
        return true;
      };
      assert.throws(() => ours.openAdvertSocket("hfsp9", GROUP, recorder().listener), isMissing);
      assert.throws(() => ours.openAnnouncer("hfsp9"), isMissing);
    });
  });
}

export const payloadOf = (packet: Uint8Array): string =>
  Buffer.from(packet.subarray(20)).toString("latin1").replace(/\0+$/, "");

function recorder(): { readonly heard: Uint8Array[]; readonly listener: AdvertListener } {
  const heard: Uint8Array[] = [];
  return {
    heard,
    listener: {
      heard: (packet) => {
        heard.push(packet);
      },
      broken: (reason) => assert.fail(`the socket broke: ${reason}`),
    },
  };
}
