/** The owner of the addresses (priority 255): they are its interface's own, and nothing of ours ever touches them. */
import assert from "node:assert/strict";
import { beforeEach, describe, it } from "node:test";
import { aRouter, prefix } from "../../support/speaker-host.ts";
import { speakerPair, startSpeakers } from "../../support/speaker-pair.ts";

const owner = aRouter({ basePriority: 255, rivalPriority: 90 });
const OWN = ["eth0 10.0.0.1/24", "eth0 10.0.0.100/24"];

describe("the owner of the addresses", () => {
  let { lan, clock, a: host, b: other } = speakerPair();

  beforeEach(async () => {
    ({ lan, clock, a: host, b: other } = speakerPair());
    await startSpeakers(host, other);
  });

  const onEth0 = (): readonly string[] => host.table.listing.filter((line) => line.startsWith("eth0")).sort();
  /** With the length that its network has, which need not be that of the manifest. */
  const haveItsAddress = (): void => host.table.addByHand("eth0", prefix("10.0.0.100/24"));

  it("is master at once, from an address of its own, and takes over from whoever is there", async () => {
    await other.member(aRouter({ basePriority: 90, rivalPriority: 255 }));
    await clock.advance(5000);
    assert.equal(other.isHolding, true);
    haveItsAddress();
    await host.member(owner);
    assert.equal(host.status.role, "master");
    assert.deepEqual(host.status.heldAddresses, ["10.0.0.100/32"]);
    await clock.advance(500);
    assert.equal(other.status.role, "backup");
    assert.equal(other.status.master?.address, "10.0.0.1");
    assert.equal(other.isHolding, false);
  });

  it("announces its addresses, and has them without our mark at all times", async () => {
    haveItsAddress();
    await host.member(owner);
    await clock.advance(3000);
    assert.ok(lan.frames.some((frame) => frame.host === "a"));
    assert.deepEqual(onEth0(), OWN);
  });

  it("keeps them when it stops: only its resignation is sent, and the other takes over", async () => {
    haveItsAddress();
    await host.member(owner);
    await other.member(aRouter({ basePriority: 90, rivalPriority: 255 }));
    await clock.advance(5000);
    await host.stop();
    await clock.advance(2000);
    assert.deepEqual(onEth0(), OWN);
    assert.equal(other.isHolding, true);
  });

  it("keeps them when its router is deleted", async () => {
    haveItsAddress();
    await host.member(owner);
    await host.member();
    await clock.advance(2000);
    assert.deepEqual(onEth0(), OWN);
  });

  it("is in fault while its interface lacks one, and master again as soon as it has it", async () => {
    await host.member(owner);
    await clock.advance(5000);
    assert.equal(host.status.role, "fault");
    assert.deepEqual(
      host.status.problems.map(({ code }) => code),
      ["address-not-owned"],
    );
    assert.deepEqual(onEth0(), ["eth0 10.0.0.1/24"]);
    haveItsAddress();
    await clock.advance(1);
    assert.equal(host.status.role, "master");
  });

  it("is in fault when somebody takes its address away, and does not put it back", async () => {
    haveItsAddress();
    await host.member(owner);
    await clock.advance(1000);
    host.table.removeByHand("eth0", prefix("10.0.0.100/24"));
    await clock.advance(1);
    assert.equal(host.status.role, "fault");
    assert.deepEqual(onEth0(), ["eth0 10.0.0.1/24"]);
  });

  it("advertises from one of them when it has no other address", async () => {
    host.table.removeByHand("eth0", prefix("10.0.0.1/24"));
    haveItsAddress();
    await host.member(owner);
    assert.equal(host.status.role, "master");
    await other.member(aRouter({ basePriority: 90, rivalPriority: 255 }));
    await clock.advance(1500);
    assert.equal(other.status.master?.address, "10.0.0.100");
  });

  it("does not take what a speaker left behind for its own", async () => {
    host.table.addLeftover("eth0", prefix("10.0.0.100/32"));
    await host.member(owner);
    await clock.advance(100);
    assert.equal(host.status.role, "fault");
    assert.deepEqual(onEth0(), ["eth0 10.0.0.1/24"]);
  });
});
