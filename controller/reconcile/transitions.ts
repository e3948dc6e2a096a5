/**
 * Takes transitions from the speaker and makes them durable as notifications, in order, before the speaker may forget them.
 */

import { millis } from "../net/time.ts";
import type { Audience } from "../plan/desired.ts";
import type { Clock } from "../port/clock.ts";
import { OperationFailure } from "../port/failure.ts";
import type { Log } from "../port/log.ts";
import type { SpeakerLink } from "../port/speaker-link.ts";
import type { Transition } from "../vrrp/virtual-router.ts";

/** The store refuses (disk full): the speaker keeps the transition meanwhile. */
const RETRY_INTERVAL = millis(1_000);

export interface TransitionParts {
  readonly link: Pick<SpeakerLink, "onTransition" | "acknowledge">;
  readonly clock: Clock;
  readonly log: Log;
  /** The audience of a router, also of one whose manifest was removed a moment ago. */
  readonly audienceOf: (router: string) => Promise<Audience>;
  readonly keep: (transition: Transition, audience: Audience) => Promise<void>;
}

/** Runs until `signal` aborts; what is not acknowledged by then is told again by the speaker to the next agent. */
export async function followTransitions(parts: TransitionParts, signal: AbortSignal): Promise<void> {
  const { link, log, clock } = parts;
  // Bounded: the link repeats no more than the speaker keeps.
  const waiting: Transition[] = [];
  let arrived: (() => void) | null = null;
  using _transitions = link.onTransition((transition) => {
    waiting.push(transition);
    arrived?.();
  });
  const stop = (): void => arrived?.();
  signal.addEventListener("abort", stop);
  while (!signal.aborted) {
    const [next] = waiting;
    if (next === undefined) {
      await new Promise<void>((resolve) => {
        arrived = resolve;
      });
    } else if (await keepOne(next, parts)) {
      waiting.shift();
      link.acknowledge(next.sequence);
      log.info("a virtual router changed its role", { ...next });
      if (next.lostBefore !== undefined)
        log.warn("changes of role before this one are lost: no agent fetched them in time", {
          router: next.router,
          lost: next.lostBefore,
        });
    } else {
      await clock.sleep(RETRY_INTERVAL, signal);
    }
  }
  signal.removeEventListener("abort", stop);
}

async function keepOne(transition: Transition, { audienceOf, keep, log }: TransitionParts): Promise<boolean> {
  try {
    await keep(transition, await audienceOf(transition.router));
    return true;
  } catch (error) {
    if (!(error instanceof OperationFailure)) throw error;
    log.error("a transition cannot be kept for its notification yet", { why: error.message });
    return false;
  }
}
