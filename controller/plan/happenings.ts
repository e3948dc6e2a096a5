/** What is worth an event: how a status differs from the one that was told before. Pure. */
import type { Happening } from "../object/event-object.ts";
import type { Condition } from "../resource/condition.ts";
import type { NodeStatus, Resource, ResourceStatus } from "../resource/meta.ts";

/** Each of these says the same as another condition, in other words. */
const SUMMARIES: ReadonlySet<Condition["type"]> = new Set(["Ready", "Reconciling", "Stalled"]);
const WARNING_STATES: ReadonlySet<string> = new Set(["Fault", "Unhealthy", "Failed"]);

/** A state such as `1/2 healthy` is told by its condition. */
const WORD = /^[A-Z][A-Za-z]*$/;

/** Of `node` alone: the others tell what happens to them. */
export function happeningsOf(resource: Resource, after: ResourceStatus, node: string): readonly Happening[] {
  const before = resource.status;
  const ofConditions = after.conditions.flatMap((condition) => {
    const previous = before?.conditions.find(({ type }) => type === condition.type);
    return isNews(previous, condition) ? [ofCondition(resource, condition)] : [];
  });
  const entry = after.nodes.find((each) => each.node === node);
  const known = before?.nodes.find((each) => each.node === node);
  const isNewState = entry !== undefined && entry.state !== known?.state && WORD.test(entry.state);
  const ofState = isNewState ? [ofNode(resource, entry)] : [];
  return [...ofState, ...ofConditions];
}

/** That all is well from the start is none. */
function isNews(previous: Condition | undefined, { type, status, reason }: Condition): boolean {
  if (SUMMARIES.has(type)) return false;
  if (previous === undefined) return isTrouble({ type, status });
  return previous.status !== status || (previous.reason !== reason && isTrouble({ type, status }));
}

const isTrouble = ({ type, status }: Pick<Condition, "type" | "status">): boolean =>
  status === (type === "SplitBrain" ? "True" : "False");

const ofCondition = (resource: Resource, { type, status, reason, message }: Condition): Happening => ({
  resource,
  type: isTrouble({ type, status }) ? "Warning" : "Normal",
  reason,
  message: `${type} is ${status}: ${message}`,
});

const ofNode = (resource: Resource, { state, node, why }: NodeStatus): Happening => ({
  resource,
  type: WARNING_STATES.has(state) ? "Warning" : "Normal",
  reason: state,
  message: `${node}: ${why}`,
});
