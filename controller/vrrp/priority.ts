/** What the health checks make of a router's priority and of its fitness. */
import type { Adjustment, CheckVerdict, Track } from "./virtual-router.ts";

export interface EffectivePriority {
  /** 1 to 254: 0 would mean resignation, and 255 ownership (RFC 9568 §5.2.4). */
  readonly priority: number;
  /** The terms that were added to the base, in the order of the manifest. */
  readonly adjustments: readonly Adjustment[];
  /** Why the node must not be master, a sentence for each check without weight. Empty: it is fit. */
  readonly unfit: readonly string[];
}

export const PRIORITY_MIN = 1;
const PRIORITY_MAX = 254;
/** The address owner, whose priority no check may touch. */
export const OWNER_PRIORITY = 255;

/** Whether the node's interface has the addresses as its own, so that we neither add nor remove them. */
export const isOwner = (router: { readonly basePriority: number }): boolean =>
  router.basePriority === OWNER_PRIORITY;

export function effectivePriority(
  basePriority: number,
  tracks: readonly Track[],
  verdicts: readonly CheckVerdict[],
): EffectivePriority {
  const byCheck = new Map(verdicts.map((verdict) => [verdict.check, verdict]));
  const judged = tracks.map((track) => {
    const check = checkOf(track);
    const verdict: CheckVerdict = byCheck.get(check) ?? { check, verdict: "pending", because: "" };
    return { weight: track.weight, verdict };
  });
  const adjustments = judged.flatMap(({ weight, verdict }) =>
    weight !== null && counts(weight, verdict) ? [adjustment(weight, verdict)] : [],
  );
  return {
    priority: basePriority === OWNER_PRIORITY ? OWNER_PRIORITY : clamp(basePriority, adjustments),
    adjustments,
    unfit: judged.flatMap(({ weight, verdict }) => (weight === null ? whyUnfit(verdict) : [])),
  };
}

/** A check that has not answered yet changes nothing, in either direction. */
function counts(weight: number, { verdict }: CheckVerdict): boolean {
  return (weight < 0 && verdict === "unhealthy") || (weight > 0 && verdict === "healthy");
}

function adjustment(weight: number, { check, because }: CheckVerdict): Adjustment {
  return { check, weight, because };
}

function clamp(basePriority: number, adjustments: readonly Adjustment[]): number {
  return clampPriority(adjustments.reduce((total, { weight }) => total + weight, basePriority));
}

export const clampPriority = (sum: number): number => Math.min(PRIORITY_MAX, Math.max(PRIORITY_MIN, sum));

/** What a node's priority is while all its checks are healthy. */
export function bestPriority(basePriority: number, tracks: readonly Pick<Track, "weight">[]): number {
  if (basePriority === OWNER_PRIORITY) return OWNER_PRIORITY;
  return clampPriority(tracks.reduce((sum, { weight }) => sum + Math.max(0, weight ?? 0), basePriority));
}

function whyUnfit({ check, verdict, because }: CheckVerdict): string[] {
  const name = shortName(check);
  if (verdict === "pending") return [`waiting for the first answer of ${name}`];
  return verdict === "unhealthy" ? [`${name}: ${because}`] : [];
}

/** What is asked for a track: the name under which the verdict is told. */
export const checkOf = (track: Track): string =>
  "check" in track ? track.check : interfaceCheck(track.interface);

/** What a tracked interface is called among the checks. No namespace begins like this. */
export const interfaceCheck = (name: string): string => `interface ${name}`;

/** Of a router or a check. The namespace is left out: an agent serves only one. */
export function shortName(name: string): string {
  return name.slice(name.indexOf("/") + 1);
}
