/** The agent's view of the speaker process. */
import type { Membership } from "../plan/membership.ts";
import type { CheckVerdict, RouterStatus, Transition } from "../vrrp/virtual-router.ts";

export interface SpeakerState {
  /** null: no speaker is connected. */
  readonly pid: number | null;
  /** The revision of the membership that is in force there. */
  readonly membershipRevision: string | null;
  readonly routers: readonly RouterStatus[];
}

export interface SpeakerLink {
  state(): SpeakerState;
  /**
   * Fire and forget: the next `state` shows what came of it. No effect while not connected. Routers named in `retained`
   * but not in `routers` stay as they are.
   */
  setMembership(membership: Membership): void;
  setVerdicts(verdicts: readonly CheckVerdict[]): void;
  acknowledge(sequence: number): void;
  /** Calls back after each change of `state`, connection and loss included, but not for the counters of packets alone. */
  onChange(changed: () => void): Disposable;
  /** Each unacknowledged transition, in order; repeated after a reconnection. */
  onTransition(happened: (transition: Transition) => void): Disposable;
}
