/** What a running agent answers when it is asked how things stand. Plain data; the command line turns it into text. */
import type { Resource } from "../resource/meta.ts";
import type { Rejection } from "../resource/rejection.ts";
import type { RouterStatus } from "../vrrp/virtual-router.ts";
import type { DrainReport } from "./drain.ts";
import type { CheckStanding } from "./seen.ts";

export interface AgentReport {
  readonly node: string;
  readonly namespace: string;
  readonly version: string;
  /** RFC 3339. */
  readonly startedAt: string;
  /** RFC 3339; so that a reader can tell ages without trusting its own clock. */
  readonly now: string;
  /** null: the node is in service. */
  readonly drain: DrainReport | null;
  readonly speaker: {
    readonly pid: number | null;
    readonly membershipInForce: boolean;
    readonly routers: readonly RouterStatus[];
  };
  /** null: nginx is not run by this agent. */
  readonly nginx: NginxReport | null;
  readonly sources: readonly SourceReport[];
  readonly checks: readonly CheckStanding[];
  readonly resources: readonly Resource[];
}

export interface NginxReport {
  readonly version: string | null;
  readonly masterPid: number | null;
  readonly workers: number;
  /** Release that every worker serves; null while they differ or none runs. */
  readonly release: string | null;
  readonly programmed: boolean;
  readonly reason: string;
  readonly message: string;
}

export interface SourceReport {
  readonly source: string;
  readonly available: boolean;
  /** Empty when all is well. */
  readonly message: string;
  readonly files: number;
  readonly resources: number;
  readonly rejections: readonly Rejection[];
  /** Where files prevailed over what others had set, and what cannot go because of its finalizers. */
  readonly notices: readonly Rejection[];
}
