/**
 * What the API takes on at once. Two to twenty load balancers have a handful of operators and programs, so all of it is far above what
 * they need, and far below what would disturb a node.
 */
import { type Millis, millis } from "../net/time.ts";
import type { Rate } from "../object/token-bucket.ts";

/** Nobody can use up what is there for all. */
export interface Share {
  readonly total: number;
  readonly ofUser: number;
}

export interface Limits {
  /** Of each user; null: as often as they like. */
  readonly requests: Rate | null;
  /** Requests that are not watches, from their head to the last byte of their answer. */
  readonly inFlight: Share;
  readonly watches: Share;
  /** Of answers that nobody has taken yet, in characters. Whatever is asked for next has to wait. */
  readonly unread: Share;
  /** For how long a client may take nothing of what it is told. */
  readonly stall: Millis;
}

export const NETWORK_LIMITS: Limits = {
  requests: { perSecond: 200, burst: 1_000 },
  inFlight: { total: 100, ofUser: 50 },
  watches: { total: 500, ofUser: 250 },
  unread: { total: 64_000_000, ofUser: 32_000_000 },
  stall: millis(30_000),
};

/** Root alone opens the agent's socket, and shares it with nobody. */
export const LOCAL_LIMITS: Limits = {
  requests: null,
  inFlight: { total: 100, ofUser: 100 },
  watches: { total: 500, ofUser: 500 },
  unread: { total: 64_000_000, ofUser: 64_000_000 },
  stall: millis(30_000),
};

/** From each address, of those who may be nobody: enough for a kubectl with an old file, which asks five times. */
export const ATTEMPTS: Rate = { perSecond: 10, burst: 100 };

/** What the store takes of one object, and kubectl's copy of it in an annotation. */
export const BODY_BYTES_MAX = 2_000_000;

/** How long a connection may take for what it is to do. */
export interface Times {
  readonly handshake: Millis;
  readonly head: Millis;
  /** With its body. */
  readonly request: Millis;
  /** How often the two before are looked after. */
  readonly look: Millis;
  /** Longer than clients keep a connection that they do not use. */
  readonly keepAlive: Millis;
}

/** Whoever takes longer to say what he wants is slow on purpose. */
export const NETWORK_TIMES: Times = {
  handshake: millis(10_000),
  head: millis(10_000),
  request: millis(30_000),
  // Each look wakes the process, also when nobody is connected.
  look: millis(5_000),
  keepAlive: millis(72_000),
};
