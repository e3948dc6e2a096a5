/** What a HealthCheck's status says: the verdict for this node, or one line for each backend that is asked. Pure. */

import { rfc3339 } from "../net/time.ts";
import type { ResourceOf } from "../resource/meta.ts";
import { nodeCheckId } from "./checks.ts";
import type { CheckStanding, Findings } from "./seen.ts";
import type { Scene } from "./status-scene.ts";

export function healthFindings(
  check: ResourceOf<"HealthCheck">,
  { seen, standings: known }: Scene,
): Findings {
  const id = nodeCheckId(check);
  const standings = known.get(id) ?? [];
  const latest = standings.reduce<CheckStanding | null>(
    (a, b) => (a === null || b.since > a.since ? b : a),
    null,
  );
  if (latest === null) {
    return NOT_USED;
  }
  const state = overall(standings);
  return {
    conditions: [{ type: "Programmed", status: "True", reason: "Probing", message: "it is being asked" }],
    node: {
      node: seen.node,
      state,
      since: rfc3339(latest.since),
      why: standings.map((standing) => explain(standing, id)).join("; "),
    },
  };
}

const NOT_USED: Findings = {
  conditions: [
    {
      type: "Programmed",
      status: "True",
      reason: "NotUsed",
      message: "nothing on this node refers to it, so it is not asked",
    },
  ],
  node: null,
};

function overall(standings: readonly CheckStanding[]): string {
  const healthy = standings.filter(({ verdict }) => verdict === "healthy").length;
  if (healthy === standings.length) return "Healthy";
  if (standings.length > 1) return `${healthy}/${standings.length} healthy`;
  return standings[0]?.verdict === "pending" ? "Pending" : "Unhealthy";
}

function explain(standing: CheckStanding, id: string): string {
  const target = standing.check.slice(id.length + 1);
  return target === "" ? standing.because : `${target}: ${standing.because}`;
}
