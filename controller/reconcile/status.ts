/** Writes what is seen into the status of each resource, and answers who asks the agent how things stand. */
import { rfc3339, type WallTime } from "../net/time.ts";
import type { Happening } from "../object/event-object.ts";
import type { DrainReport } from "../plan/drain.ts";
import { happeningsOf } from "../plan/happenings.ts";
import type { AgentReport, NginxReport, SourceReport } from "../plan/report.ts";
import type { CheckStanding, ProxyStanding, Seen } from "../plan/seen.ts";
import { newStatusOf } from "../plan/status.ts";
import { StatusMemory } from "../plan/status-memory.ts";
import { sceneOf } from "../plan/status-scene.ts";
import type { Clock } from "../port/clock.ts";
import type { ResourceStore } from "../port/resource-store.ts";
import type { SpeakerLink } from "../port/speaker-link.ts";
import { keyOf, type Resource } from "../resource/meta.ts";
import type { Looked } from "./desired.ts";
import type { Pass } from "./loop.ts";
import { membershipOf } from "./membership.ts";

export interface StatusParts {
  readonly node: string;
  readonly namespace: string;
  readonly version: string;
  readonly startedAt: WallTime;
  readonly lookUp: () => Promise<Looked>;
  readonly store: ResourceStore;
  readonly link: SpeakerLink;
  readonly standings: () => ReadonlyMap<string, CheckStanding>;
  readonly proxy: () => { readonly standing: ProxyStanding; readonly report: NginxReport } | null;
  readonly sources: () => readonly SourceReport[];
  readonly drain: () => DrainReport | null;
  readonly clock: Clock;
  readonly onlooker: Onlooker;
}

/** Whoever tells others how things stand. */
export interface Onlooker {
  happened(happenings: readonly Happening[]): void;
  seen(node: NodeStanding): void;
}

export interface NodeStanding {
  /** null: all is well with speaker and agent. */
  readonly trouble: string | null;
  readonly drain: DrainReport | null;
}

export function statusPass(parts: StatusParts): Pass {
  const memory = new StatusMemory();
  return async () => {
    const looked = await parts.lookUp();
    const seen = see(parts, looked);
    const scene = sceneOf(looked.resources, seen);
    memory.begin(scene);
    const changed = looked.resources.flatMap((resource) => {
      const status = memory.newStatusOf(resource, scene);
      return status === null ? [] : [{ resource, status }];
    });
    // Together, so that they share one flush of the disk.
    await Promise.all(
      changed.map(({ resource, status }) => parts.store.writeStatus(keyOf(resource), status)),
    );
    parts.onlooker.happened(
      changed.flatMap(({ resource, status }) => happeningsOf(resource, status, parts.node)),
    );
    const trouble = seen.speakerPid === null ? "no speaker is connected to the agent" : null;
    parts.onlooker.seen({ trouble, drain: parts.drain() });
    return { settled: true };
  };
}

/** Looks anew, so that an answer is never older than the question. */
export async function reportOf(parts: StatusParts): Promise<AgentReport> {
  const { node, namespace, version, startedAt, link, clock } = parts;
  const looked = await parts.lookUp();
  const seen = see(parts, looked);
  const scene = sceneOf(looked.resources, seen);
  const resources = looked.resources.map((resource): Resource => {
    const status = newStatusOf(resource, scene);
    return status === null ? resource : { ...resource, status };
  });
  const { pid, routers } = link.state();
  return {
    node,
    namespace,
    version,
    startedAt: rfc3339(startedAt),
    now: rfc3339(clock.wallTime()),
    drain: parts.drain(),
    speaker: { pid, membershipInForce: seen.membershipInForce, routers },
    nginx: parts.proxy()?.report ?? null,
    sources: parts.sources(),
    checks: [...seen.standings.values()],
    resources,
  };
}

function see(parts: StatusParts, { desired }: Looked): Seen {
  const { pid, membershipRevision, routers } = parts.link.state();
  return {
    node: parts.node,
    now: parts.clock.wallTime(),
    speakerPid: pid,
    membershipInForce: pid !== null && membershipRevision === membershipOf(desired).revision,
    routers,
    proxy: parts.proxy()?.standing ?? null,
    standings: parts.standings(),
    problems: desired.problems,
    rejections: parts.sources().flatMap(({ rejections }) => rejections),
  };
}
