/** What is done about fields that a kind does not have or that stand twice: `fieldValidation=Strict|Warn|Ignore`. */
import type { Json } from "../resource/json-schema.ts";
import { notAnObject } from "./api-object.ts";
import type { ApiResource } from "./api-resource.ts";
import { type Cause, invalid, notSupported } from "./cause.ts";
import { invalidObject, type Refusal } from "./refusal.ts";

const DIRECTIVES = ["Ignore", "Strict", "Warn"] as const;
export type FieldValidation = (typeof DIRECTIVES)[number];

/** Who says nothing is warned. */
export const readFieldValidation = (text: string): FieldValidation =>
  DIRECTIVES.find((directive) => directive === text) ?? "Warn";

export const fieldValidationCauses = (text: string): readonly Cause[] =>
  text === "" || DIRECTIVES.some((directive) => directive === text)
    ? []
    : [notSupported("fieldValidation", text, ["", ...DIRECTIVES])];

/** `unknown field "spec.bogus"`: as it stands in a refusal, and in a warning. */
export const strictProblems = (
  duplicates: readonly string[],
  unknown: readonly string[],
): readonly string[] => [
  ...duplicates.map((field) => `duplicate field ${JSON.stringify(field)}`),
  ...unknown.map((field) => `unknown field ${JSON.stringify(field)}`),
];

/** Of an object that was sent whole. */
export const strictRefusal = (resource: ApiResource, problems: readonly string[]): Refusal =>
  notAnObject(resource, decodingError(problems));

/** Of an object that a patch has made. */
export function strictPatchRefusal(
  resource: ApiResource,
  name: string,
  patched: Json,
  problems: readonly string[],
): Refusal {
  const text = JSON.stringify(patched);
  return invalidObject(resource, name, [invalid("patch", text, decodingError(problems))]);
}

const decodingError = (problems: readonly string[]): string =>
  `strict decoding error: ${problems.join(", ")}`;
