/** Virtual MAC mode on real kernels: what a switch learns, what neighbours see, and what a backup keeps to itself. */
import assert from "node:assert/strict";
import { describe, it, type TestContext } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { parseIpAddress } from "../../controller/net/ip.ts";
import type { VirtualRouter } from "../../controller/vrrp/virtual-router.ts";
import { deadline } from "../support/deadline.ts";
import { prefix } from "../support/speaker-host.ts";
import { startKeepalived } from "../support/speaker-keepalived.ts";
import { type LabNode, VIRTUAL_ADDRESS } from "../support/speaker-lab.ts";
import { NeighbourWatch, type PortWatch, portOf, watchPorts } from "../support/virtual-mac-lab.ts";
import {
  DOWN_MS,
  hasRole,
  INTERVAL_MS,
  LOWER,
  openVrrpLan,
  routerOf,
  startOurs,
  type VrrpLan,
} from "../support/vrrp-lan.ts";

const MAC = "00:00:5e:00:01:33";
const MAC_OF_IPV6 = "00:00:5e:00:02:33";
const IPV6_ADDRESS = "2001:db8::100";
/** Three seconds, which the kernel counts in whole ones and looks at once a second; and its last words about groups a second later. */
const GONE_MS = 6_500;

const ofIpv4 = (different: Partial<VirtualRouter> = {}): VirtualRouter =>
  routerOf({ virtualMAC: true, ...different });
const ofIpv6 = (different: Partial<VirtualRouter> = {}): VirtualRouter =>
  routerOf({
    virtualMAC: true,
    family: "ipv6",
    transport: { type: "multicast", group: parseIpAddress("ff02::12") ?? assert.fail() },
    addresses: [prefix("fe80::100/64"), prefix(`${IPV6_ADDRESS}/64`)],
    ...different,
  });

interface Scene {
  readonly lan: VrrpLan;
  readonly a: LabNode;
  readonly b: LabNode;
  readonly ports: PortWatch;
}

async function sceneOf(
  t: TestContext,
  mac = MAC,
  names: readonly [string, string] = ["a", "b"],
): Promise<Scene> {
  const lan = await openVrrpLan(t, ...names);
  lan.lab.run("ip addr add 2001:db8::254/64 dev br0 nodad");
  for (const [index, node] of lan.lab.nodes.entries()) {
    node.run(`ip addr add 2001:db8::${index + 1}/64 dev eth0 nodad`);
    node.run(`ip addr add fe80::${index + 1}/64 dev eth0 nodad`);
  }
  return { lan, a: lan.node(0), b: lan.node(1), ports: await watchPorts(lan, mac) };
}

const has = (node: LabNode, address: string): boolean => node.run(`ip -o addr show to ${address}`) !== "";

async function isSole({ lan }: Scene, holder: LabNode, address: string): Promise<void> {
  const holders = (): string[] => lan.lab.nodes.filter((node) => has(node, address)).map(({ name }) => name);
  await deadline(`${holder.name} alone has it`, () => holders().join() === holder.name, 8_000, 15);
}

describe("a virtual MAC", () => {
  for (const { what, router, mac, address } of [
    { what: "IPv4", router: ofIpv4, mac: MAC, address: VIRTUAL_ADDRESS },
    { what: "IPv6", router: ofIpv6, mac: MAC_OF_IPV6, address: IPV6_ADDRESS },
  ]) {
    it(`G3: over ${what} an observer sees the same of both owners, at every change, and a backup sends nothing from it`, async (t) => {
      const scene = await sceneOf(t, mac);
      const { lan, a, b, ports } = scene;
      startOurs(a, router());
      await isSole(scene, a, address);
      startOurs(b, router(LOWER));
      await hasRole(b, "backup");
      const neighbours = await NeighbourWatch.begin(lan, address);
      const pings = await lan.ping(address);
      const isAt = async (holder: LabNode): Promise<void> => {
        await isSole(scene, holder, address);
        await pings.replied();
        assert.equal(portOf(lan, mac), `p${holder.name}`);
        assert.equal(await neighbours.resolved(), mac);
      };
      await isAt(a);
      const since = Date.now();
      await a.endSpeaker("SIGTERM");
      await isAt(b);
      startOurs(a, router());
      await isAt(a);
      const cutAt = Date.now();
      a.port("down");
      await isAt(b);
      a.port("up");
      await isAt(a);
      await sleep(DOWN_MS);
      await pings.stop();
      const inOrder = pings.outageWithin(since, cutAt).toFixed(1);
      t.diagnostic(
        `longest gap ${inOrder} ms at SIGTERM and return, ${pings.outage(cutAt).toFixed(1)} ms at a cut cable`,
      );
      assert.deepEqual(await neighbours.macs(), [mac]);
      for (const { name } of [a, b]) assert.deepEqual(await ports.strays(name), []);
    });
  }

  for (const { what, ours, theirs } of [
    { what: "keepalived takes over from us", ours: 200, theirs: 100 },
    { what: "we take over from keepalived", ours: 100, theirs: 200 },
  ]) {
    it(`G3: stays the same when ${what}, and when the better one returns`, async (t) => {
      const scene = await sceneOf(t, MAC, ["ours", "theirs"]);
      const { lan, a: us, b: them, ports } = scene;
      const router = ofIpv4({ basePriority: ours, rivalPriority: theirs });
      const terms = { version: 3 as const, interval: INTERVAL_MS, priority: theirs, lines: ["use_vmac"] };
      const [better, other] = ours > theirs ? [us, them] : [them, us];
      // Otherwise keepalived's node asks for its neighbours in the name of the virtual address, from its real MAC.
      them.run("sysctl -q -w net.ipv4.conf.eth0.arp_announce=2");
      startOurs(us, router);
      let peer = startKeepalived(them, terms);
      await peer.listens();
      await isSole(scene, better, VIRTUAL_ADDRESS);
      await hasRole(us, better === us ? "master" : "backup");
      const neighbours = await NeighbourWatch.begin(lan, VIRTUAL_ADDRESS);
      const pings = await lan.ping();
      assert.equal(await neighbours.resolved(), MAC);
      const isAt = async (holder: LabNode): Promise<void> => {
        await isSole(scene, holder, VIRTUAL_ADDRESS);
        await pings.replied();
        // keepalived may say one thing more from the virtual MAC after it has yielded; our next advertisement puts it right.
        const isLearnt = (): boolean => portOf(lan, MAC) === `p${holder.name}`;
        await deadline(`the switch has learnt ${holder.name}`, isLearnt, 3 * INTERVAL_MS);
      };
      await isAt(better);
      if (better === us) await us.endSpeaker("SIGTERM");
      else await peer.end();
      await isAt(other);
      const returnsAt = Date.now();
      if (better === us) startOurs(us, router);
      else peer = startKeepalived(them, terms);
      await isAt(better);
      await sleep(DOWN_MS);
      await pings.stop();
      const there = pings.outageWithin(0, returnsAt).toFixed(1);
      const back = pings.outage(returnsAt).toFixed(1);
      t.diagnostic(
        `longest gap ${there} ms at SIGTERM and ${back} ms at the return, ${pings.lost} requests lost`,
      );
      assert.deepEqual(await neighbours.macs(), [MAC]);
      assert.deepEqual(await ports.strays("ours"), []);
      t.diagnostic(`frames of keepalived while it was not master: ${(await ports.strays("theirs")).length}`);
      assert.deepEqual(us.link.state().routers[0]?.conflicts, []);
    });
  }

  it("of a killed speaker: its addresses go, its interface with the next speaker, and nothing is sent from it meanwhile", async (t) => {
    const scene = await sceneOf(t);
    const { lan, a, b, ports } = scene;
    startOurs(a, ofIpv4());
    await isSole(scene, a, VIRTUAL_ADDRESS);
    startOurs(b, ofIpv4(LOWER));
    await hasRole(b, "backup");
    const neighbours = await NeighbourWatch.begin(lan, VIRTUAL_ADDRESS);
    const pings = await lan.ping();
    await a.endSpeaker("SIGKILL");
    await isSole(scene, b, VIRTUAL_ADDRESS);
    await sleep(GONE_MS);
    assert.match(a.run("ip -o link show group 72"), /hf51\.4\.eth0@/);
    assert.equal(portOf(lan, MAC), "pb");
    assert.deepEqual(await ports.strays("a"), []);
    startOurs(a, ofIpv4());
    await isSole(scene, a, VIRTUAL_ADDRESS);
    await pings.replied();
    await a.endSpeaker("SIGTERM");
    await isSole(scene, b, VIRTUAL_ADDRESS);
    assert.equal(a.run("ip -o link show group 72"), "");
    assert.equal(a.run("sysctl -n net.ipv4.conf.eth0.arp_ignore").trim(), "0");
    await pings.stop();
    assert.deepEqual(await neighbours.macs(), [MAC]);
    for (const { name } of [a, b]) assert.deepEqual(await ports.strays(name), []);
  });

  it("of a speaker that is replaced by another process stays, with its addresses, and no request is lost", async (t) => {
    const scene = await sceneOf(t);
    const { lan, a, b, ports } = scene;
    startOurs(a, ofIpv4());
    await isSole(scene, a, VIRTUAL_ADDRESS);
    startOurs(b, ofIpv4(LOWER));
    await hasRole(b, "backup");
    const shown = (): string => a.run("ip -o link show dev hf51.4.eth0");
    const before = shown();
    const pings = await lan.ping();
    const old = a.speakerPid ?? assert.fail("a speaker runs");
    process.kill(old, "SIGHUP");
    await deadline("another process has the place", () => (a.speakerPid ?? old) !== old, 15_000);
    await deadline("the agent is connected to it", () => a.link.state().pid === a.speakerPid, 15_000);
    await sleep(2 * DOWN_MS);
    await pings.replied();
    await pings.stop();
    assert.equal(shown(), before);
    assert.equal(pings.lost, 0);
    assert.deepEqual([a.role, b.role], ["master", "backup"]);
    assert.deepEqual(await ports.sent().then((sent) => sent.filter(({ node }) => node === "b")), []);
  });

  it("of two masters in a partition is heard of by both when it ends, and the lower one yields", async (t) => {
    const scene = await sceneOf(t);
    const { lan, a, b, ports } = scene;
    startOurs(a, ofIpv4());
    await isSole(scene, a, VIRTUAL_ADDRESS);
    startOurs(b, ofIpv4(LOWER));
    await hasRole(b, "backup");
    b.port("nomaster");
    await hasRole(b, "master");
    b.port("master br0");
    await isSole(scene, a, VIRTUAL_ADDRESS);
    await sleep(DOWN_MS);
    assert.deepEqual([a.role, b.role], ["master", "backup"]);
    assert.equal(portOf(lan, MAC), "pa");
    const last = (await ports.sent()).filter(({ node }) => node === "b").at(-1)?.at ?? 0;
    t.diagnostic(`the lower one was silent ${(Date.now() - last).toFixed(0)} ms ago`);
    assert.ok(Date.now() - last > DOWN_MS / 2);
  });

  it("is refused by the kernel: the node is in fault and says why, and the other one serves", async (t) => {
    const scene = await sceneOf(t);
    const { a, b } = scene;
    a.run("ip link add link eth0 name taken address 00:00:5e:00:01:33 type macvlan mode bridge");
    a.run("ip link set taken name hf51.4.eth0");
    startOurs(a, ofIpv4());
    await hasRole(a, "fault");
    assert.match(a.because, /hf51\.4\.eth0: an interface of that name is there and is not ours/);
    startOurs(b, ofIpv4(LOWER));
    await isSole(scene, b, VIRTUAL_ADDRESS);
    a.run("ip link del hf51.4.eth0");
    await isSole(scene, a, VIRTUAL_ADDRESS);
  });
});
