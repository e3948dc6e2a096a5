/** What a session of a virtual router needs of its surroundings, and what the address keeper tells it. */
import type { AlarmClock } from "../port/clock.ts";
import type { Log } from "../port/log.ts";
import type { Transition } from "../vrrp/virtual-router.ts";
import type { Deadlines } from "./deadlines.ts";

export interface SessionSurface {
  readonly clock: AlarmClock;
  readonly deadlines: Deadlines;
  readonly log: Log;
  transition(happened: Omit<Transition, "sequence" | "speaker">): void;
  /** Something in `status` may be another now. */
  changed(): void;
  /** Packets were counted, nothing else. */
  counted(): void;
  /** The session wants other addresses than before. */
  addressesWanted(): void;
}

/** `ADDRESS/LENGTH` each. */
export interface AddressesSeen {
  /** On the interface, with our mark. */
  readonly held: readonly string[];
  /** How many of them somebody else had taken away. */
  readonly repaired: number;
  /** Why one that is wanted is not held. */
  readonly refusal: string | null;
}
