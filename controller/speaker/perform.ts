/** Carries out on all lines of a fate what its machine wants on the wire and on the interfaces. */
import { type Millis, millis } from "../net/time.ts";
import { unreachable } from "../net/unreachable.ts";
import { type Effect, type RouterConfig, type RouterState, step } from "../vrrp/machine.ts";
import { handOverTime } from "../vrrp/timing.ts";
import { BATCH_MAX } from "./address-work.ts";
import { inTurn, tellsOfSuccessor } from "./fate-terms.ts";
import type { Line } from "./line.ts";
import type { Witness } from "./tie.ts";

export interface Occasion {
  /** The role is lost to somebody who has been heard to take it. */
  readonly isFollowed: boolean;
  /** The line on which was heard what is being worked on. */
  readonly hearing: Witness | null;
  /** For how long a master that hands over waits for its successor at most; 0: not at all. */
  readonly handOverTime: Millis;
}

export function occasionOf(
  { version, adverInterval, strictRFC }: RouterConfig,
  effects: readonly Effect[],
  hearing: Witness | null,
): Occasion {
  return {
    isFollowed: effects.some((effect) => tellsOfSuccessor(effect, hearing !== null)),
    hearing,
    handOverTime: strictRFC ? millis(0) : handOverTime(version, adverInterval),
  };
}

/** Decides what is about to be decided, and does nothing of it: the processor has fetched the code when it counts. */
export function rehearse(config: RouterConfig, state: RouterState): void {
  if (state.deadline === null) return;
  const { effects } = step(config, state, { type: "deadline" }, state.deadline);
  inTurn(effects);
  occasionOf(config, effects, null);
}

/** Of many addresses, as many as the kernel is asked for at once: the others are claimed and announced meanwhile. */
export const isFarEnough = ({ addresses, heldAddresses }: Line): boolean =>
  addresses.isSettled || heldAddresses.length >= BATCH_MAX;

export function perform(
  effect: Exclude<Effect, { type: "report" | "held-up" | "advertise" }>,
  lines: readonly Line[],
  occasion: Occasion,
): void {
  switch (effect.type) {
    case "claim-addresses":
      for (const line of lines) line.claim();
      return;
    case "release-addresses":
      for (const line of lines) release(line, occasion);
      return;
    case "announce":
      for (const line of lines) line.announce();
      return;
    default:
      unreachable(effect);
  }
}

/** Whether it was refused on every line that could send; one that is heard on one line is heard. `null`: nothing was sent. */
export function advertise(priority: number, lines: readonly Line[]): "sent" | "refused" | null {
  const outcomes = lines.map((line) => line.advertise(priority));
  if (outcomes.includes("sent")) return "sent";
  return outcomes.includes("refused") ? "refused" : null;
}

/** A successor that is heard on one line is about to take the others, too, or has not been told that they belong together. */
function release(line: Line, { isFollowed, hearing, handOverTime }: Occasion): void {
  const mayServe = isFollowed && handOverTime > 0 && line !== hearing && line.reach.problem === null;
  if (mayServe) line.awaitSuccessor(handOverTime);
  else line.release(isFollowed);
}
