/** What is wrong with one field, in the words of Kubernetes' field errors: `Invalid value: 256: must be 1 to 255`. */
import { isObject, type Json, type JsonObject } from "../resource/json-schema.ts";

/** How each reason begins its message. */
const OPENINGS = {
  FieldValueRequired: "Required value",
  FieldValueInvalid: "Invalid value",
  FieldValueTypeInvalid: "Invalid value",
  FieldValueNotSupported: "Unsupported value",
  FieldValueForbidden: "Forbidden",
  FieldValueDuplicate: "Duplicate value",
  FieldValueTooLong: "Too long",
  FieldValueTooMany: "Too many",
} as const;

export type FieldReason = keyof typeof OPENINGS;

export interface Cause {
  readonly reason: FieldReason | "FieldManagerConflict";
  readonly message: string;
  /** `spec.members[1].priority`. */
  readonly field: string;
}

/** `value` undefined: the message does not show it. */
export function cause(reason: FieldReason, field: string, value: Json | undefined, detail: string): Cause {
  const parts = [OPENINGS[reason], ...(value === undefined ? [] : [shown(value)]), detail];
  return { reason, field, message: parts.filter((part) => part !== "").join(": ") };
}

export const required = (field: string, detail = ""): Cause =>
  cause("FieldValueRequired", field, undefined, detail);

export const invalid = (field: string, value: Json, detail: string): Cause =>
  cause("FieldValueInvalid", field, value, detail);

export const forbidden = (field: string, detail: string): Cause =>
  cause("FieldValueForbidden", field, undefined, detail);

export function notSupported(field: string, value: Json, supported: readonly string[]): Cause {
  const choices = supported.map((choice) => JSON.stringify(choice)).join(", ");
  return cause("FieldValueNotSupported", field, value, `supported values: ${choices}`);
}

const SHOWN_MAX = 200;

/** A mapping or list as JSON, cut: the reader knows it, and the answer must stay small. */
function shown(value: Json): string {
  const text = JSON.stringify(value);
  if (text.length <= SHOWN_MAX) return text;
  return isObject(value) || Array.isArray(value)
    ? `${text.slice(0, SHOWN_MAX)}...`
    : `${text.slice(0, SHOWN_MAX)}..."`;
}

export const causeToJson = ({ reason, message, field }: Cause): JsonObject => ({ reason, message, field });

export const formatCause = ({ message, field }: Cause): string =>
  field === "" ? message : `${field}: ${message}`;
