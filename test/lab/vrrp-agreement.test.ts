/** What is told, whatever happens: `ip addr`, the wire, the status and the metrics of every node say the same. */
import assert from "node:assert/strict";
import { describe, it, type TestContext } from "node:test";
import type { Lab } from "../../controller/lab/lab.ts";
import { attemptIn, runIn, startIn } from "../../controller/lab/machine.ts";
import { CLI } from "../../controller/lab/services.ts";
import { router, waitFor, withLab } from "../support/lab.ts";
import { killAgent } from "../support/lab-agent.ts";
import { capture, decode } from "../support/lab-capture.ts";
import { A, ADDRESS_OF, B, CLIENT_ADDRESS, SINGLE_MASTER, VIP_A } from "../support/lab-manifests.ts";
import { addresses, remove, write } from "../support/lab-world.ts";

const METRICS = "127.0.0.1:9440";
const AGREED_MS = 20_000;
const DOWN = "/etc/holdfast/down";

function startAgent(lab: Lab, node: string): void {
  const flags = ["--node", node, "--manifests", "/etc/holdfast/manifests", "--metrics-listen", METRICS];
  startIn(lab.at(node), "agent", [process.execPath, CLI, "agent", ...flags]);
}

/** Of one node, by whom one asks. */
interface Told {
  readonly holds: boolean;
  readonly role: string;
  readonly priority: number;
}

async function kernelSays(lab: Lab, node: string): Promise<boolean> {
  return (await addresses(lab, node)).includes(`${VIP_A}/32`);
}

async function statusSays(lab: Lab, node: string): Promise<Told | null> {
  const status = await router(lab, node);
  if (status === null) return null;
  const { role, effectivePriority, heldAddresses } = status;
  return { holds: heldAddresses.includes(`${VIP_A}/32`), role, priority: effectivePriority };
}

async function metricsSay(lab: Lab, node: string): Promise<Told | null> {
  const { stdout } = await attemptIn(lab.at(node), [
    "curl",
    "-s",
    "--max-time",
    "2",
    `http://${METRICS}/metrics`,
  ]);
  const value = (pattern: RegExp): string | undefined => pattern.exec(stdout)?.[1];
  const role = value(/^holdfast_virtualip_role\{virtualip="default\/web",role="(\w+)"\} 1$/m);
  const priority = value(/^holdfast_virtualip_priority\{virtualip="default\/web"\} (\d+)$/m);
  const held = value(/^holdfast_virtualip_addresses_held\{virtualip="default\/web"\} (\d+)$/m);
  if (role === undefined) return null;
  return { holds: held === "1", role, priority: Number(priority) };
}

async function isConsistent(lab: Lab, node: string, isMaster: boolean): Promise<boolean> {
  const holds = await kernelSays(lab, node);
  const [status, metrics] = [await statusSays(lab, node), await metricsSay(lab, node)];
  if (status === null || JSON.stringify(status) !== JSON.stringify(metrics)) return false;
  return holds === isMaster && status.holds === holds && (status.role === "master") === holds;
}

/** Resolves when `master` is master in everybody's words, and every node that answers says of itself what is so. */
async function agree(
  t: TestContext,
  lab: Lab,
  what: string,
  master: string,
  silent: readonly string[] = [],
): Promise<void> {
  const nodes = [A, B].filter((node) => !silent.includes(node));
  const isAgreed = async (): Promise<boolean> => {
    for (const node of nodes) if (!(await isConsistent(lab, node, node === master))) return false;
    return true;
  };
  const tookMs = await waitFor(lab, `${what}: all say that ${master} is master`, isAgreed, AGREED_MS);
  const wire = await capture(lab, "client", "ip proto 112");
  await waitFor(lab, "two advertisements", () => decode(wire.file, "vrrp").length >= 2, 5_000);
  await wire.stop();
  const packets = decode(wire.file, "vrrp");
  assert.deepEqual([...new Set(packets.map(({ source }) => source))], [ADDRESS_OF[master]], what);
  const priority = (await statusSays(lab, master))?.priority;
  assert.equal(Number(packets.at(-1)?.fields["vrrp.prio"]), priority, what);
  t.diagnostic(`${what}: agreed after ${tookMs.toFixed(0)} ms on ${master} with priority ${priority}`);
}

describe("status, metrics, wire and kernel", () => {
  it("O1: agree at the start, after a cut cable, a failing check, a removed address and a stop", async (t) => {
    await withLab({ manifests: SINGLE_MASTER, agents: false, client: CLIENT_ADDRESS }, async (lab) => {
      for (const node of [A, B]) startAgent(lab, node);
      await agree(t, lab, "started", A);
      await lab.fail(A, "link");
      await agree(t, lab, "its cable is cut", B);
      await lab.heal(A);
      await agree(t, lab, "mended", A);
      write(lab, A, DOWN, "");
      await agree(t, lab, "its check fails", B);
      remove(lab, A, DOWN);
      await agree(t, lab, "its check is well", A);
      await runIn(lab.at(A), ["ip", "addr", "del", `${VIP_A}/32`, "dev", "ens33"]);
      await agree(t, lab, "its address was removed", A);
      await killAgent(lab, A, "TERM");
      await agree(t, lab, "it was stopped", B, [A]);
      assert.equal(await kernelSays(lab, A), false);
      startAgent(lab, A);
      await agree(t, lab, "it was started again", A);
    });
  });
});
