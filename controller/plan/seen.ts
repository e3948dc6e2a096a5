/** What the node sees of itself, for the status to tell, and what each kind finds in it. Pure data. */
import type { WallTime } from "../net/time.ts";
import type { Finding } from "../resource/condition.ts";
import type { NodeStatus } from "../resource/meta.ts";
import type { Rejection } from "../resource/rejection.ts";
import type { RouterStatus } from "../vrrp/virtual-router.ts";
import type { Problem } from "./desired.ts";

/** How one check stands, as the status tells it. */
export interface CheckStanding {
  readonly check: string;
  readonly verdict: "healthy" | "unhealthy" | "pending";
  readonly because: string;
  readonly since: WallTime;
}

/** How nginx stands with regard to the release that is wanted. */
export interface ProxyStanding {
  readonly programmed: boolean;
  /** `Converged`, `PortInUse`, `Refused`, `NotInstalled`, `Progressing`, ... */
  readonly reason: string;
  readonly message: string;
  readonly since: WallTime;
  /** Pools that nginx could not be given, and why; the others are served. */
  readonly leftOut: readonly { readonly pool: string; readonly message: string }[];
}

/** What the node sees, for the status to tell. */
export interface Seen {
  readonly node: string;
  readonly now: WallTime;
  readonly speakerPid: number | null;
  /** Whether the speaker runs the membership that the resources ask for. */
  readonly membershipInForce: boolean;
  readonly routers: readonly RouterStatus[];
  /** null: nginx is not ours to run (`--nginx off`). */
  readonly proxy: ProxyStanding | null;
  readonly standings: ReadonlyMap<string, CheckStanding>;
  readonly problems: readonly Problem[];
  readonly rejections: readonly Rejection[];
}

/** What one kind finds of itself: conditions without a time, and this node's entry. */
export interface Findings {
  readonly conditions: readonly Omit<Finding, "observedGeneration">[];
  readonly node: NodeStatus | null;
}
