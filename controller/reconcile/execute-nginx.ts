/** Carries out a plan for nginx, in order, up to the first action that fails. It decides nothing. */
import { unreachable } from "../net/unreachable.ts";
import type { NginxAction } from "../plan/nginx.ts";
import { OperationFailure } from "../port/failure.ts";
import type { Log } from "../port/log.ts";
import type { NginxHost } from "../port/nginx-host.ts";

/** null: everything was done. Each action needs those before it, so the first failure ends the pass. */
export async function executeNginx(
  actions: readonly NginxAction[],
  host: NginxHost,
  log: Log,
): Promise<OperationFailure | null> {
  for (const action of actions) {
    const failure = await attempt(() => perform(action, host));
    if (failure !== null) return failure;
    const { type, because } = action;
    log.info("did an action on nginx", { action: type, because });
  }
  return null;
}

function perform(action: NginxAction, host: NginxHost): Promise<void> {
  switch (action.type) {
    case "stage":
      return host.stage(action.release);
    case "activate":
      return host.activate(action.id);
    case "reload":
      return host.reload(action.id);
    case "mark-good":
      return host.markGood(action.id);
    case "start":
      return host.start();
    case "stop":
      return host.stop();
    case "retire-orphans":
      return host.retireOrphans(action.pids);
    default:
      return unreachable(action);
  }
}

async function attempt(operation: () => Promise<void>): Promise<OperationFailure | null> {
  try {
    await operation();
    return null;
  } catch (error) {
    if (error instanceof OperationFailure) return error;
    throw error;
  }
}
