/** Decides what the speaker must be told. Pure: compares what it runs with what it should run. */
import type { CheckVerdict, VirtualRouter } from "../vrrp/virtual-router.ts";
import type { CheckStanding } from "./seen.ts";

export interface Membership {
  /** Identifies the content, so that "the same" needs no memory. */
  readonly revision: string;
  readonly routers: readonly VirtualRouter[];
  /** Routers that cannot be resolved just now: the speaker leaves them as they are. */
  readonly retained: readonly string[];
  /**
   * VirtualIPs that exist, but no longer with this node among their members: their routers hand over. A router that is
   * gone for any other reason was deleted: it has no successor to wait for.
   */
  readonly departed: readonly string[];
}

export type MembershipAction = {
  readonly type: "set-membership";
  readonly membership: Membership;
  readonly because: string;
};

/** `observed` is what the speaker says that it runs; null revision: it has been told nothing yet. */
export function planMembership(
  desired: Membership,
  observed: { readonly connected: boolean; readonly membershipRevision: string | null },
): readonly MembershipAction[] {
  if (!observed.connected || observed.membershipRevision === desired.revision) return [];
  const because =
    observed.membershipRevision === null
      ? "the speaker has been told nothing yet"
      : `the speaker runs revision ${observed.membershipRevision}, the manifests say ${desired.revision}`;
  return [{ type: "set-membership", membership: desired, because }];
}

/** The verdicts that decide about this node's fitness: those of the checks that its routers track. */
export function fitnessVerdicts(
  routers: readonly VirtualRouter[],
  standings: ReadonlyMap<string, CheckStanding>,
): CheckVerdict[] {
  const tracked = new Set(
    routers.flatMap(({ tracks }) => tracks.flatMap((track) => ("check" in track ? [track.check] : []))),
  );
  return [...tracked].sort().map((check) => {
    const standing = standings.get(check);
    return {
      check,
      verdict: standing?.verdict ?? "pending",
      because: standing?.because ?? "not asked yet",
    };
  });
}
