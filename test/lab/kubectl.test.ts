/** The seed's first experiment again, and nobody touches a file on the nodes: all of it goes through kubectl. */
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import type { Lab } from "../../controller/lab/lab.ts";
import { attemptIn, runIn } from "../../controller/lab/machine.ts";
import { CLI } from "../../controller/lab/services.ts";
import { closeLab, openTestLab, report, waitFor } from "../support/lab.ts";
import { capture, decode } from "../support/lab-capture.ts";
import { watchHolders } from "../support/lab-holders.ts";
import {
  type Finished,
  type Operator,
  openOperator,
  startAgentForKubectl,
  untilServed,
} from "../support/lab-kubectl.ts";
import { A, ADDRESS_OF, B, CLIENT_ADDRESS, shippedSingleMaster, VIP_A } from "../support/lab-manifests.ts";
import { ADVERTISEMENT_INTERVAL_MS } from "../support/lab-states.ts";
import { addresses, get, holders, remove, write } from "../support/lab-world.ts";

const TARGET = `${VIP_A}:80`;
/** Absolute: a command on a machine begins at its root. */
const FILES = `${process.cwd()}/manifests/single-master`;
const DOWN = "/etc/holdfast/down";
const FLOOD = fileURLToPath(new URL("../support/api-flood.js", import.meta.url));
const FLOOD_SECONDS = 8;
/** A third of what the backup would still wait for. */
const FLOOD_LATENESS_MS = 600;

const isMaster = (node: string): string =>
  `--for=jsonpath={.status.nodes[?(@.node=="${node}")].state}=Master`;

describe("single-master by kubectl alone", () => {
  let lab: Lab;
  let operator: Operator;

  before(async () => {
    lab = await openTestLab({
      manifests: {},
      later: shippedSingleMaster(),
      agents: false,
      client: CLIENT_ADDRESS,
    });
    for (const node of [A, B]) startAgentForKubectl(lab, node, ADDRESS_OF[node] ?? "");
    operator = await openOperator(lab, [A, B]);
    await untilServed(lab, operator, [A, B]);
  });
  after(async () => {
    operator?.[Symbol.dispose]();
    await closeLab(lab);
  });

  const isHeldBy = async (node: string): Promise<boolean> => {
    const held = await holders(lab, VIP_A);
    return held.length === 1 && held[0] === node;
  };

  it("apply to both contexts of one kubeconfig: wait returns when the address is held and pages come", async () => {
    for (const node of [A, B]) {
      const created = await operator.do(node, "apply", "-f", FILES);
      assert.match(created, /virtualip\.holdfast\.dev\/web created/);
    }
    await operator.do(A, "wait", isMaster(A), "vip/web", "--timeout=40s");
    assert.ok((await addresses(lab, A)).includes(`${VIP_A}/32`));
    await operator.do(A, "wait", "--for=condition=Ready", "vip/web", "proxypool/websrvs", "--timeout=40s");
    await operator.do(B, "wait", "--for=condition=Ready", "vip/web", "--timeout=40s");
    const pages = new Set((await get(lab, 10, TARGET)).map(({ body }) => body.trim()));
    assert.deepEqual([...pages].sort(), ["<h1> Web RS1 </h1>", "<h1> Web RS2 </h1>"]);
    const again = await operator.do(A, "apply", "--server-side", "--force-conflicts", "-f", FILES);
    assert.match(again, /serverside-applied/);
    assert.equal((await operator.run(A, "diff", "-f", FILES)).status, 0, "nothing differs after apply");
  });

  it("wait returns not before the other node holds the address", async () => {
    const { ended, child } = operator.begin(B, "wait", isMaster(B), "vip/web", "--timeout=50s");
    let isEnded = false;
    const seen: Promise<readonly [Finished, boolean]> = ended.then(async (finished) => {
      isEnded = true;
      return [finished, (await addresses(lab, B)).includes(`${VIP_A}/32`)];
    });
    // It watches: the server has told it of the object, and it has found that to be otherwise.
    await waitFor(lab, "kubectl has a connection to the API", () => hasConnection(lab), 10_000);
    assert.ok(await isHeldBy(A));
    assert.equal(isEnded, false, "it returned while the address was elsewhere");
    write(lab, A, DOWN, "");
    const [{ status, output }, isThere] = await seen;
    assert.equal(status, 0, output);
    assert.ok(isThere, "it returned before the address was there");
    assert.equal(child.exitCode, 0);
    remove(lab, A, DOWN);
    await operator.do(A, "wait", isMaster(A), "vip/web", "--timeout=40s");
    assert.ok((await addresses(lab, A)).includes(`${VIP_A}/32`));
  });

  it("tells in events and in the table what has happened, and who holds the address", async () => {
    const described = await operator.do(B, "describe", "vip", "web");
    assert.match(described, /Normal +Master .* keepalive-b: master/);
    assert.match(described, /Normal +Backup .* keepalive-b: backup/);
    assert.match(await operator.do(A, "get", "vip"), /web +172\.16\.253\.150\/32 +keepalive-a +True/);
  });

  it("warns of what a change disturbs, and shows it in the diff", async () => {
    const change = ["patch", "vip", "web", "--type=merge", "-p", '{"spec":{"vrrp":{"virtualRouterID":77}}}'];
    const warned = await operator.do(A, ...change, "--dry-run=server");
    assert.match(
      warned,
      /Warning: default\/web on keepalive-a: re-election, because of vrrp\.virtualRouterID/,
    );
    assert.ok(await isHeldBy(A));
  });

  it("cordon hands the address over without a gap for clients, uncordon lets it return", async () => {
    await operator.do(A, "cordon", A);
    await operator.do(B, "wait", isMaster(B), "vip/web", "--timeout=20s");
    assert.match(await operator.do(A, "get", "nodes"), /keepalive-a +Ready,SchedulingDisabled/);
    assert.ok((await addresses(lab, B)).includes(`${VIP_A}/32`));
    // kubectl ends with status 0 all the same, but it says so.
    const { output } = await operator.run(B, "cordon", B);
    assert.match(
      output,
      /unable to cordon node "keepalive-b": .* nobody took over when it was offered, so this node serves on/,
    );
    assert.match(await operator.do(B, "get", "nodes"), /keepalive-b +Ready +agent/);
    await operator.do(A, "uncordon", A);
    await operator.do(A, "wait", isMaster(A), "vip/web", "--timeout=40s");
  });

  it("a flood of hostile requests, slow and idle connections to the holder's API disturbs neither VRRP nor whoever is let in", async (t) => {
    await waitFor(lab, "A alone holds the address", () => isHeldBy(A), 10_000);
    const create = ["token", "create", "flood", "--role", "viewer"];
    const token = await runIn(lab.at(A), [process.execPath, CLI, ...create]);
    const watch = await watchHolders(lab);
    const wire = await capture(lab, "client", "ip proto 112");
    const since = Date.now();
    const flood = runIn(lab.at("client"), [
      process.execPath,
      FLOOD,
      ADDRESS_OF[A] ?? "",
      "7443",
      String(FLOOD_SECONDS),
      token.trim(),
    ]);
    // In the middle of it, again and again, on a connection of its own each time.
    let isOver = false;
    const ended = flood.finally(() => {
      isOver = true;
    });
    // Awaited below; where kubectl fails first, that is what counts.
    ended.catch(() => undefined);
    let served = 0;
    while (!isOver) {
      await operator.do(A, "get", "vip", "web");
      served += 1;
    }
    const told: { answered: number; failed: number; idle: number; slow: number; codes: number[] } =
      JSON.parse(await ended);
    const spans = watch.spans(VIP_A, since);
    await wire.stop();
    await watch.stop();
    const times = decode(wire.file, "vrrp")
      .filter(({ source }) => source === ADDRESS_OF[A])
      .map(({ at }) => at);
    const gaps = times.slice(1).map((at, index) => at - (times[index] ?? at));
    const pause = `longest pause between advertisements ${Math.max(...gaps).toFixed(0)} ms`;
    t.diagnostic(`${JSON.stringify(told)}; kubectl was served ${served} times; ${pause}`);
    assert.ok(served >= 2, `${served}`);
    assert.ok(
      told.answered > 100 && told.codes.includes(403) && told.idle > 1_500 && told.slow >= 50,
      JSON.stringify(told),
    );
    assert.ok(
      // A watch from a version that is yet to come is answered with 504, as Kubernetes does it.
      told.codes.every((code) => code < 500 || code === 504),
      JSON.stringify(told),
    );
    assert.deepEqual(
      spans.map((span) => span.holders),
      [[A]],
    );
    assert.ok(Math.max(...gaps) < ADVERTISEMENT_INTERVAL_MS + FLOOD_LATENESS_MS, `${Math.max(...gaps)} ms`);
    assert.equal((await report(lab, A))?.speaker.routers[0]?.role, "master");
  });

  it("delete takes away exactly what was created", async () => {
    for (const node of [A, B]) await operator.do(node, "delete", "-f", FILES);
    await waitFor(
      lab,
      "nobody holds the address",
      async () => (await holders(lab, VIP_A)).length === 0,
      10_000,
    );
    for (const node of [A, B]) assert.match(await operator.do(node, "get", "all"), /No resources found/);
    for (const node of [A, B])
      await waitFor(lab, `nothing listens on ${node}`, async () => !(await listens(lab, node)), 10_000);
  });
});

async function listens(lab: Lab, node: string): Promise<boolean> {
  const { stdout } = await attemptIn(lab.at(node), ["ss", "-Hltn", "sport", "=", ":80"]);
  return stdout.trim() !== "";
}

/** The wait's watch: an established connection from the client to a port of the API. */
async function hasConnection(lab: Lab): Promise<boolean> {
  const { stdout } = await attemptIn(lab.at("client"), [
    "ss",
    "-Htn",
    "state",
    "established",
    "dport",
    "=",
    ":7443",
  ]);
  return stdout.trim() !== "";
}
