/** Looks, plans and acts until nothing is left to do, as the reconciler does. */

import { unreachable } from "../../controller/net/unreachable.ts";
import type { NginxRelease } from "../../controller/nginx/release.ts";
import { type NginxAction, type NginxWaiting, planNginx } from "../../controller/plan/nginx.ts";
import { OperationFailure } from "../../controller/port/failure.ts";
import type { NginxHost } from "../../controller/port/nginx-host.ts";

/** A refusal of the wanted release and the way back take three. */
const PASSES_MAX = 5;

export interface Convergence {
  readonly done: readonly NginxAction[];
  readonly failures: readonly OperationFailure[];
  readonly waiting: readonly NginxWaiting[];
}

export async function converge(host: NginxHost, desired: NginxRelease | null): Promise<Convergence> {
  const done: NginxAction[] = [];
  const failures: OperationFailure[] = [];
  for (let pass = 0; pass < PASSES_MAX; pass++) {
    const { actions, waiting } = planNginx(desired, await host.observe(desired?.ports ?? []));
    if (actions.length === 0) return { done, failures, waiting };
    try {
      for (const action of actions) {
        await perform(action, host);
        done.push(action);
      }
    } catch (error) {
      if (!(error instanceof OperationFailure)) throw error;
      failures.push(error);
    }
  }
  throw new Error(`not converged after ${PASSES_MAX} passes: ${failures.map(String).join("; ")}`);
}

export function perform(action: NginxAction, host: NginxHost): Promise<void> {
  switch (action.type) {
    case "stage":
      return host.stage(action.release);
    case "activate":
      return host.activate(action.id);
    case "start":
      return host.start();
    case "reload":
      return host.reload(action.id);
    case "mark-good":
      return host.markGood(action.id);
    case "retire-orphans":
      return host.retireOrphans(action.pids);
    case "stop":
      return host.stop();
    default:
      return unreachable(action);
  }
}
