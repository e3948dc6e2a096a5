/**
 * The table of messages between agent and speaker: one JSON object per line over a unix socket. Nothing is asked and
 * answered on the failover path: the agent says what it wants, the speaker says how things stand.
 */
import type { Membership } from "../plan/membership.ts";
import type { CheckVerdict, RouterStatus, Transition } from "../vrrp/virtual-router.ts";
import type { Legacy } from "./legacy.ts";

/** Grows when a message changes its meaning; an agent that meets another number starts no conversation. */
export const PROTOCOL_VERSION = 2;
/** A line longer than this is a bug or an attack, and ends the connection. Fits some 2,000 virtual routers. */
export const LINE_BYTES_MAX = 4_000_000;
/** Transitions kept for an absent agent. At one flap a second this is more than a quarter of an hour. */
export const TRANSITIONS_KEPT_MAX = 1000;

export type ToSpeaker =
  | { readonly type: "hello"; readonly protocol: number }
  /** The whole membership, never a part. `revision` is echoed in `state` once it is in force. */
  | ({ readonly type: "membership" } & Membership)
  /** All verdicts, never a part. */
  | { readonly type: "verdicts"; readonly verdicts: readonly CheckVerdict[] }
  /** Transitions up to this sequence are on the agent's disk and may be forgotten. */
  | { readonly type: "acknowledge"; readonly sequence: number }
  /** Another speaker of this node asks for our place: the answer is `legacy` or `refused`. */
  | { readonly type: "succeed"; readonly format: number }
  /** It has what it needs: end without a word to anybody. */
  | { readonly type: "taken" }
  /** Hand every address over, make before break, then end. */
  | { readonly type: "stop" };

export type FromSpeaker =
  | {
      readonly type: "hello";
      readonly protocol: number;
      readonly pid: number;
      /** Names this life of the process. */
      readonly speaker: string;
      readonly version: string;
    }
  /** Sent after hello, and whenever anything in it has changed. `membershipRevision` is null before the first one. */
  | {
      readonly type: "state";
      readonly membershipRevision: string | null;
      readonly routers: readonly RouterStatus[];
      /** Worst lateness of the deadline timer since the last state, in milliseconds. */
      readonly latenessMs: number;
    }
  /** The answer to `succeed`. From here on this speaker stands still, for a moment or for ever. */
  | { readonly type: "legacy"; readonly legacy: Legacy }
  /** `mayRetry`: only something that passes is in the way. */
  | { readonly type: "refused"; readonly because: string; readonly mayRetry: boolean }
  /** In order of `sequence`; repeated from the first unacknowledged one whenever an agent connects. */
  | { readonly type: "transition"; readonly transition: Transition };
