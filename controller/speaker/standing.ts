/** Where a fate stands: another can go on from there. */
import type { Instant, WallTime } from "../net/time.ts";
import type { Clock } from "../port/clock.ts";
import { INITIAL_STATE, type RouterState } from "../vrrp/machine.ts";
import type { Cause } from "../vrrp/state.ts";

export interface Standing extends Tenure {
  readonly state: RouterState;
}

/** How the role was taken; the state moves on with every packet, and this stays. */
export interface Tenure {
  /** Of the last change of role, and when it was. */
  readonly cause: Cause | null;
  readonly since: WallTime;
  readonly changedAt: Instant;
  readonly becameMaster: number;
}

export const beginning = (clock: Clock): Standing => ({
  state: INITIAL_STATE,
  cause: null,
  since: clock.wallTime(),
  changedAt: clock.now(),
  becameMaster: 0,
});

/** Into the role of `state`. */
export const moved = (
  { becameMaster }: Tenure,
  { role }: RouterState,
  cause: Cause,
  clock: Clock,
): Tenure => ({
  cause,
  since: clock.wallTime(),
  changedAt: clock.now(),
  becameMaster: becameMaster + (role === "master" ? 1 : 0),
});
