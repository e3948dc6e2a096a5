/**
 * Whose resignation is believed. Priority 0 wakes every backup after its skew, and anybody on the link can send it in any
 * name. So it counts only from somebody who has just advertised as master; and from one who goes on advertising after it has
 * resigned no more, for a while. Pure.
 *
 * A master of ours that found no successor goes on as well, once in a while, so that one such word is forgiven.
 */
import { type Instant, type Millis, since } from "../net/time.ts";
import type { BackupState, HeardAdvertisement, MasterState, RouterConfig, Sender } from "./state.ts";
import { masterDownInterval } from "./timing.ts";

/** A master has a sender for each line of a fate. Of more than these, those that were heard last are known. */
export const SENDERS_MAX = 8;
const BROKEN_WORDS_MAX = 2;
/** In intervals. Who resigns and returns later than this has left and come back: ours resumes within two, a new election takes three. */
const GOES_ON_WITHIN = 2;
/** In intervals: for so long broken words are remembered. */
const REMEMBERED_FOR = 20;

/** Whether a backup believes that the sender has resigned. RFC 9568 §6.4.2 believes everybody. */
export function isBelieved(
  config: RouterConfig,
  { senders, masterAdverInterval: interval }: BackupState,
  { sender }: HeardAdvertisement,
  now: Instant,
): boolean {
  if (config.strictRFC) return true;
  const silence = masterDownInterval(config.version, config.priority, interval);
  const masters = senders.filter(({ heardAt }) => since(heardAt, now) < silence);
  // Who has only just begun to listen knows nobody, and has nothing to hold against anybody.
  if (masters.length === 0) return true;
  const known = masters.find(({ address }) => address === sender);
  return known !== undefined && known.resignedAt === null && !isDistrusted(known, interval, now);
}

/** What is known after an advertisement has been heard. */
export function acquainted(
  config: RouterConfig,
  state: BackupState | MasterState,
  heard: HeardAdvertisement,
  now: Instant,
): readonly Sender[] {
  const { senders } = state;
  const known = senders.find(({ address }) => address === heard.sender);
  if (heard.priority === 0) {
    if (known === undefined) return senders;
    return senders.map((each) => (each === known ? { ...known, resignedAt: now } : each));
  }
  // Not the one that is heard, which may be made up.
  const interval = state.role === "backup" ? state.masterAdverInterval : config.adverInterval;
  const broken = known === undefined ? null : brokenBy(known, interval, now);
  const latest = { address: heard.sender, heardAt: now, resignedAt: null, broken };
  // The way of nearly every advertisement that is heard.
  if (senders.length === 1 && known !== undefined) return [latest];
  return [...senders.filter((each) => each !== known), latest].slice(-SENDERS_MAX);
}

/** `sender` advertises as master. */
function brokenBy({ resignedAt, broken }: Sender, interval: Millis, now: Instant): Sender["broken"] {
  if (resignedAt === null || since(resignedAt, now) > GOES_ON_WITHIN * interval) return broken;
  const isRemembered = broken !== null && since(broken.at, now) <= REMEMBERED_FOR * interval;
  return { words: isRemembered ? broken.words + 1 : 1, at: now };
}

function isDistrusted({ broken }: Sender, interval: Millis, now: Instant): boolean {
  return (
    broken !== null && broken.words >= BROKEN_WORDS_MAX && since(broken.at, now) <= REMEMBERED_FOR * interval
  );
}
