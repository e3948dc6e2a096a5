/** What the fields of a HealthCheck must be to each other. */
import { type Complaint, complain } from "./complaint.ts";
import { type HealthCheckSpec, PROBE_TYPES } from "./health-check.ts";
import { type Loose, present } from "./loose.ts";
import { listed } from "./schema-words.ts";

export function healthCheckRules(spec: Loose<HealthCheckSpec>): Complaint[] {
  return [...probeRules(spec), ...shellRules(spec)];
}

function probeRules(spec: Loose<HealthCheckSpec>): Complaint[] {
  const [first, ...others] = present(spec, PROBE_TYPES);
  if (first === undefined) {
    const message = `must have exactly one probe (${listed(PROBE_TYPES)}), found none`;
    return [complain(["spec"], message)];
  }
  return others.map((other) =>
    complain(["spec", other], `is a second probe beside ${first}: a HealthCheck has exactly one`),
  );
}

function shellRules({ exec }: Loose<HealthCheckSpec>): Complaint[] {
  const parts = exec?.command?.length ?? 1;
  if (exec?.shell !== true || parts === 1) return [];
  const message = `must be one string where shell is true, as /bin/sh -c takes it, found ${parts}`;
  return [complain(["spec", "exec", "command"], message)];
}
