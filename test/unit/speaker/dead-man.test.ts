/** The kernel's lifetimes of our addresses: begun anew while this node is master, and left to end when it is not. */
import assert from "node:assert/strict";
import { beforeEach, describe, it } from "node:test";
import { millis } from "../../../controller/net/time.ts";
import type { VirtualRouter } from "../../../controller/vrrp/virtual-router.ts";
import { FakeClock } from "../../support/fake-clock.ts";
import { FakeLan } from "../../support/fake-network.ts";
import { aRouter, prefix, SpeakerHost } from "../../support/speaker-host.ts";

const HELD = "eth0 10.0.0.100/32 *";

describe("the addresses of a speaker", () => {
  let clock = new FakeClock();
  let a = new SpeakerHost(new FakeLan(), clock, "a", "10.0.0.1/24");

  beforeEach(() => {
    clock = new FakeClock();
    a = new SpeakerHost(new FakeLan(), clock, "a", "10.0.0.1/24");
  });

  async function master(...routers: readonly VirtualRouter[]): Promise<void> {
    await a.start();
    a.connect();
    await a.member(...routers);
    await clock.advance(10_000);
    assert.ok(a.states.every(({ role }) => role === "master"));
  }

  it("stay for as long as it is master, refreshed once a second", async () => {
    await master(aRouter());
    const before = a.table.refreshes.length;
    await clock.advance(20_000);
    assert.equal(a.table.refreshes.length - before, 20);
    assert.ok(a.table.listing.includes(HELD));
    assert.equal(a.status.counters.addressesRepaired, 0);
  });

  it("are refreshed by one call for all of them, whatever the number of routers and the interval", async () => {
    const routers = Array.from({ length: 50 }, (_, i) =>
      aRouter({
        name: `default/web-${i}`,
        virtualRouterID: i + 1,
        basePriority: 100 + i,
        adverInterval: millis(30),
        addresses: [prefix(`10.0.1.${i + 1}/32`), prefix(`10.0.2.${i + 1}/32`)],
      }),
    );
    await master(...routers);
    a.table.refreshes.length = 0;
    await clock.advance(10_000);
    assert.ok(a.table.refreshes.length <= 12, `${a.table.refreshes.length} calls in ten seconds`);
    assert.ok(a.table.refreshes.every((count) => count === 100));
    assert.equal(a.table.listing.filter((line) => line.endsWith("*")).length, 100);
  });

  it("are not refreshed by the word with which it becomes master: they have only just been added", async () => {
    await a.start();
    a.connect();
    await a.member(aRouter());
    await clock.advance(3_700);
    assert.ok(a.table.listing.includes(HELD));
    assert.deepEqual(a.table.refreshes, []);
    await clock.advance(2_000);
    assert.ok(a.table.refreshes.length > 0);
  });

  it("go by themselves when the speaker is killed, after the others have taken over", async () => {
    await master(aRouter());
    a.kill();
    await clock.advance(3_600);
    assert.ok(a.table.listing.includes(HELD));
    await clock.advance(400);
    assert.ok(!a.table.listing.includes(HELD));
  });

  it("stay when the speaker is killed and the dead man is turned off, also while it is running", async () => {
    await master(aRouter({ deadMan: false }));
    assert.deepEqual(a.table.refreshes, []);
    await a.member(aRouter({ deadMan: true }));
    await clock.advance(2_000);
    await a.member(aRouter({ deadMan: false }));
    await clock.advance(2_000);
    a.kill();
    await clock.advance(60_000);
    assert.ok(a.table.listing.includes(HELD));
  });

  it("are not refreshed any more when the role is lost, and not by a backup", async () => {
    await master(aRouter());
    a.table.setLink("eth0", false);
    await clock.advance(1_000);
    a.table.refreshes.length = 0;
    await clock.advance(10_000);
    assert.deepEqual(a.table.refreshes, []);
  });

  it("are left alone where they are the interface's own, since the node is their owner", async () => {
    a.table.addByHand("eth0", prefix("10.0.0.100/32"));
    await a.start();
    a.connect();
    await a.member(aRouter({ basePriority: 255 }));
    await clock.advance(10_000);
    assert.equal(a.status.role, "master");
    assert.deepEqual(a.table.refreshes, []);
  });

  it("outlast the hand-over: the resignation refreshes them once more", async () => {
    await master(aRouter());
    await clock.advance(900);
    const before = a.table.refreshes.length;
    const stopped = a.stop();
    await stopped;
    assert.equal(a.table.refreshes.length, before + 1);
  });
});
