/** How a client is called as the owner of fields. */
import { type Cause, cause, invalid, required } from "./cause.ts";

/** As a Kubernetes API server has it. */
const NAME_BYTES_MAX = 128;
const UNKNOWN = "unknown";

/** `fieldManager`, or the first word of the User-Agent: `kubectl/v1.32.5 (linux/amd64)` is `kubectl`. */
export function managerName(fieldManager: string, userAgent: string): string {
  if (fieldManager !== "") return fieldManager;
  const printable = [...(userAgent.split("/")[0] ?? "")].filter(isPrintable).join("");
  return printable.slice(0, NAME_BYTES_MAX) || UNKNOWN;
}

const isPrintable = (character: string): boolean => /^[\p{L}\p{M}\p{N}\p{P}\p{S} ]$/u.test(character);

/** Of the request parameter. An apply must say who applies. */
export function managerNameCauses(fieldManager: string, isApply: boolean): readonly Cause[] {
  const field = "fieldManager";
  if (isApply && fieldManager === "") return [required(field, "is required for apply patch")];
  const characters = [...fieldManager];
  const long = cause("FieldValueTooLong", field, undefined, `may not be more than ${NAME_BYTES_MAX} bytes`);
  const position = characters.findIndex((character) => !isPrintable(character));
  const code = (characters[position]?.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, "0");
  return [
    ...(new TextEncoder().encode(fieldManager).length > NAME_BYTES_MAX ? [long] : []),
    ...(position < 0
      ? []
      : [invalid(field, fieldManager, `invalid character U+${code} (at position ${position})`)]),
  ];
}
