/**
 * The VRRP state machine (RFC 3768 §6.4, RFC 9568 §6.4) for one virtual router, as a pure function.
 *
 * It owns no socket, timer or address. The caller feeds events, carries out the effects in the order given, and calls
 * again at `state.deadline`: each role has exactly one timer, so one number is enough.
 */
import type { Instant, Millis } from "../net/time.ts";

export interface RouterConfig {
  readonly version: 2 | 3;
  readonly adverInterval: Millis;
  readonly preempt: boolean;
  /** Effective priority: 1 to 254, or 255 for the address owner. */
  readonly priority: number;
  /** The highest base priority among the other members; `null` when there are none. */
  readonly rivalPriority: number | null;
  /** `unfit`: a check without weight fails, so hand over. `link-down`: nothing can be sent or served, so just let go. */
  readonly fitness: "fit" | "unfit" | "link-down";
}

/** Why a master has sent priority 0 and waits for its successor: make before break. */
export type LeavingReason = "shutdown" | "unfit" | "outranked";

export type RouterState =
  | { readonly role: "initialize"; readonly deadline: null }
  | { readonly role: "fault"; readonly deadline: null }
  | { readonly role: "backup"; readonly deadline: Instant; readonly masterAdverInterval: Millis }
  | { readonly role: "master"; readonly deadline: Instant; readonly leaving: LeavingReason | null };

export type RouterEvent =
  | { readonly type: "startup" }
  | { readonly type: "shutdown" }
  | { readonly type: "deadline" }
  /** The configuration passed to `step` is the new one; this is what it was before. */
  | { readonly type: "reconfigured"; readonly previous: RouterConfig }
  | {
      readonly type: "advertisement";
      readonly priority: number;
      readonly adverInterval: Millis;
      /** Whether the sender's address is higher than ours, unsigned in network order. */
      readonly senderWinsTie: boolean;
    };

export type Effect =
  | { readonly type: "advertise"; readonly priority: number }
  | { readonly type: "claim-addresses" }
  | { readonly type: "release-addresses" }
  /** Gratuitous ARP for every address that is held. */
  | { readonly type: "announce" }
  | { readonly type: "report"; readonly cause: Cause };

/** Why the state changed, as data; the speaker makes the sentence, since it knows names and addresses. */
export type Cause =
  | "started"
  | "master-down"
  | "master-resigned"
  | "heard-higher"
  | "heard-successor"
  | "no-successor"
  | "became-unfit"
  | "became-fit"
  | "link-lost"
  | "stopped";

export interface Step {
  readonly state: RouterState;
  readonly effects: readonly Effect[];
}

export const INITIAL_STATE: RouterState = { role: "initialize", deadline: null };
