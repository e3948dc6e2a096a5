/** Virtual MAC mode on real kernels: what a switch learns, what neighbours see, and what a backup keeps to itself. */
import assert from "node:assert/strict";
import { describe, it, type TestContext } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import type { VirtualRouter } from "../../controller/vrrp/virtual-router.ts";
import { startKeepalived } from "../support/speaker-keepalived.ts";
import { type LabNode, VIRTUAL_ADDRESS } from "../support/speaker-lab.ts";
import { NeighbourWatch, portOf, watchPorts } from "../support/virtual-mac-lab.ts";
import { downMs, hasRole, openVrrpLan, routerOf, startOurs, type VrrpLan } from "../support/vrrp-lan.ts";
import type { Frame } from "../support/wire-watch.ts";

const MAC = "00:00:5e:00:01:33";
const INTERVAL_MS = 100;
const DOWN_MS = downMs(3, 100, INTERVAL_MS);

async function lanOf(t: TestContext, ...names: readonly string[]): Promise<VrrpLan> {
  const lan = await openVrrpLan(...names);
  t.after(() => lan[Symbol.asyncDispose]());
  return lan;
}

const higher = (different: Partial<VirtualRouter> = {}) => routerOf({ virtualMAC: true, ...different });
const lower = (different: Partial<VirtualRouter> = {}) =>
  routerOf({ virtualMAC: true, basePriority: 100, rivalPriority: 200, ...different });

describe("a virtual MAC", () => {
  it("G3: is what an observer sees of both owners, at every change between them, and a backup sends nothing from it", async (t) => {
    const lan = await lanOf(t, "a", "b");
    const [a, b] = [lan.node(0), lan.node(1)];
    const ports = await watchPorts(lan, MAC);
    startOurs(a, higher());
    await a.holds();
    startOurs(b, lower());
    await hasRole(b, "backup");
    const neighbours = await NeighbourWatch.begin(lan, VIRTUAL_ADDRESS);
    const pings = await lan.ping();
    const isAt = async (holder: LabNode): Promise<void> => {
      await pings.replied();
      assert.equal(portOf(lan, MAC), `p${holder.name}`);
      assert.equal(await neighbours.resolved(), MAC);
    };
    await isAt(a);
    await a.endSpeaker("SIGTERM");
    await b.holds();
    await isAt(b);
    startOurs(a, higher());
    await a.holds();
    await b.isRid();
    await isAt(a);
    a.port("down");
    await b.holds();
    await isAt(b);
    a.port("up");
    await hasRole(b, "backup");
    await isAt(a);
    await sleep(DOWN_MS);
    await pings.stop();
    t.diagnostic(
      `${pings.lost} of ${pings.count} echo requests lost, longest gap ${pings.outage(0).toFixed(1)} ms`,
    );
    assert.deepEqual([...neighbours.macs], [MAC]);
    const frames = await ports.told();
    for (const node of [a, b]) {
      const own = frames.get(node.name) ?? [];
      assert.ok(own.length > 5, `${node.name} was master`);
      assert.deepEqual(strays(lan, node, own), []);
    }
  });

  for (const { what, ours, theirs } of [
    { what: "keepalived takes over from us", ours: 200, theirs: 100 },
    { what: "we take over from keepalived", ours: 100, theirs: 200 },
  ]) {
    it(`G3: stays the same when ${what}, and when the better one returns`, async (t) => {
      const lan = await lanOf(t, "ours", "theirs");
      const [us, them] = [lan.node(0), lan.node(1)];
      const ports = await watchPorts(lan, MAC);
      const router = higher({ basePriority: ours, rivalPriority: theirs });
      const terms = { version: 3 as const, interval: INTERVAL_MS, priority: theirs, lines: ["use_vmac"] };
      const [better, other] = ours > theirs ? [us, them] : [them, us];
      startOurs(us, router);
      // Otherwise keepalived's node asks for its neighbours in the name of the virtual address, from its real MAC.
      them.run("sysctl -q -w net.ipv4.conf.eth0.arp_announce=2");
      let peer = startKeepalived(them, terms);
      await peer.listens();
      await better.holds();
      await other.isRid();
      const neighbours = await NeighbourWatch.begin(lan, VIRTUAL_ADDRESS);
      const pings = await lan.ping();
      assert.equal(await neighbours.resolved(), MAC);
      const since = Date.now();
      if (better === us) await us.endSpeaker("SIGTERM");
      else await peer.end();
      await other.holds();
      await pings.replied();
      assert.equal(portOf(lan, MAC), `p${other.name}`);
      if (better === us) startOurs(us, router);
      else peer = startKeepalived(them, terms);
      await better.holds();
      await other.isRid();
      await pings.replied();
      assert.equal(portOf(lan, MAC), `p${better.name}`);
      await sleep(DOWN_MS);
      await pings.stop();
      t.diagnostic(
        `${pings.lost} of ${pings.count} echo requests lost, longest gap ${pings.outage(0).toFixed(1)} ms; ${lan.watch.story(VIRTUAL_ADDRESS, since)}`,
      );
      assert.deepEqual([...neighbours.macs], [MAC]);
      const own = (await ports.told()).get("ours") ?? [];
      assert.ok(own.length > 5);
      assert.deepEqual(strays(lan, us, own), []);
      t.diagnostic(
        `of keepalived: ${strays(lan, them, (await ports.told()).get("theirs") ?? []).length} strays`,
      );
      if (better !== us) assert.equal(us.link.state().routers[0]?.conflicts.length, 0);
    });
  }
});

/** It advertises a moment before it has the addresses, and lets go a moment after it has heard its successor. */
const MOMENT_MS = 25;

/** Frames that a node has sent from the virtual MAC while it had nothing to send from it. */
function strays(lan: VrrpLan, { name }: LabNode, frames: readonly Frame[]): readonly string[] {
  const spans = lan.watch.spans(VIRTUAL_ADDRESS, 0).filter(({ holders }) => holders.includes(name));
  return frames
    .filter(({ at }) => !spans.some(({ from, to }) => at > from - MOMENT_MS && at < to + MOMENT_MS))
    .map(({ at, bytes }) => `${at}: ${bytes.toString("hex")}`);
}
