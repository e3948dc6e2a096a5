/** States of a lab that tests begin with or wait for. */
import type { Lab } from "../../controller/lab/lab.ts";
import { millis } from "../../controller/net/time.ts";
import { masterDownInterval, skewTime } from "../../controller/vrrp/timing.ts";
import { report, router, waitFor } from "./lab.ts";
import { holders } from "./lab-world.ts";

/** What looking and a busy machine of two cores may add to a bound. */
export const SLACK_MS = 150;
/**
 * Two masters while all are connected: from the new one's first advertisement until the old one has let go. Ours keeps
 * the address for another 100 ms, so that the new one surely has it.
 */
export const EXCHANGE_MS = 250;
/** Of every manifest here. */
export const ADVERTISEMENT_INTERVAL_MS = 1000;

export const masterDownMs = (version: 2 | 3, priority: number): number =>
  masterDownInterval(version, priority, millis(ADVERTISEMENT_INTERVAL_MS));
export const skewMs = (version: 2 | 3, priority: number): number =>
  skewTime(version, priority, millis(ADVERTISEMENT_INTERVAL_MS));

/** A boot, two successes of nginx-alive and a master-down interval, with room. */
const SETTLED_MS = 20_000;

export interface Home {
  /** As in the manifest. */
  readonly virtualIP: string;
  readonly address: string;
  readonly node: string;
  readonly priority: number;
}

/** Each address on its home alone, at full priority; nginx as the manifests ask; every check healthy; nobody knows better. */
export async function settled(lab: Lab, ...homes: readonly Home[]): Promise<void> {
  await waitFor(lab, "all is as it should be", () => isSettled(lab, homes), SETTLED_MS);
}

async function isSettled(lab: Lab, homes: readonly Home[]): Promise<boolean> {
  for (const { virtualIP, address, node, priority } of homes) {
    const held = await holders(lab, address);
    if (held.length !== 1 || held[0] !== node) return false;
    if ((await router(lab, node, virtualIP))?.effectivePriority !== priority) return false;
  }
  for (const { name } of lab.members) {
    const answer = await report(lab, name);
    if (answer?.nginx?.programmed !== true || !answer.speaker.membershipInForce) return false;
    if (answer.checks.length === 0 || answer.checks.some(({ verdict }) => verdict !== "healthy"))
      return false;
    if (
      answer.speaker.routers.some(({ effectivePriority, basePriority }) => effectivePriority !== basePriority)
    )
      return false;
  }
  return true;
}

/** Gratuitous ARP is repeated for five seconds after a takeover; a test that listens for some must come later. */
const ANNOUNCED_MS = 5_500;

export async function quiet(lab: Lab, { node, virtualIP }: Home): Promise<void> {
  const isQuiet = async (): Promise<boolean> => {
    const since = (await router(lab, node, virtualIP))?.since;
    return since !== undefined && Date.now() - since > ANNOUNCED_MS;
  };
  await waitFor(lab, "all announcements are over", isQuiet, 2 * ANNOUNCED_MS);
}

/**
 * What a planned move may cost a client. The client itself sees gaps of up to 52 ms here when nothing happens, since it, the
 * nodes and the web servers share two processors; keepalived costs more than 600.
 */
export const PLANNED_OUTAGE_MS = 100;
