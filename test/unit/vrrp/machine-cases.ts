/** Builders for the tests of the state machine: one router of version 2, priority 100, with a rival of 95. */
import assert from "node:assert/strict";
import type { IpAddress } from "../../../controller/net/ip.ts";
import { parseIpv4 } from "../../../controller/net/ipv4.ts";
import { type Instant, millis } from "../../../controller/net/time.ts";
import type {
  BackupState,
  Effect,
  FaultState,
  HeardAdvertisement,
  LeavingReason,
  MasterState,
  RouterConfig,
  Step,
} from "../../../controller/vrrp/state.ts";

export const config: RouterConfig = {
  version: 2,
  adverInterval: millis(1000),
  preempt: true,
  preemptDelay: millis(0),
  heldUntil: null,
  strictRFC: false,
  priority: 100,
  rivalPriority: 95,
  fitness: "fit",
};
export const owner: RouterConfig = { ...config, priority: 255 };
export const FAULT: FaultState = { role: "fault", deadline: null };

/** From whom is heard what is heard. */
export const PEER: IpAddress = parseIpv4("10.0.0.2") ?? assert.fail();

interface Heard {
  readonly adverInterval: number;
  readonly senderWinsTie: boolean;
  readonly sender: IpAddress;
}

export const at = (ms: number): Instant => ms as Instant;

export function backup(deadline: number): BackupState {
  return {
    role: "backup",
    deadline: at(deadline),
    masterAdverInterval: millis(1000),
    watch: "master-down",
    betterSince: null,
    senders: [],
    isMuted: false,
  };
}

export function master(deadline: number, leaving: LeavingReason | null = null): MasterState {
  return {
    role: "master",
    deadline: at(deadline),
    leaving,
    answeredAt: null,
    owesAnswer: false,
    isListening: false,
    unheardSince: null,
    senders: [],
  };
}

export function heard(
  priority: number,
  { adverInterval = 1000, senderWinsTie = false, sender = PEER }: Partial<Heard> = {},
): HeardAdvertisement {
  return { type: "advertisement", sender, priority, adverInterval: millis(adverInterval), senderWinsTie };
}

/** What there is to see of a step, in few words. */
export function outcome({ state, effects }: Step): { role: string; deadline: number | null; does: string[] } {
  return { role: state.role, deadline: state.deadline, does: effects.map(inWords) };
}

export function inWords(effect: Effect): string {
  switch (effect.type) {
    case "advertise":
      return `advertise ${effect.priority}`;
    case "report":
      return `report ${effect.cause}`;
    default:
      return effect.type;
  }
}
