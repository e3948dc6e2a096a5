/**
 * Converges nginx: looks, plans, acts and looks again, until the plan is empty or waits for something. What it tells has
 * been seen, not hoped for.
 */
import { createHash } from "node:crypto";
import { type NginxRelease, sealRelease } from "../nginx/release.ts";
import type { NginxState } from "../nginx/state.ts";
import { isServed, type NginxPlan, planNginx } from "../plan/nginx.ts";
import type { NginxReport } from "../plan/report.ts";
import type { ProxyStanding } from "../plan/seen.ts";
import type { Clock } from "../port/clock.ts";
import type { OperationFailure } from "../port/failure.ts";
import type { Log } from "../port/log.ts";
import type { NginxHost } from "../port/nginx-host.ts";
import type { Looked } from "./desired.ts";
import { executeNginx } from "./execute-nginx.ts";
import type { Pass } from "./loop.ts";

/** Stage, start, retire, mark: no plan needs more looks; one that does is going in a circle. */
const LOOKS_MAX = 4;

export interface ProxyView {
  readonly standing: ProxyStanding;
  readonly report: NginxReport;
}

export interface ProxyParts {
  readonly lookUp: () => Promise<Looked>;
  readonly host: NginxHost;
  readonly clock: Clock;
  readonly log: Log;
  /** Told after each look, so that the status need not wait for the end of a reload. */
  readonly tell: (view: ProxyView) => void;
}

export function proxyPass(parts: ProxyParts): Pass {
  let standing: ProxyStanding | null = null;
  return async () => {
    const { desired } = await parts.lookUp();
    const { release, problems } =
      desired.proxy === null ? NOTHING_SERVED : sealRelease(desired.proxy, sha256);
    for (let look = 1; look <= LOOKS_MAX; look++) {
      const state = await parts.host.observe(release?.ports ?? []);
      const plan = planNginx(release, state);
      standing = settle(standing, { ...standingOf(release, state, plan), leftOut: problems }, parts.clock);
      parts.tell({ standing, report: reportOf(state, standing) });
      if (plan.actions.length === 0) return { settled: true };
      const failure = await executeNginx(plan.actions, parts.host, parts.log);
      if (failure !== null) {
        standing = settle(standing, { ...failed(failure), leftOut: problems }, parts.clock);
        parts.tell({ standing, report: reportOf(await parts.host.observe([]), standing) });
        // A refusal of the release is marked on disk and changes the next plan; anything else is tried again later.
        if (failure.detail.code !== "nginx-test-failed") throw failure;
        parts.log.error("nginx refuses a release, and serves the last good one", { why: failure.message });
      }
    }
    return { settled: false };
  };
}

const sha256 = (text: string): string => createHash("sha256").update(text).digest("hex");

const NOTHING_SERVED = { release: null, problems: [] } as const;

type Found = Omit<ProxyStanding, "since" | "leftOut">;

function standingOf(release: NginxRelease | null, state: NginxState, plan: NginxPlan): Found {
  const [waiting] = plan.waiting;
  if (waiting !== undefined) {
    return {
      programmed: false,
      reason: waiting.reason,
      message: plan.waiting.map((w) => w.message).join("; "),
    };
  }
  if (release === null)
    return { programmed: true, reason: "NoPools", message: "no pool is served on this node" };
  if (plan.actions.length === 0 && isServed(release.id, state)) {
    const message = `${state.workers.length} workers serve release ${release.id}`;
    return { programmed: true, reason: "Converged", message };
  }
  return {
    programmed: false,
    reason: "Progressing",
    message: plan.actions.map(({ type, because }) => `${type}: ${because}`).join("; "),
  };
}

const failed = ({ message, detail }: OperationFailure): Found => ({
  programmed: false,
  reason: FAILURE_REASONS[detail.code] ?? "Failed",
  message,
});

const FAILURE_REASONS: Readonly<Record<string, string>> = {
  "nginx-test-failed": "Refused",
  "nginx-start-failed": "StartFailed",
  "nginx-reload-failed": "ReloadFailed",
};

/** `since` moves only when the standing itself does. */
function settle(
  previous: ProxyStanding | null,
  found: Omit<ProxyStanding, "since">,
  clock: Clock,
): ProxyStanding {
  const stands = previous?.programmed === found.programmed && previous.reason === found.reason;
  return { ...found, since: stands ? previous.since : clock.wallTime() };
}

function reportOf(state: NginxState, { programmed, reason, message }: ProxyStanding): NginxReport {
  // As for `isServed`: a worker that did not answer this time says nothing.
  const releases = new Set(state.workers.flatMap(({ release }) => release ?? []));
  const [only = null] = releases;
  return {
    version: state.version,
    masterPid: state.master?.pid ?? null,
    workers: state.workers.length,
    release: releases.size === 1 ? only : null,
    programmed,
    reason,
    message,
  };
}
