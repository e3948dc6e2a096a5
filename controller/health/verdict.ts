/** Rise and fall: how the answers to a check become a verdict that does not flap. Pure. */
import type { WallTime } from "../net/time.ts";
import type { Check, ProbeAnswer } from "./probe.ts";

export interface Standing {
  /** The id of the check. */
  readonly check: string;
  readonly verdict: "healthy" | "unhealthy" | "pending";
  /** Why the verdict stands, with facts: `2 failures in a row: HTTP 502`. Stands still while the answers do. */
  readonly because: string;
  /** When the verdict was reached. Stands still while it does. */
  readonly since: WallTime;
  /** Answers in a row that speak against the verdict. */
  readonly contrary: number;
}

/** What is kept of a standing from before a restart, or from before the check was changed. */
export type Remembered = Pick<Standing, "verdict" | "because" | "since">;

/** A verdict that was reached before goes on: it takes answers to change it, not a restart. */
export function begin(check: Check, remembered: Remembered | null, at: WallTime): Standing {
  if (remembered !== null && remembered.verdict !== "pending") {
    const { verdict, because, since } = remembered;
    return { check: check.id, verdict, because, since, contrary: 0 };
  }
  const because = "not asked yet";
  return { check: check.id, verdict: check.initialState, because, since: at, contrary: 0 };
}

/** While pending the first answer alone decides: a node that starts must not wait for a row of them. */
export function judge(check: Check, standing: Standing, answer: ProbeAnswer, at: WallTime): Standing {
  const verdict = answer.healthy ? "healthy" : "unhealthy";
  if (standing.verdict === "pending") {
    return { ...standing, verdict, because: answer.because, since: at, contrary: 0 };
  }
  if (verdict === standing.verdict) {
    const because = restates(answer, standing) ? standing.because : answer.because;
    return { ...standing, because, contrary: 0 };
  }
  const contrary = standing.contrary + 1;
  const needed = answer.healthy ? check.rise : check.fall;
  if (contrary < needed) return { ...standing, contrary };
  return { ...standing, verdict, because: inWords(answer, contrary), since: at, contrary: 0 };
}

const ROW = " in a row: ";

function inWords({ healthy, because }: ProbeAnswer, count: number): string {
  return count === 1 ? because : `${count} ${healthy ? "successes" : "failures"}${ROW}${because}`;
}

/** Whether the answer is the one for which the verdict stands already: nothing new to tell then. */
const restates = (answer: ProbeAnswer, { because }: Standing): boolean =>
  because === answer.because || because.endsWith(`${ROW}${answer.because}`);
