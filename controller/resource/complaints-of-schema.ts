/** What zod has against a value, as complaints: each says what was found and what is allowed. */
import * as z from "zod";
import { type Complaint, complain, type FieldPath, formatPath } from "./complaint.ts";
import {
  allowedBy,
  choicesOf,
  describeFound,
  fieldNames,
  findField,
  purposeOf,
  schemaAt,
} from "./schema-words.ts";
import { suggestion } from "./spelling.ts";

/** Fields that Kubernetes writes into what `kubectl get -o yaml` prints. */
const WRITTEN_BY_SERVER = new Set([
  "status",
  "metadata.uid",
  "metadata.generation",
  "metadata.resourceVersion",
  "metadata.creationTimestamp",
  "metadata.managedFields",
  "metadata.selfLink",
]);

/** An unknown field is complained of by its name, everything else by its value. */
export interface SchemaComplaint extends Complaint {
  readonly isAboutKey: boolean;
}

export function complaintsOf(
  issues: readonly z.core.$ZodIssue[],
  schema: z.core.$ZodType,
  value: unknown,
): readonly SchemaComplaint[] {
  const seen = new Set<string>();
  return issues.flatMap((issue) => {
    const path = pathOf(issue);
    if (issue.code === "unrecognized_keys") return issue.keys.map((key) => unknownField(schema, path, key));
    // A text may break several rules at once; one reason is enough to mend it.
    const place = formatPath(path);
    if (seen.has(place)) return [];
    seen.add(place);
    const told = messageOf(issue, schemaAt(schema, path), valueAt(value, path));
    // Refusals go to logs and to the status, which more people read than manifests.
    const message = path.at(-1) === "password" ? told.replace(/, found .*/s, "") : told;
    return [{ ...complain(path, message), isAboutKey: issue.code === "invalid_key" }];
  });
}

export const pathOf = (issue: z.core.$ZodIssue): FieldPath =>
  issue.path.map((step) => (typeof step === "number" ? step : String(step)));

function valueAt(value: unknown, path: FieldPath): unknown {
  return path.reduce<unknown>((outer, step) => {
    const isThere = typeof outer === "object" && outer !== null && Object.hasOwn(outer, step);
    return isThere ? Reflect.get(outer, step) : undefined;
  }, value);
}

function unknownField(schema: z.core.$ZodType, path: FieldPath, key: string): SchemaComplaint {
  const here = [...path, key];
  return { ...complain(here, unknownMessage(schema, path, key)), isAboutKey: true };
}

function unknownMessage(schema: z.core.$ZodType, path: FieldPath, key: string): string {
  if (WRITTEN_BY_SERVER.has(formatPath([...path, key])))
    return "is written by the server: leave it out of manifests";
  const names = fieldNames(schemaAt(schema, path));
  const near = suggestion(key, names);
  if (near !== "") return `is an unknown field${near}`;
  const elsewhere = findField(schema, key);
  if (elsewhere !== null) return `is an unknown field here, did you mean ${formatPath(elsewhere)}?`;
  return `is an unknown field; known are ${names.join(", ")}`;
}

function messageOf(issue: z.core.$ZodIssue, schema: z.core.$ZodType | null, found: unknown): string {
  if (found === undefined) return missing(schema);
  switch (issue.code) {
    case "invalid_type":
    case "invalid_value":
    case "invalid_union":
      return `must be ${allowedBy(schema)}, found ${describeFound(found)}${hint(schema, found)}`;
    case "too_small":
    case "too_big":
      return outOfBounds(issue, schema, found);
    case "invalid_key":
      return issue.issues[0]?.message ?? issue.message;
    default:
      return `${issue.message}, found ${describeFound(found)}`;
  }
}

function missing(schema: z.core.$ZodType | null): string {
  const purpose = purposeOf(schema);
  return `is missing, must be ${allowedBy(schema)}${purpose === "" ? "" : ` (${purpose})`}`;
}

/** What one may have thought. */
function hint(schema: z.core.$ZodType | null, found: unknown): string {
  const isAllowed = (value: unknown): boolean =>
    schema instanceof z.ZodType && schema.safeParse(value).success;
  if (typeof found === "number" || typeof found === "boolean")
    return isAllowed(String(found)) ? ": put it in quotes" : "";
  if (typeof found !== "string") return "";
  const unquoted = UNQUOTED.get(found) ?? (/^-?\d{1,15}$/.test(found) ? Number(found) : undefined);
  if (unquoted !== undefined && isAllowed(unquoted)) return " as text: leave out the quotes";
  return suggestion(found, choicesOf(schema).map(String));
}

const UNQUOTED = new Map<string, unknown>([
  ["true", true],
  ["false", false],
]);

function outOfBounds(
  issue: z.core.$ZodIssueTooSmall | z.core.$ZodIssueTooBig,
  schema: z.core.$ZodType | null,
  found: unknown,
): string {
  const bound = issue.code === "too_small" ? `at least ${issue.minimum}` : `at most ${issue.maximum}`;
  if (Array.isArray(found))
    return `must have ${bound} ${bound.endsWith(" 1") ? "item" : "items"}, found ${found.length || "none"}`;
  if (typeof found === "string") {
    if (found === "") return "must not be empty";
    return `must have ${bound} characters, found ${found.length}`;
  }
  return `must be ${allowedBy(schema)}, found ${describeFound(found)}`;
}
