/**
 * Decides what is to be done about nginx, from what is wanted and what is. Pure.
 *
 * What already serves goes first: nginx is touched only for a release that can come alive, and where the wanted one cannot,
 * the one that served before is kept, or brought back.
 */
import type { NginxRelease } from "../nginx/release.ts";
import type { NginxState, PortHolder } from "../nginx/state.ts";

/** To be carried out in order, up to the first that fails: each needs those before it. */
export type NginxAction =
  | { readonly type: "stage"; readonly release: NginxRelease; readonly because: string }
  | { readonly type: "activate" | "reload" | "mark-good"; readonly id: string; readonly because: string }
  | { readonly type: "start" | "stop"; readonly because: string }
  | { readonly type: "retire-orphans"; readonly pids: readonly number[]; readonly because: string };

/** What stands in the way, that no action of ours can change. */
export interface NginxWaiting {
  readonly reason: "NotInstalled" | "PortInUse" | "Refused";
  readonly message: string;
}

export interface NginxPlan {
  readonly actions: readonly NginxAction[];
  readonly waiting: readonly NginxWaiting[];
}

/** `desired` is null when no pool is served on this node. */
export function planNginx(desired: NginxRelease | null, state: NginxState): NginxPlan {
  if (desired === null) return { actions: planStop(state), waiting: [] };
  if (!state.installed) {
    const message = "nginx is not installed on this node; install the package nginx";
    return { actions: [], waiting: [{ reason: "NotInstalled", message }] };
  }
  const obstacle = obstacleTo(desired, state);
  const target = obstacle === null ? wanted(desired) : fallback(desired, state);
  return {
    actions: target === null ? [] : planTarget(target, state),
    waiting: obstacle === null ? [] : [obstacle],
  };
}

/** Whether every worker that could be asked serves the release, and one did answer. */
export function isServed(id: string, { workers }: NginxState): boolean {
  const answers = workers.flatMap(({ release }) => release ?? []);
  return answers.length > 0 && answers.every((release) => release === id);
}

function planStop({ master, orphans }: NginxState): NginxAction[] {
  return master === null && orphans.length === 0
    ? []
    : [{ type: "stop", because: "no pool is served on this node" }];
}

function obstacleTo({ id, ports }: NginxRelease, state: NginxState): NginxWaiting | null {
  const refusal = state.refused.find(({ release }) => release === id);
  if (refusal !== undefined) {
    return { reason: "Refused", message: `nginx refused release ${id}: ${refusal.output}` };
  }
  const holders = holdersOf(ports, state);
  return holders.length === 0
    ? null
    : { reason: "PortInUse", message: holders.map(describeHolder).join("; ") };
}

const holdersOf = (ports: readonly number[], { portHolders }: NginxState): PortHolder[] =>
  portHolders.filter(({ port }) => ports.includes(port));

const describeHolder = ({ port, pid, name }: PortHolder): string =>
  `port ${port} is held by ${name} (pid ${pid === 0 ? "unknown" : pid})`;

interface Target {
  readonly id: string;
  /** null: it is on disk and needs no staging. */
  readonly release: NginxRelease | null;
  readonly because: string;
}

const wanted = (release: NginxRelease): Target => ({
  id: release.id,
  release,
  because: `release ${release.id} is what the manifests ask for`,
});

/** What serves now, or served last, as long as it can. */
function fallback(desired: NginxRelease, state: NginxState): Target | null {
  const { staged, lastGoodRelease, currentRelease, refused } = state;
  const served = staged.find(({ id }) => isServed(id, state))?.id ?? null;
  for (const id of [served, lastGoodRelease, currentRelease]) {
    const release = staged.find((candidate) => candidate.id === id);
    const isOut = id === desired.id || refused.some((refusal) => refusal.release === id);
    if (release === undefined || isOut || holdersOf(release.ports, state).length > 0) continue;
    return {
      id: release.id,
      release: null,
      because: `release ${desired.id} cannot be served and ${release.id} is the last good one`,
    };
  }
  return null;
}

function planTarget({ id, release, because }: Target, state: NginxState): NginxAction[] {
  const { staged, currentRelease, lastGoodRelease, orphans } = state;
  const isStaged = staged.some((candidate) => candidate.id === id);
  const good = `every worker serves release ${id}`;
  return [
    ...(release === null || isStaged ? [] : [{ type: "stage", release, because } as const]),
    ...(currentRelease === id ? [] : [{ type: "activate", id, because } as const]),
    ...planMaster(id, because, state),
    // After a start: the orphans serve until their sockets have a new owner.
    ...(orphans.length === 0 ? [] : [retirement(orphans)]),
    ...(lastGoodRelease === id ? [] : [{ type: "mark-good", id, because: good } as const]),
  ];
}

function planMaster(id: string, because: string, state: NginxState): NginxAction[] {
  if (state.master === null) return [{ type: "start", because: "no master of nginx runs" }];
  return isServed(id, state) ? [] : [{ type: "reload", id, because }];
}

const retirement = (pids: readonly number[]): NginxAction => ({
  type: "retire-orphans",
  pids,
  because: "their master is gone and a new one has the ports",
});
