/** Converges the speaker's membership and this node's checks. Quick: nothing in this pass waits for nginx or the network. */
import { createHash } from "node:crypto";
import type { Check } from "../health/probe.ts";
import type { DesiredNode } from "../plan/desired.ts";
import { changesOf, type RouterChange } from "../plan/disruption.ts";
import { fitnessVerdicts, type Membership, planMembership } from "../plan/membership.ts";
import type { CheckStanding } from "../plan/seen.ts";
import type { Log } from "../port/log.ts";
import type { SpeakerLink } from "../port/speaker-link.ts";
import type { Looked } from "./desired.ts";
import type { Pass } from "./loop.ts";

export interface MembershipParts {
  readonly lookUp: () => Promise<Looked>;
  readonly link: SpeakerLink;
  readonly setChecks: (checks: readonly Check[]) => void;
  readonly standings: () => ReadonlyMap<string, CheckStanding>;
  readonly log: Log;
}

export function membershipPass({ lookUp, link, setChecks, standings, log }: MembershipParts): Pass {
  // For the log alone: what a change disturbs. What is to be done is seen from what the speaker says.
  let told: Membership | null = null;
  return async () => {
    const { desired } = await lookUp();
    setChecks(desired.checks);
    const { pid, membershipRevision } = link.state();
    const actions = planMembership(membershipOf(desired), { connected: pid !== null, membershipRevision });
    for (const { membership, because } of actions) {
      // The verdicts go first, so that a check that fails already counts in the first election.
      link.setVerdicts(fitnessVerdicts(desired.routers, standings()));
      link.setMembership(membership);
      log.info("told the speaker its virtual routers", {
        revision: membership.revision,
        routers: membership.routers.map(({ name }) => name),
        because,
      });
      for (const change of changesOf(told?.routers ?? [], membership.routers)) logChange(log, change);
      told = membership;
    }
    return { settled: true };
  };
}

function logChange(log: Log, { router, disruption, fields, cautions }: RouterChange): void {
  log.info("a virtual router changes", { router, fields, disruption });
  for (const caution of cautions) log.warn("all members must have the change", { router, because: caution });
}

/** The same content always has the same revision, so that an adopted speaker is told nothing that it knows. */
export function membershipOf({ routers, retained, departed }: DesiredNode): Membership {
  const text = JSON.stringify({ routers, retained, departed });
  const revision = createHash("sha256").update(text).digest("hex").slice(0, REVISION_DIGITS);
  return { revision, routers, retained, departed };
}

const REVISION_DIGITS = 16;
