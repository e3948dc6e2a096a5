/**
 * The options of a DELETE. kubectl puts them in the body, `dryRun` among them: a server that looks only at the URL really deletes.
 */
import { isList, isObject, type Json } from "../resource/json-schema.ts";
import { describeFound } from "../resource/schema-words.ts";
import { type Cause, notSupported } from "./cause.ts";
import { badRequest, invalidOptions, type Refusal } from "./refusal.ts";
import { fieldOf, mappingAt } from "./tree.ts";

export interface DeleteOptions {
  readonly isDryRun: boolean;
  /** What the deletion takes for granted; null: anything. */
  readonly uid: string | null;
  readonly resourceVersion: string | null;
}

/** Accepted and without effect: nothing of ours has dependents that a garbage collector would have to find. */
const PROPAGATION_POLICIES = ["Foreground", "Background", "Orphan"];
const DRY_RUN_ALL = "All";

/** `dryRun` of the URL is asked as well. */
export function readDeleteOptions(
  body: Json | undefined,
  dryRun: readonly string[],
): DeleteOptions | Refusal {
  if (body !== undefined && body !== null && !isObject(body))
    return badRequest(`DeleteOptions must be a mapping, found ${describeFound(body)}`);
  const inBody = fieldOf(body, "dryRun") ?? [];
  const all = [...dryRun, ...(isList(inBody) ? inBody : [inBody])];
  const causes = [...propagationCauses(fieldOf(body, "propagationPolicy")), ...dryRunCauses(all)];
  if (causes.length > 0) return invalidOptions("DeleteOptions", causes);
  const preconditions = mappingAt(body, "preconditions");
  const precondition = (name: string): string | null => {
    const value = fieldOf(preconditions, name);
    return typeof value === "string" ? value : null;
  };
  return {
    isDryRun: all.length > 0,
    uid: precondition("uid"),
    resourceVersion: precondition("resourceVersion"),
  };
}

function propagationCauses(policy: Json | undefined): readonly Cause[] {
  if (policy === undefined || policy === null || PROPAGATION_POLICIES.includes(String(policy))) return [];
  return [notSupported("propagationPolicy", policy, [...PROPAGATION_POLICIES, "nil"])];
}

/** `All` is the only stage there is. */
export function dryRunCauses(stages: readonly Json[]): readonly Cause[] {
  return stages.every((stage) => stage === DRY_RUN_ALL)
    ? []
    : [notSupported("dryRun", stages, [DRY_RUN_ALL])];
}
