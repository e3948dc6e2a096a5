/** keepalived 2.2.7 as the other node, configured as in the seed's notes: users move one node at a time. */
import assert from "node:assert/strict";
import { describe, it, type TestContext } from "node:test";
import type { Lab } from "../../controller/lab/lab.ts";
import { runIn } from "../../controller/lab/machine.ts";
import { startAgent } from "../../controller/lab/services.ts";
import { waitFor, withLab } from "../support/lab.ts";
import { capture, complaints, decode } from "../support/lab-capture.ts";
import { type HolderWatch, watchHolders } from "../support/lab-holders.ts";
import { type Keepalived, startKeepalived } from "../support/lab-keepalived.ts";
import {
  A,
  ADDRESS_OF,
  B,
  CHECKS,
  CLIENT_ADDRESS,
  proxyPool,
  VIP_A,
  virtualIP,
} from "../support/lab-manifests.ts";
import {
  ADVERTISEMENT_INTERVAL_MS,
  EXCHANGE_MS,
  masterDownMs,
  SLACK_MS,
  skewMs,
} from "../support/lab-states.ts";
import { holders } from "../support/lab-world.ts";

const OURS = A;
const THEIRS = B;

const variants = [
  { version: 2 as const, password: "qr8hQHuL" },
  { version: 3 as const, password: null },
];

for (const { version, password } of variants) {
  for (const [priority, theirPriority] of [
    [100, 95],
    [95, 100],
  ] as const) {
    const isOurs = priority > theirPriority;
    const [winner, loser] = isOurs ? [OURS, THEIRS] : [THEIRS, OURS];
    const what = `VRRP version ${version}${password === null ? "" : " with a password"}`;
    describe(`keepalived as the peer, ${what}, ${isOurs ? "ours" : "keepalived"} of higher priority`, () => {
      it("E2, E3, E4: shares one address with it: one master at any time, whoever fails and returns", async (t) => {
        const options = {
          manifests: {
            "checks.yaml": CHECKS,
            "web.yaml": virtualIP({
              name: "web",
              address: VIP_A,
              virtualRouterID: 51,
              priorities: [priority, theirPriority],
              version,
              password,
            }),
            "pool.yaml": proxyPool("[web]"),
          },
          agents: false,
          client: CLIENT_ADDRESS,
        };
        await withLab(options, (lab) =>
          play(t, {
            lab,
            version,
            password,
            theirPriority,
            winner,
            loser,
            loserPriority: Math.min(priority, theirPriority),
          }),
        );
      });
    });
  }
}

interface Scene {
  readonly lab: Lab;
  readonly version: 2 | 3;
  readonly password: string | null;
  readonly theirPriority: number;
  readonly winner: string;
  readonly loser: string;
  readonly loserPriority: number;
}

async function play(t: TestContext, scene: Scene): Promise<void> {
  const { lab, winner, loser, version, loserPriority } = scene;
  const wire = await capture(lab, "client", "ip proto 112");
  const watch = await watchHolders(lab);
  startAgent(lab.at(OURS), "info");
  let peer = await keepalived(scene);
  await holds(lab, winner);

  await t.test("the one of lower priority takes over when the other's cable is cut", async (t) => {
    const since = Date.now();
    await lab.fail(winner, "link");
    await holds(lab, loser);
    const boundMs = masterDownMs(version, loserPriority) + 50;
    const [gap] = watch.vacant(VIP_A, since);
    t.diagnostic(`addresses: ${watch.story(VIP_A, since)}; bound ${boundMs.toFixed(0)} ms`);
    assert.ok(gap !== undefined && gap.durationMs <= boundMs, `nobody for ${gap?.durationMs} ms`);
    const healed = Date.now();
    await lab.heal(winner);
    await holds(lab, winner);
    await isPeaceful(t, watch, healed);
  });

  await t.test("the one of lower priority takes over when the other is told to stop", async (t) => {
    const since = Date.now();
    await stop(scene, winner, peer);
    await holds(lab, loser);
    t.diagnostic(`addresses: ${watch.story(VIP_A, since)}`);
    const boundMs = skewMs(version, loserPriority) + SLACK_MS;
    for (const { durationMs } of watch.vacant(VIP_A, since))
      assert.ok(durationMs <= boundMs, `nobody for ${durationMs} ms`);
    const started = Date.now();
    if (winner === OURS) startAgent(lab.at(OURS), "info");
    else peer = await keepalived(scene);
    await holds(lab, winner);
    await isPeaceful(t, watch, started);
  });

  await t.test("nothing happens to the address when the one of lower priority comes and goes", async (t) => {
    const since = Date.now();
    await stop(scene, loser, peer);
    if (loser === OURS) startAgent(lab.at(OURS), "info");
    else peer = await keepalived(scene);
    await waitFor(
      lab,
      "an advertisement has passed",
      () => Date.now() - since > 2 * ADVERTISEMENT_INTERVAL_MS,
      20_000,
    );
    t.diagnostic(`addresses: ${watch.story(VIP_A, since)}`);
    assert.deepEqual(
      watch.spans(VIP_A, since).map((span) => span.holders),
      [[winner]],
    );
  });

  await wire.stop();
  await watch.stop();
  await t.test("every packet is in order for an independent dissector", (t) => {
    assert.deepEqual(complaints(wire.file), []);
    const packets = decode(wire.file, "vrrp");
    const ours = packets.filter(({ source }) => source === ADDRESS_OF[OURS]);
    t.diagnostic(`${ours.length} packets of ours, ${packets.length - ours.length} of keepalived`);
    assert.ok(ours.length > 0);
    assert.deepEqual([...new Set(ours.map(({ fields }) => fields["vrrp.version"]))], [String(version)]);
    const passwords = new Set(packets.map(({ fields }) => fields["vrrp.auth_string"]));
    assert.deepEqual([...passwords], [scene.password ?? ""]);
  });
}

function keepalived({ lab, version, password, theirPriority }: Scene): Promise<Keepalived> {
  const terms = { version, password, priority: theirPriority, interface: "ens33", address: VIP_A };
  return startKeepalived(lab, THEIRS, terms);
}

async function holds(lab: Lab, node: string): Promise<void> {
  await waitFor(
    lab,
    `${node} alone holds the address`,
    async () => (await holders(lab, VIP_A)).join() === node,
    20_000,
  );
}

async function stop({ lab }: Scene, node: string, peer: Keepalived): Promise<void> {
  if (node === THEIRS) await peer.end("SIGTERM");
  else await runIn(lab.at(OURS), ["pkill", "-TERM", "-f", "holdfast.cjs agent"]);
}

/** While all are connected: nobody's time and two masters' time are no longer than an exchange of packets. */
async function isPeaceful(t: TestContext, watch: HolderWatch, since: number): Promise<void> {
  t.diagnostic(`after the return: ${watch.story(VIP_A, since)}`);
  const long = watch
    .spans(VIP_A, since)
    .filter(({ holders: { length }, durationMs }) => length !== 1 && durationMs > EXCHANGE_MS);
  assert.deepEqual(long, []);
}
