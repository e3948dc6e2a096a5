/** Who on a wire hears what. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Ipv4 } from "../../../controller/net/ipv4.ts";
import { AnnouncementPace } from "../../../controller/speaker/announcement-pace.ts";
import { Deadlines } from "../../../controller/speaker/deadlines.ts";
import { Wire, type WireListener } from "../../../controller/speaker/wire.ts";
import { encodePacket } from "../../../controller/vrrp/packet.ts";
import { anAdvertisement } from "../../support/advertisements.ts";
import { FakeClock, settle } from "../../support/fake-clock.ts";
import { SILENT } from "../../support/fake-log.ts";
import { FakeLan } from "../../support/fake-network.ts";

const GROUP = "224.0.0.18" as Ipv4;
const LINK = { index: 1, name: "eth0", isUp: true, mac: "02:00:00:00:00:01", mtu: 1500, forwardsIpv6: false };
const silent = (): void => undefined;

interface Ear extends WireListener {
  readonly noted: string[];
}

const ear = (virtualRouterID: number): Ear => {
  const noted: string[] = [];
  return {
    noted,
    virtualRouterID,
    heard: ({ advertisement }) => noted.push(`heard ${advertisement.virtualRouterID}`),
    dropped: (reason) => noted.push(reason),
  };
};

const CLOCK = new FakeClock();
const PACE = new AnnouncementPace({ clock: CLOCK, deadlines: new Deadlines(CLOCK, silent) });

describe("a wire", () => {
  const lan = new FakeLan();
  const wire = new Wire("eth0", GROUP, { network: lan.host("ours", "eth0"), log: SILENT, pace: PACE });
  wire.follow(LINK);
  const theirs = lan
    .host("theirs", "eth0")
    .openAdvertSocket("eth0", GROUP, { heard: silent, broken: silent });
  const send = async (virtualRouterID: number, spoil = false): Promise<void> => {
    const packet = encodePacket(anAdvertisement({ virtualRouterID }), "10.0.0.2" as Ipv4, GROUP);
    if (spoil) packet[26] = 0;
    theirs.send(packet, GROUP);
    await settle();
  };

  it("tells each router of its own id, sound or not, and nobody of others", async () => {
    const [one, another, two] = [ear(1), ear(1), ear(2)];
    using _one = wire.listen(one);
    using _another = wire.listen(another);
    using _two = wire.listen(two);
    for (const id of [1, 2, 3]) await send(id);
    await send(1, true);
    assert.deepEqual(one.noted, ["heard 1", "checksum-wrong"]);
    assert.deepEqual(another.noted, one.noted);
    assert.deepEqual(two.noted, ["heard 2"]);
  });

  it("may be left by whoever hears, without the next one missing anything", async () => {
    const next = ear(1);
    const first: Ear = { ...ear(1), heard: () => leaving[Symbol.dispose]() };
    const leaving = wire.listen(first);
    using _next = wire.listen(next);
    await send(1);
    await send(1);
    assert.deepEqual(next.noted, ["heard 1", "heard 1"]);
  });

  it("is unused once all have left", () => {
    assert.equal(wire.isUnused, true);
  });
});
