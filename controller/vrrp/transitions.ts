/** The ways from one role into another, each with its effects in the order that RFC 9568 §6.4 and keepalived keep. */
import { after, type Instant, type Millis } from "../net/time.ts";
import { OWNER_PRIORITY } from "./priority.ts";
import {
  type BackupState,
  type Cause,
  INITIAL_STATE,
  type MasterState,
  type RouterConfig,
  type RouterState,
  type Step,
} from "./state.ts";
import { masterDownInterval } from "./timing.ts";

const CLAIM = { type: "claim-addresses" } as const;

const NO_EFFECTS: Step["effects"] = [];

export const stay = (state: RouterState): Step => ({ state, effects: NO_EFFECTS });

/** Into the first role after startup and after a fault. Only the address owner need not listen first (§6.4.1). */
export function enter(config: RouterConfig, cause: Cause, now: Instant): Step {
  if (config.fitness !== "fit") {
    return {
      state: { role: "fault", deadline: null },
      effects: [{ type: "report", cause: unfitCause(config) }],
    };
  }
  if (config.priority === OWNER_PRIORITY) return promote(config, cause, now);
  const state = { ...listen(config, config.adverInterval, now), betterSince: now };
  return { state, effects: [{ type: "report", cause }] };
}

/** A backup that has just heard its master: reception works, so the silence counts from here even while it is held. */
export function follow(
  config: RouterConfig,
  heard: { readonly adverInterval: Millis },
  now: Instant,
): BackupState {
  // RFC 3768 §7.1: in version 2 another interval than ours is a mistake, and its advertisement was dropped on receipt.
  const interval = config.version === 2 ? config.adverInterval : heard.adverInterval;
  const silence = masterDownInterval(config.version, config.priority, interval);
  return {
    role: "backup",
    deadline: whenFree(config, after(now, silence)),
    masterAdverInterval: interval,
    watch: "master-down",
    betterSince: null,
    senders: [],
    isMuted: false,
  };
}

/**
 * A backup that has heard nobody yet: a whole Master_Down_Interval, after the hold if there is one. A port that is still
 * being blocked (spanning tree, a bond that forms) hears nothing while the hold lasts, so that silence proves nothing.
 */
export function listen(config: RouterConfig, masterAdverInterval: Millis, now: Instant): BackupState {
  const silence = masterDownInterval(config.version, config.priority, masterAdverInterval);
  return {
    role: "backup",
    deadline: after(whenFree(config, now), silence),
    masterAdverInterval,
    watch: isHeld(config, now) ? "held" : "master-down",
    betterSince: null,
    senders: [],
    isMuted: false,
  };
}

export const isHeld = ({ heldUntil }: RouterConfig, now: Instant): boolean =>
  heldUntil !== null && now < heldUntil;

/** `at`, but not before the hold is over. */
export const whenFree = ({ heldUntil }: RouterConfig, at: Instant): Instant =>
  heldUntil === null ? at : (Math.max(at, heldUntil) as Instant);

/**
 * The advertisement goes first: it silences the other backups while the kernel still works on the addresses. Not so when
 * a working master of lower rank is replaced: it lets go on hearing us, keepalived at once, and nobody else is about to
 * claim anything. So the addresses go first there, and at no moment does nobody answer.
 */
export function promote(config: RouterConfig, cause: Cause, now: Instant): Step {
  const advertisement = { type: "advertise", priority: config.priority } as const;
  const isClaimFirst = cause === "preempted" && !config.strictRFC;
  return {
    state: serve(config, now),
    effects: [
      ...(isClaimFirst ? [CLAIM, advertisement] : [advertisement, CLAIM]),
      { type: "announce" },
      { type: "report", cause },
    ],
  };
}

/** Master from now on; its first advertisement is one of the effects. `answeredAt`: now, if that answers somebody. */
export const serve = (
  { adverInterval }: RouterConfig,
  now: Instant,
  answeredAt: Instant | null = null,
): MasterState => ({
  role: "master",
  deadline: after(now, adverInterval),
  leaving: null,
  answeredAt,
  owesAnswer: false,
  isListening: false,
  unheardSince: null,
  senders: [],
});

/**
 * Master as before, and to advertise again after an interval: the way of every advertisement. Named one by one, since to spread a
 * state of several shapes and write over it is a call to the runtime of V8 11 each time.
 */
export const goOn = ({ adverInterval }: RouterConfig, state: MasterState, now: Instant): MasterState => ({
  role: "master",
  deadline: after(now, adverInterval),
  leaving: state.leaving,
  answeredAt: state.answeredAt,
  owesAnswer: state.owesAnswer,
  isListening: state.isListening,
  unheardSince: state.unheardSince,
  senders: state.senders,
});

/** Out of the role of master. Nothing is announced: the successor has done so, or nobody holds the addresses. */
export function release(state: RouterState, cause: Cause): Step {
  return { state, effects: [{ type: "release-addresses" }, { type: "report", cause }] };
}

export function releaseToFault(cause: Cause): Step {
  return release({ role: "fault", deadline: null }, cause);
}

export function releaseToInitialize(cause: Cause): Step {
  return release(INITIAL_STATE, cause);
}

export function unfitCause(config: RouterConfig): Cause {
  return config.fitness === "link-down" ? "link-lost" : "became-unfit";
}

/** RFC 9568 §6.4.3: only a master breaks ties, by the higher address; a backup takes an equal for its master. */
export function outranks(
  heard: { readonly priority: number; readonly senderWinsTie: boolean },
  priority: number,
): boolean {
  return heard.priority > priority || (heard.priority === priority && heard.senderWinsTie);
}

export const earlier = (a: Instant, b: Instant): Instant => Math.min(a, b) as Instant;
