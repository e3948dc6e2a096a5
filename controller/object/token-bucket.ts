/** The token bucket: how often something may happen in the long run, and how often at once. What is taken comes back with time. */
import { type Instant, type Millis, millis, since } from "../net/time.ts";

export interface Rate {
  readonly perSecond: number;
  /** After a rest, at once. */
  readonly burst: number;
}

export interface Bucket {
  /** Fractions count: they are what has come back so far of the next. */
  readonly tokens: number;
  readonly at: Instant;
}

export const fullBucket = ({ burst }: Rate, at: Instant): Bucket => ({ tokens: burst, at });

/** A clock that stands still gives nothing back, and takes nothing away. */
export function refill({ tokens, at }: Bucket, { perSecond, burst }: Rate, now: Instant): Bucket {
  const gained = (Math.max(0, since(at, now)) / 1000) * perSecond;
  return { tokens: Math.min(burst, tokens + gained), at: now };
}

/** How long until there is one to take; 0: there is. */
export function waitForToken(bucket: Bucket, rate: Rate, now: Instant): Millis {
  const missing = 1 - refill(bucket, rate, now).tokens;
  return millis(missing > 0 ? (missing / rate.perSecond) * 1000 : 0);
}

/** An empty bucket stays as it is. */
export function takeToken(bucket: Bucket, rate: Rate, now: Instant): Bucket {
  const { tokens } = refill(bucket, rate, now);
  return { tokens: tokens < 1 ? tokens : tokens - 1, at: now };
}
