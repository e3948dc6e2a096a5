/** What is done to a node around its speaker: addresses, links and firewalls. */
import assert from "node:assert/strict";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it, type TestContext } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { deadline } from "../support/deadline.ts";
import { type LabNode, VIRTUAL_ADDRESS } from "../support/speaker-lab.ts";
import {
  DOWN_MS,
  EXCHANGE_MS,
  type HighAndLow,
  hasRole,
  LOWER,
  openHighAndLow,
  routerOf,
  startOurs,
} from "../support/vrrp-lan.ts";

const HIGH = "10.9.0.1";
const LOW = "10.9.0.2";
/** For so long who gives way keeps the address, since the other one speaks before it has it. */
const LINGER_MS = 100;
const FLAPS = 25;
const LINKS = 1_000;

async function elected(t: TestContext): Promise<HighAndLow> {
  const { lan, high, low } = await openHighAndLow(t);
  startOurs(high, routerOf());
  await hasRole(high, "master");
  startOurs(low, routerOf(LOWER));
  await low.follows(200);
  return { lan, high, low };
}

const problemsOf = (node: LabNode): readonly string[] =>
  (node.link.state().routers[0]?.problems ?? []).map(({ code }) => code);

describe("a node", () => {
  it("X2: gets rid of what a killed speaker has left, as soon as the next one starts", async (t) => {
    const { lan, high, low } = await elected(t);
    await high.endSpeaker("SIGKILL");
    await low.holds();
    const since = Date.now();
    high.startSpeaker();
    await high.isRid();
    await deadline("it preempts", () => high.role === "master");
    await low.isRid();
    t.diagnostic(lan.watch.story(VIRTUAL_ADDRESS, since));
  });

  it("X2: takes an address away that somebody adds on a backup, and says so", async (t) => {
    const { lan, low } = await elected(t);
    low.run(`ip addr add ${VIRTUAL_ADDRESS}/32 dev eth0`);
    await deadline("it is gone", () => !low.isHolding);
    assert.deepEqual(lan.lab.holders, ["high"]);
    const log = () => readFileSync(`${lan.lab.directory}/low.log`, "utf8");
    await deadline("it is told", () => log().includes("somebody added it, and this node is not to hold it"));
  });

  it(`X3: whose link flaps ${FLAPS} times is as it was before, and nothing is left over`, async (t) => {
    const { lan, high, low } = await elected(t);
    const before = high.run("ip -br addr");
    const files = (): number => readdirSync(`/proc/${speakerPid(high)}/fd`).length;
    const open = files();
    for (let flap = 0; flap < FLAPS; flap++) {
      high.port("down");
      await sleep(20);
      high.port("up");
      await sleep(20);
    }
    await high.holds();
    await deadline("one is left", () => lan.lab.holders.join() === "high");
    await lan.isSole(HIGH, "high", 3 * DOWN_MS);
    assert.equal(high.run("ip -br addr"), before);
    assert.equal(low.role, "backup");
    assert.ok(files() <= open + 1, `${files()} files are open, ${open} were`);
    t.diagnostic(`${high.transitions.length} transitions were told`);
  });

  it("X4: whose interface is renamed, or deleted and made again, is at fault, and well again by itself", async (t) => {
    const { lan, high, low } = await elected(t);
    high.run("ip link set eth0 down");
    high.run("ip link set eth0 name eth9");
    await hasRole(high, "fault");
    await low.holds();
    assert.deepEqual(problemsOf(high), ["interface-missing"]);
    high.run("ip link set eth9 name eth0");
    high.run("ip link set eth0 up");
    await high.holds();
    await low.isRid();

    high.run("ip link del eth0");
    await hasRole(high, "fault");
    await low.holds();
    assert.deepEqual(problemsOf(high), ["interface-missing"]);
    await high.attach(lan.lab.bridge, HIGH);
    await high.holds();
    await low.isRid();
    await lan.isSole(HIGH, "high", 3 * DOWN_MS);
    assert.deepEqual(problemsOf(high), []);
  });

  it(`X5: beside which ${LINKS} interfaces come and go stays master, and its memory is bounded`, async (t) => {
    const { lan, high } = await elected(t);
    const told = high.transitions.length;
    const before = residentMegabytes(high);
    const since = Date.now();
    for (let round = 0; round < LINKS / 100; round++) {
      const names = Array.from({ length: 50 }, (_, index) => `x${round}-${index}`);
      const batch = [
        ...names.map((name) => `link add ${name} type veth peer name ${name}p`),
        ...names.map((name) => `link del ${name}`),
      ];
      const file = join(high.directory, "links");
      writeFileSync(file, `${batch.join("\n")}\n`);
      high.run(`ip -batch ${file}`);
    }
    const tookMs = Date.now() - since;
    await lan.isSole(HIGH, "high", 3 * DOWN_MS);
    const grown = residentMegabytes(high) - before;
    t.diagnostic(
      `${LINKS} in ${tookMs} ms; ${before.toFixed(0)} MB before, ${grown.toFixed(1)} MB more after`,
    );
    assert.equal(high.transitions.length, told, "no false fault");
    assert.ok(grown < 20, `${grown} MB more`);
  });

  for (const { what, rule } of [
    { what: "refuses", rule: "reject" },
    { what: "swallows", rule: "drop" },
  ]) {
    it(`X6: whose firewall ${what} its advertisements gives way, says so, and is back with announcements when it works`, async (t) => {
      const { lan, high, low } = await elected(t);
      high.run("nft add table ip conformance");
      high.run("nft add chain ip conformance out { type filter hook output priority 0 ; }");
      high.run(`nft add rule ip conformance out ip protocol 112 ${rule}`);
      const highMac = /ether (\S+)/.exec(high.run("ip link show dev eth0"))?.[1]?.replaceAll(":", "");
      const cutAt = Date.now();
      await deadline("it is told", () => problemsOf(high).includes("send-failed"));
      await low.holds();
      await high.isRid();
      await deadline("it says why", () => /its own advertisements are refused/.test(high.because));
      t.diagnostic(`the other one took over; ${high.because}`);
      await lan.isSole(LOW, "low", 5 * DOWN_MS);
      const since = Date.now();
      high.run("nft delete table ip conformance");
      await high.holds();
      await low.isRid();
      await lan.watch.told();
      const shared = lan.watch.doubled(VIRTUAL_ADDRESS, cutAt).map(({ durationMs }) => durationMs);
      t.diagnostic(`two holders for [${shared.map((ms) => ms.toFixed(0)).join(", ")}] ms in all`);
      assert.ok(
        shared.every((ms) => ms < EXCHANGE_MS + LINGER_MS),
        `${shared} ms`,
      );
      await deadline("it is well", () => problemsOf(high).length === 0);
      await deadline("it has announced itself", () =>
        lan.wire
          .announcements(since)
          .some(({ address, mac }) => address === VIRTUAL_ADDRESS && mac === highMac),
      );
      await lan.isSole(HIGH, "high", 3 * DOWN_MS);
    });
  }
});

function speakerPid(node: LabNode): number {
  return node.link.state().pid ?? assert.fail("a speaker runs");
}

function residentMegabytes(node: LabNode): number {
  const status = readFileSync(`/proc/${speakerPid(node)}/status`, "utf8");
  return Number(/^VmRSS:\s+(\d+)/m.exec(status)?.[1]) / 1024;
}
