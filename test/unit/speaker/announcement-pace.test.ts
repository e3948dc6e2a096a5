/** How fast many announcements leave, in which order, and what becomes of those that wait when things change. */
import assert from "node:assert/strict";
import { beforeEach, describe, it } from "node:test";
import { type IpAddress, parseIpAddress } from "../../../controller/net/ip.ts";
import {
  AnnouncementPace,
  FIRST,
  REPETITIONS,
  type Round,
} from "../../../controller/speaker/announcement-pace.ts";
import { Announcements } from "../../../controller/speaker/announcements.ts";
import { Deadlines } from "../../../controller/speaker/deadlines.ts";
import { Wire } from "../../../controller/speaker/wire.ts";
import { parseArp } from "../../../controller/vrrp/arp.ts";
import { FakeClock } from "../../support/fake-clock.ts";
import { SILENT } from "../../support/fake-log.ts";
import { FakeLan } from "../../support/fake-network.ts";

/** Of three routers. */
const MANY = 600;
const MAC = "02:00:00:00:00:01";
function silent(): void {
  // Nobody looks at this log.
}
const address = (text: string): IpAddress => parseIpAddress(text) ?? assert.fail(text);
const addresses = (count: number): IpAddress[] =>
  Array.from({ length: count }, (_, index) => address(`10.0.${index >> 8}.${index & 255}`));

describe("announcements on one interface", () => {
  let clock = new FakeClock();
  let start = 0;
  let pace = new AnnouncementPace({ clock, deadlines: new Deadlines(clock, silent) });
  let deadlines = new Deadlines(clock, silent);
  /** In which order, and when. */
  let left: { readonly name: string; readonly at: number }[] = [];

  beforeEach(() => {
    clock = new FakeClock();
    start = clock.now();
    deadlines = new Deadlines(clock, silent);
    pace = new AnnouncementPace({ clock, deadlines });
    left = [];
  });

  const roundOf = (name: string, count: number): Round => {
    let rest = count;
    return {
      send: (max) => {
        const size = Math.min(max, rest);
        rest -= size;
        for (let each = 0; each < size; each++) left.push({ name, at: clock.now() - start });
        return size;
      },
      sent: () => left.push({ name: `${name} is through`, at: clock.now() - start }),
    };
  };
  const mostWithin = (span: number): number =>
    Math.max(...left.map(({ at }) => left.filter((each) => each.at >= at && each.at < at + span).length));

  it("of all addresses that one router can have leave at once", () => {
    pace.enter(roundOf("web", 255), "first");
    assert.equal(left.filter(({ name }) => name === "web").length, 255);
    assert.deepEqual(left.at(-1), { name: "web is through", at: 0 });
  });

  it("of more leave in groups of 256, two milliseconds apart, the first at once", async () => {
    pace.enter(roundOf("web", MANY), "first");
    assert.equal(left.length, FIRST.groupMax);
    await clock.advance(4);
    assert.equal(left.filter(({ name }) => name === "web").length, MANY);
    assert.equal(mostWithin(2), FIRST.groupMax);
    assert.deepEqual(left.at(-1), { name: "web is through", at: 4 });
  });

  it("of 500 routers that take over at once share the pace, in the order in which they come", async () => {
    const names = Array.from({ length: 500 }, (_, index) => `r${index}`);
    for (const name of names) pace.enter(roundOf(name, 1), "first");
    await clock.advance(4);
    assert.deepEqual(
      left.map(({ name }) => name).filter((name) => !name.endsWith("through")),
      names,
    );
    left = left.filter(({ name }) => !name.endsWith("through"));
    assert.equal(mostWithin(2), FIRST.groupMax);
  });

  it("are repeated 1,000 times a second, whoever they are of", async () => {
    for (const name of ["a", "b", "c"]) pace.enter(roundOf(name, MANY), "repetition");
    assert.equal(left.length, REPETITIONS.groupMax);
    await clock.advance(3 * MANY - 9);
    assert.equal(left.at(-1)?.name, "c");
    await clock.advance(9);
    assert.equal(left.at(-1)?.name, "c is through");
    assert.ok(mostWithin(100) <= 100 + REPETITIONS.groupMax + 2, `${mostWithin(100)} in 100 ms`);
  });

  it("that are the first go before repetitions", async () => {
    pace.enter(roundOf("old", MANY), "repetition");
    pace.enter(roundOf("new", MANY), "first");
    await clock.advance(2);
    assert.equal(left.filter(({ name }) => name === "old").length, REPETITIONS.groupMax);
    await clock.advance(4);
    assert.equal(left.filter(({ name }) => name === "new").length, MANY);
    await clock.advance(MANY);
    assert.equal(left.filter(({ name }) => name === "old").length, MANY);
  });

  it("that nobody wants any more are not sent", async () => {
    const round = roundOf("web", MANY);
    pace.enter(round, "first");
    pace.leave(round);
    await clock.advance(1_000);
    assert.equal(left.length, FIRST.groupMax);
  });

  describe("of one router", () => {
    let held: readonly IpAddress[] = [];
    const lan = new FakeLan();
    const open = (): Announcements => {
      lan.frames.length = 0;
      const group = address("224.0.0.18");
      const wire = new Wire("eth0", group, { network: lan.host("ours", "eth0"), log: SILENT, pace });
      const link = { index: 1, name: "eth0", mac: MAC, mtu: 1500, isUp: true };
      wire.follow({ ...link, forwardsIpv6: false });
      const announced = () => ({ link: { mac: MAC, forwardsIpv6: false }, addresses: held });
      return new Announcements({ wire, clock, deadlines, log: SILENT, announced });
    };
    const told = (): IpAddress[] =>
      lan.frames.map(({ packet }) => parseArp(packet)?.senderAddress ?? ("-" as IpAddress));

    it("reach the last address also where there is reason to begin again with every group", async () => {
      held = addresses(MANY);
      const announcements = open();
      for (let again = 0; again < 7; again++) {
        announcements.begin();
        await clock.advance(1);
      }
      assert.equal(new Set(told()).size, MANY);
    });

    it("leave out what has been let go meanwhile", async () => {
      held = addresses(MANY);
      const announcements = open();
      announcements.begin();
      held = held.slice(0, 300);
      await clock.advance(10);
      assert.deepEqual(told(), held);
    });

    it("stop in the middle of a round when the role is lost", async () => {
      held = addresses(MANY);
      const announcements = open();
      announcements.begin();
      announcements.stop();
      await clock.advance(10_000);
      assert.equal(told().length, FIRST.groupMax);
      assert.equal(announcements.rest, null);
    });

    it("are gone on with by another process, a round that is under way from its beginning", async () => {
      held = addresses(MANY);
      const announcements = open();
      announcements.begin();
      assert.deepEqual(announcements.rest, { round: 0, due: clock.now() });
      await clock.advance(10);
      assert.equal(announcements.rest?.round, 1);
      await clock.advance(50);
      assert.equal(announcements.rest?.round, 1);
      await clock.advance(MANY);
      assert.equal(announcements.rest?.round, 2);
    });

    it("are repeated five times", async () => {
      held = addresses(3);
      open().begin();
      await clock.advance(10_000);
      assert.deepEqual(told(), Array.from({ length: 6 }, () => held).flat());
    });
  });
});
