/** What is wrong at one place inside a document, before it is known where in the file that is. */

/** The way from a document to one of its fields: `["spec", "members", 1, "priority"]`. */
export type FieldPath = readonly (string | number)[];

export interface Complaint {
  readonly path: FieldPath;
  /** What was found and what is allowed, in one sentence. */
  readonly message: string;
  /** A warning names what is allowed but hardly meant. */
  readonly severity: "error" | "warning";
  /** It stands there already, where everything may stand only once. */
  readonly isRepetition?: true;
}

export const complain = (path: FieldPath, message: string): Complaint => ({
  path,
  message,
  severity: "error",
});

export const warn = (path: FieldPath, message: string): Complaint => ({
  path,
  message,
  severity: "warning",
});

const PLAIN_FIELD = /^[A-Za-z_][A-Za-z0-9_-]*$/;

/** `spec.members[1].priority`, and `metadata.labels["example.com/team"]` where a dot would mislead. */
export function formatPath(path: FieldPath): string {
  return path.reduce<string>((text, step) => {
    if (typeof step === "number") return `${text}[${step}]`;
    if (!PLAIN_FIELD.test(step)) return `${text}[${JSON.stringify(step)}]`;
    return text === "" ? step : `${text}.${step}`;
  }, "");
}
