/** What an edit of a manifest does to a lab: how fast nginx is switched, and that VRRP feels nothing. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import type { TestContext } from "node:test";
import type { Lab } from "../../controller/lab/lab.ts";
import { logFile } from "../../controller/lab/machine.ts";
import type { Packet } from "./lab-capture.ts";
import { A, ADDRESS_OF } from "./lab-manifests.ts";
import { ADVERTISEMENT_INTERVAL_MS } from "./lab-states.ts";

/** How far from its interval an advertisement may be on a busy machine of two cores. */
const JITTER_MS = 200;

/** When the agent switched to the newest release, and what nginx then took to run it, from the agent's own log. */
export function lastReload(
  lab: Lab,
  node: string,
): { readonly activatedAt: number; readonly reloadMs: number } {
  const actions = readFileSync(logFile(lab.at(node), "agent"), "utf8")
    .split("\n")
    .filter((line) => line.includes('"action"'))
    .map((line) => JSON.parse(line) as { readonly time: number; readonly action: string });
  const activated = actions.findLast(({ action }) => action === "activate");
  const reloaded = actions.findLast(({ action }) => action === "reload");
  assert.ok(activated !== undefined && reloaded !== undefined);
  return { activatedAt: activated.time, reloadMs: Math.max(0, reloaded.time - activated.time) };
}

/** The master's advertisements go on in their rhythm, nobody resigns, nothing is announced. */
export function isUndisturbed(t: TestContext, packets: readonly Packet[], since: number): void {
  const adverts = packets.filter(({ fields }) => fields["vrrp.prio"] !== "");
  assert.deepEqual([...new Set(adverts.map(({ source }) => source))], [ADDRESS_OF[A]]);
  assert.deepEqual(
    adverts.filter(({ fields }) => fields["vrrp.prio"] === "0"),
    [],
  );
  const pauses = adverts.slice(1).map(({ at }, index) => at - (adverts[index]?.at ?? 0));
  t.diagnostic(
    `${adverts.length} advertisements, pauses of ${pauses.map((pause) => pause.toFixed(0)).join(", ")} ms`,
  );
  assert.deepEqual(
    pauses.filter((pause) => Math.abs(pause - ADVERTISEMENT_INTERVAL_MS) > JITTER_MS),
    [],
  );
  const announcements = packets.filter(
    ({ at, fields }) =>
      at > since &&
      fields["arp.src.proto_ipv4"] !== "" &&
      fields["arp.src.proto_ipv4"] === fields["arp.dst.proto_ipv4"],
  );
  assert.deepEqual(announcements, []);
}
