/** What is wrong with a manifest, as the cause of an `Invalid`: kubectl prints it, and `kubectl edit` puts it above the text. */
import type * as z from "zod";
import { type Complaint, formatPath } from "../resource/complaint.ts";
import type { Json } from "../resource/json-schema.ts";
import { choicesOf, schemaAt } from "../resource/schema-words.ts";
import { type Cause, cause, notSupported, required } from "./cause.ts";
import { childAt } from "./json-pointer.ts";

export function causeOf(complaint: Complaint, schema: z.core.$ZodType, value: Json): Cause {
  const { path, message } = complaint;
  const field = formatPath(path);
  const found = path.map(String).reduce<Json | undefined>(childAt, value);
  if (found === undefined || found === null) return required(field, message.replace(/^is missing, /, ""));
  // Refusals go to logs, which more people read than manifests.
  const shown = path.at(-1) === "password" ? undefined : found;
  if (complaint.isRepetition) return cause("FieldValueDuplicate", field, shown, message);
  const choices = choicesOf(schemaAt(schema, path)).map(String);
  if (choices.length > 0 && !choices.includes(String(found))) return notSupported(field, found, choices);
  // The value stands before the message already.
  return cause("FieldValueInvalid", field, shown, message.replace(/, found .*/s, ""));
}
