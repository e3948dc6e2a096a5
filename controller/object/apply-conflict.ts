/** Fields that an apply would change although somebody else owns them. */
import { type ApiResource, apiVersionOf } from "./api-resource.ts";
import type { Cause } from "./cause.ts";
import { type FieldSet, hasPath, pathsOf } from "./field-set.ts";
import type { Manager } from "./managed-fields.ts";
import { formatFieldPath, type Path } from "./path-element.ts";
import { type Refusal, refuse } from "./refusal.ts";

export interface ApplyConflict {
  readonly manager: Manager;
  readonly fields: FieldSet;
}

/** The same conflicts without those fields that may be taken. */
export function remainingConflicts(
  conflicts: readonly ApplyConflict[],
  allowed: FieldSet,
): readonly (readonly [Manager, readonly Path[]])[] {
  return conflicts
    .map(({ manager, fields }) => {
      const paths = pathsOf(fields).filter((path) => !hasPath(allowed, path));
      return [manager, paths] as const;
    })
    .filter(([, paths]) => paths.length > 0);
}

/** The answer that makes kubectl tell its user about --force-conflicts. */
export function applyConflict(
  resource: ApiResource,
  conflicts: readonly (readonly [Manager, readonly Path[]])[],
): Refusal {
  const apiVersion = apiVersionOf(resource);
  const sorted = [...conflicts].sort(([one], [other]) => (one.name < other.name ? -1 : 1));
  const causes = sorted.flatMap(([manager, paths]) =>
    paths.map(
      (path): Cause => ({
        reason: "FieldManagerConflict",
        message: `conflict with ${formatManager(manager, apiVersion)}`,
        field: formatFieldPath(path),
      }),
    ),
  );
  const message = `Apply failed with ${conflictList(sorted, causes, apiVersion)}`;
  return refuse(409, "Conflict", message, { causes });
}

function conflictList(
  conflicts: readonly (readonly [Manager, readonly Path[]])[],
  causes: readonly Cause[],
  apiVersion: string,
): string {
  const [first, ...more] = causes;
  if (first !== undefined && more.length === 0) return `1 conflict: ${first.message}: ${first.field}`;
  const lines = conflicts.flatMap(([manager, paths]) => [
    `conflicts with ${formatManager(manager, apiVersion)}:`,
    ...paths.map((path) => `- ${formatFieldPath(path)}`),
  ]);
  return `${causes.length} conflicts: ${lines.join("\n")}`;
}

/** `"kubectl-client-side-apply" using holdfast.dev/v1alpha1`. */
function formatManager({ name, operation, subresource }: Manager, apiVersion: string): string {
  const place = subresource === "" ? "" : ` with subresource ${JSON.stringify(subresource)}`;
  return `${JSON.stringify(name)}${place}${operation === "Update" ? ` using ${apiVersion}` : ""}`;
}
