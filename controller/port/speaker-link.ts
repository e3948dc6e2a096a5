/** The agent's view of the speaker process. */
import type { CheckVerdict, RouterStatus, Transition, VirtualRouter } from "../vrrp/virtual-router.ts";

export interface SpeakerState {
  /** null: no speaker is connected. */
  readonly pid: number | null;
  /** The revision of the membership that is in force there. */
  readonly membershipRevision: string | null;
  readonly routers: readonly RouterStatus[];
}

export interface SpeakerLink {
  state(): SpeakerState;
  /** Both are fire and forget: the next `state` shows what came of it. No effect while not connected. */
  setMembership(revision: string, routers: readonly VirtualRouter[]): void;
  setVerdicts(verdicts: readonly CheckVerdict[]): void;
  acknowledge(sequence: number): void;
  /** Calls back after each change of `state`, connection and loss included. */
  onChange(changed: () => void): Disposable;
  /** Each unacknowledged transition, in order; repeated after a reconnection. */
  onTransition(happened: (transition: Transition) => void): Disposable;
}
