/** startupDelay: from when the link is up, as the speaker sees it; a router that is added later is not held. */
import assert from "node:assert/strict";
import { beforeEach, describe, it } from "node:test";
import { millis } from "../../../controller/net/time.ts";
import { FakeClock } from "../../support/fake-clock.ts";
import { FakeLan } from "../../support/fake-network.ts";
import { aRouter, SpeakerHost } from "../../support/speaker-host.ts";

const MASTER_DOWN = 3609.375;
const held = aRouter({ startupDelay: millis(20_000) });

describe("a router with a startupDelay of 20 s", () => {
  let clock = new FakeClock();
  let host = new SpeakerHost(new FakeLan(), clock, "a", "10.0.0.1/24");

  beforeEach(async () => {
    clock = new FakeClock();
    host = new SpeakerHost(new FakeLan(), clock, "a", "10.0.0.1/24");
    await host.start();
    host.connect();
  });

  const holdsAfter = async (span: number): Promise<boolean> => {
    await clock.advance(span);
    return host.isHolding;
  };

  it("takes over 20 s and a master-down interval after the speaker's start, and says why not before", async () => {
    await host.member(held);
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
    await clock.advance(30_000);
    assert.equal(host.isHolding, true);
    host.table.setLink("eth0", false);
    await clock.advance(100);
    assert.equal(host.isHolding, false);
    host.table.setLink("eth0", true);
    assert.equal(await holdsAfter(20_000 + MASTER_DOWN - 1), false);
    assert.equal(await holdsAfter(2), true);
  });

  it("may have the delay taken away while it waits", async () => {
    await host.member(held);
    await clock.advance(1000);
    await host.member(aRouter());
    assert.equal(await holdsAfter(MASTER_DOWN + 1), true);
  });
});
