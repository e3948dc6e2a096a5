/** startupDelay: from when the link is up, as the speaker sees it, and until something comes in; a router that is added later is not held. */
import assert from "node:assert/strict";
import { beforeEach, describe, it } from "node:test";
import { macBytes } from "../../../controller/net/mac.ts";
import { millis } from "../../../controller/net/time.ts";
import { FakeClock } from "../../support/fake-clock.ts";
import { FakeLan } from "../../support/fake-network.ts";
import { aRouter, SpeakerHost } from "../../support/speaker-host.ts";

const MASTER_DOWN = 3609.375;
const held = aRouter({ startupDelay: millis(20_000) });

const SILENCE_MAX = 60_000;
const frame = (to: string): Uint8Array =>
  Uint8Array.of(...macBytes(to), ...macBytes("02:00:00:00:00:55"), 0x08, 0x06);
const BROADCAST = frame("ff:ff:ff:ff:ff:ff");

describe("a router with a startupDelay of 20 s", () => {
  let clock = new FakeClock();
  let lan = new FakeLan();
  let host = new SpeakerHost(lan, clock, "a", "10.0.0.1/24");

  beforeEach(async () => {
    clock = new FakeClock();
    lan = new FakeLan();
    host = new SpeakerHost(lan, clock, "a", "10.0.0.1/24");
    await host.start();
    host.connect();
  });

  const holdsAfter = async (span: number): Promise<boolean> => {
    await clock.advance(span);
    return host.isHolding;
  };

  /** The port passes traffic, as somebody's packet shows. */
  const pass = async (): Promise<void> => {
    lan.frame(BROADCAST, null);
    await clock.advance(0);
  };

  it("takes over 20 s and a master-down interval after the speaker's start, and says why not before", async () => {
    await host.member(held);
    await pass();
    assert.match(
      host.status.because,
      /^backup: holding back, since the speaker or its link has just come up/,
    );
    assert.equal(await holdsAfter(20_000 + MASTER_DOWN - 1), false);
    assert.equal(await holdsAfter(2), true);
  });

  it("is not held when the speaker and the link have been up for longer", async () => {
    await clock.advance(30_000);
    await host.member(held);
    assert.equal(await holdsAfter(MASTER_DOWN + 1), true);
  });

  it("is held anew when the link has gone and come back", async () => {
    await host.member(held);
    await pass();
    await clock.advance(30_000);
    assert.equal(host.isHolding, true);
    host.table.setLink("eth0", false);
    await clock.advance(100);
    assert.equal(host.isHolding, false);
    host.table.setLink("eth0", true);
    await clock.advance(0);
    await pass();
    assert.equal(await holdsAfter(20_000 + MASTER_DOWN - 1), false);
    assert.equal(await holdsAfter(2), true);
  });

  it("is held for longer than that while nothing comes in, and for a master-down interval from the first packet", async () => {
    await host.member(held);
    assert.equal(await holdsAfter(50_000), false);
    assert.match(
      host.status.because,
      /^backup: holding back, since nothing has come in on eth0 yet, so that its port may be blocked/,
    );
    await pass();
    assert.equal(await holdsAfter(MASTER_DOWN - 1), false);
    assert.equal(await holdsAfter(2), true);
    assert.equal(lan.frameListeners.size, 0);
  });

  it("is not let go by what passes a blocked port as well: spanning tree, LACP, LLDP, CDP, and its own", async () => {
    await host.member(held);
    for (const to of ["01:80:c2:00:00:00", "01:80:c2:00:00:02", "01:80:c2:00:00:0e", "01:00:0c:cc:cc:cc"])
      lan.frame(frame(to), null);
    const own = (await host.table.links()).find(({ name }) => name === "eth0")?.mac ?? "";
    lan.frame(Uint8Array.of(...macBytes("ff:ff:ff:ff:ff:ff"), ...macBytes(own), 0x08, 0x06), null);
    assert.equal(await holdsAfter(50_000), false);
  });

  it("is taken for alone on its link when nothing has come in for a minute more", async () => {
    await host.member(held);
    assert.equal(await holdsAfter(20_000 + SILENCE_MAX + MASTER_DOWN - 1), false);
    assert.equal(await holdsAfter(2), true);
  });

  it("follows the first master that it hears at once", async () => {
    await host.member(held);
    await clock.advance(50_000);
    const other = new SpeakerHost(lan, clock, "b", "10.0.0.2/24");
    await other.start();
    other.connect();
    await other.member(aRouter({ basePriority: 200, rivalPriority: 100 }));
    assert.equal(await holdsAfter(20_000), false);
    assert.equal(other.isHolding, true);
    assert.equal(host.status.master?.priority, 200);
  });

  it("may have the delay taken away while it waits", async () => {
    await host.member(held);
    await clock.advance(1000);
    await host.member(aRouter());
    assert.equal(await holdsAfter(MASTER_DOWN + 1), true);
  });
});
