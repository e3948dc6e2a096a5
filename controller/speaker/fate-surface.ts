/** What fates and their lines need of their surroundings, and what the address keeper tells a line. */
import type { Instant } from "../net/time.ts";
import type { AlarmClock } from "../port/clock.ts";
import type { Log } from "../port/log.ts";
import type { HeardAdvertisement } from "../vrrp/state.ts";
import type { RoleChange } from "../vrrp/virtual-router.ts";
import type { Beat } from "./dead-man.ts";
import type { Deadlines } from "./deadlines.ts";
import type { Pulse } from "./pulse.ts";
import type { TakenStep } from "./recorder.ts";
import type { Witness } from "./tie.ts";

export interface LineSurface {
  readonly clock: AlarmClock;
  readonly deadlines: Deadlines;
  readonly log: Log;
  /** The line advertises as master, or says that it leaves. */
  beat(beat: Beat): void;
  /** Other addresses are wanted than before. */
  addressesWanted(): void;
}

export interface FateSurface extends Omit<LineSurface, "beat" | "addressesWanted"> {
  readonly pulse: Pick<Pulse, "spoke" | "silent" | "takeFound">;
  /** For the recording, if there is one. */
  taken(step: Omit<TakenStep, "wall">): void;
  transition(change: RoleChange): void;
  /** Brings about at once what its lines have just claimed, as far as that is possible at once. */
  bringAbout(): void;
  /** Its lines may claim at any time. */
  prepare(): void;
  /** Something in the statuses may be another now. */
  changed(): void;
  /** Packets were counted, nothing else. */
  counted(): void;
}

/** The fate that a line shares. */
export interface LineOwner {
  /** Master, and not on the way out. */
  readonly isServing: boolean;
  /** Effective priority. */
  readonly priority: number;
  /** Whether somebody who says so has resigned, as far as we are concerned. */
  believes(resignation: HeardAdvertisement): boolean;
  heard(event: HeardAdvertisement, line: Witness, at: Instant): void;
  /** What a line holds was looked at. True: they were waited for, and are announced after the advertisement that waits as well. */
  addressesSeen(): boolean;
  changed(): void;
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
