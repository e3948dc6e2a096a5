/** What the VRRP state machine is told, what it remembers and what it asks for: the vocabulary of machine.ts. */
import type { IpAddress } from "../net/ip.ts";
import type { Instant, Millis } from "../net/time.ts";

export interface RouterConfig {
  readonly version: 2 | 3;
  readonly adverInterval: Millis;
  readonly preempt: boolean;
  /** For how long a router that has come up or got better lets a working master of lower rank be. */
  readonly preemptDelay: Millis;
  /** Until when it takes over from nobody, since the speaker or the link has just come up; `null`: nothing holds it. */
  readonly heldUntil: Instant | null;
  /** A master that goes is gone at once, as RFC 9568 has it, instead of serving until its successor speaks. */
  readonly strictRFC: boolean;
  /** Effective priority: 1 to 254, or 255 for the address owner. */
  readonly priority: number;
  /** The highest priority that another member may have by now; `null` when there are no others. */
  readonly rivalPriority: number | null;
  /**
   * `unfit`: a check without weight fails, so hand over. `draining`: the node is to be out of service, so hand over, but
   * let go only of what somebody takes. `link-down`: nothing can be sent or served, so just let go.
   */
  readonly fitness: "fit" | "unfit" | "draining" | "link-down";
}

/** Why a master has sent priority 0 and waits for its successor: make before break. */
export type LeavingReason = "shutdown" | "unfit" | "draining" | "outranked";

/**
 * What a backup knows of the time until its deadline. `master-down`: nothing yet. `held`: it has just started and holds
 * back. `delayed`: a master of lower rank was heard and is let be for a while. `preempting`: such a master was heard and
 * is replaced. `resigned`: the master has left. `second-look`: the deadline was met late and is being met again.
 */
export type Watch = "master-down" | "held" | "delayed" | "preempting" | "resigned" | "second-look";

/** Somebody who has advertised as master. */
export interface Sender {
  readonly address: IpAddress;
  /** Its last advertisement that was no resignation. */
  readonly heardAt: Instant;
  /** When it last resigned; `null` when it has advertised since. */
  readonly resignedAt: Instant | null;
  /** How often it went on although it had resigned, and when it did so last. */
  readonly broken: { readonly words: number; readonly at: Instant } | null;
}

export interface InitializeState {
  readonly role: "initialize";
  readonly deadline: null;
}

export interface FaultState {
  readonly role: "fault";
  readonly deadline: null;
}

export interface BackupState {
  readonly role: "backup";
  readonly deadline: Instant;
  /** Version 3: as the master advertises it. Version 2: our own, which must be the same. */
  readonly masterAdverInterval: Millis;
  readonly watch: Watch;
  /** When it came up or its priority last rose, from which the delay of preemption counts; `null`: it was master since. */
  readonly betterSince: Instant | null;
  /** Who was heard lately, the latest last. machine.ts keeps it over changes of the role. */
  readonly senders: readonly Sender[];
  /** Its last advertisements were refused by its own kernel, so that it takes over only with one that has left. */
  readonly isMuted: boolean;
}

export interface MasterState {
  readonly role: "master";
  readonly deadline: Instant;
  readonly leaving: LeavingReason | null;
  /** When somebody else's claim was last answered out of turn; `null` when none was since the last promotion. */
  readonly answeredAt: Instant | null;
  /** A claim came too soon after that to be answered at once: it is answered at the deadline, which was moved for it. */
  readonly owesAnswer: boolean;
  /** It was held up for longer than the others wait, and listens for one of them before it speaks again. */
  readonly isListening: boolean;
  /** Since when nobody hears it, because its advertisements are refused; `null`: they leave. */
  readonly unheardSince: Instant | null;
  /** As of a backup. */
  readonly senders: readonly Sender[];
}

export type RouterState = InitializeState | FaultState | BackupState | MasterState;

export type RouterEvent =
  /** `spokeAt`: when the process before this one has advertised as master, and still holds the addresses. */
  | { readonly type: "startup"; readonly spokeAt?: Instant | null }
  | { readonly type: "shutdown" }
  | { readonly type: "deadline" }
  /** The advertisement that it wanted just now has left; told while `isUnheard`. */
  | { readonly type: "sent" }
  /** The kernel has refused the advertisement that it wanted just now. */
  | { readonly type: "refused" }
  /** The configuration passed to `step` is the new one; this is what it was before. */
  | { readonly type: "reconfigured"; readonly previous: RouterConfig }
  | HeardAdvertisement;

export interface HeardAdvertisement {
  readonly type: "advertisement";
  readonly sender: IpAddress;
  readonly priority: number;
  readonly adverInterval: Millis;
  /** Whether the sender's address is higher than ours, unsigned in network order. */
  readonly senderWinsTie: boolean;
}

export type Effect =
  | { readonly type: "advertise"; readonly priority: number }
  | { readonly type: "claim-addresses" }
  | { readonly type: "release-addresses" }
  /** Gratuitous ARP for every address that is held. */
  | { readonly type: "announce" }
  /** The router was held up by that much longer than it meant to wait, so that somebody else may be master. */
  | { readonly type: "held-up"; readonly by: Millis }
  /** The role has changed. */
  | { readonly type: "report"; readonly cause: Cause };

/** Why the role changed, as data; explain.ts makes the sentence from it and from names and addresses. */
export type Cause =
  | "started"
  | "resumed"
  | "master-down"
  | "master-resigned"
  | "preempted"
  | "heard-higher"
  | "heard-successor"
  | "unheard"
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

/** Master, and not on the way out. */
export const isServing = (state: RouterState): boolean => state.role === "master" && state.leaving === null;
