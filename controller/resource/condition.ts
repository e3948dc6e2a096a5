/** Status conditions, after the Kubernetes API conventions. Pure. */

export type ConditionType =
  | "Ready"
  | "Reconciling"
  | "Stalled"
  | "Accepted"
  | "ReferencesResolved"
  | "Programmed"
  | "Elected"
  | "CanFailOver"
  | "SplitBrain"
  | "BackendsHealthy";

export interface Condition {
  readonly type: ConditionType;
  readonly status: "True" | "False" | "Unknown";
  /** One CamelCase word for programs. */
  readonly reason: string;
  /** A sentence for people: what is so and what to do. Never changes while nothing changes. */
  readonly message: string;
  readonly observedGeneration: number;
  /** RFC 3339. Moves only when `status` flips. */
  readonly lastTransitionTime: string;
}

export type Finding = Omit<Condition, "lastTransitionTime">;

/** Puts `finding` in place of the condition of its type. The transition time moves only when the status does. */
export function withCondition(
  conditions: readonly Condition[],
  finding: Finding,
  wallTime: string,
): readonly Condition[] {
  const previous = conditions.find((condition) => condition.type === finding.type);
  const lastTransitionTime = previous?.status === finding.status ? previous.lastTransitionTime : wallTime;
  const next: Condition = { ...finding, lastTransitionTime };
  return previous === undefined
    ? [...conditions, next]
    : conditions.map((condition) => (condition === previous ? next : condition));
}
