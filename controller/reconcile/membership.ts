/** Converges the speaker's membership and this node's checks. Quick: nothing in this pass waits for nginx or the network. */
import { createHash } from "node:crypto";
import type { Check } from "../health/probe.ts";
import type { DesiredNode } from "../plan/desired.ts";
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
    }
    return { settled: true };
  };
}

/** The same content always has the same revision, so that an adopted speaker is told nothing that it knows. */
export function membershipOf({ routers, retained, departed }: DesiredNode): Membership {
  const text = JSON.stringify({ routers, retained, departed });
  const revision = createHash("sha256").update(text).digest("hex").slice(0, REVISION_DIGITS);
  return { revision, routers, retained, departed };
}

const REVISION_DIGITS = 16;
