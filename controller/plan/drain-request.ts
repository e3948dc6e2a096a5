/** What may be asked of `holdfast drain`: the same rules for the command line, which explains them, and for the agent. Pure. */

export interface DrainRequest {
  readonly by: string;
  /** Empty: none is given. */
  readonly reason: string;
  readonly isForced: boolean;
}

/** It stands in a column of `holdfast status`, in notifications and in logs. */
export const REASON_CHARACTERS_MAX = 200;
export const NAME_CHARACTERS_MAX = 64;

const CONTROL_CHARACTERS = /\p{Cc}/u;

/** null: it can be used. */
export function wrongWithText(text: string, charactersMax: number): string | null {
  if (text.length > charactersMax)
    return `is ${text.length} characters long, and may have ${charactersMax} at the most`;
  return CONTROL_CHARACTERS.test(text) ? "has a line break or another control character in it" : null;
}

/** From the body of a request. A text says what is wrong with it. */
export function parseDrainRequest(body: unknown): DrainRequest | string {
  if (typeof body !== "object" || body === null) return "the body is not a JSON object";
  const { by, reason, isForced } = body as Partial<Record<keyof DrainRequest, unknown>>;
  if (typeof by !== "string" || by === "") return "by is missing: who wants it";
  if (typeof reason !== "string") return "reason is missing: a text, which may be empty";
  if (typeof isForced !== "boolean") return "isForced is missing: true or false";
  const wrongName = wrongWithText(by, NAME_CHARACTERS_MAX);
  if (wrongName !== null) return `by ${wrongName}`;
  const wrongReason = wrongWithText(reason, REASON_CHARACTERS_MAX);
  return wrongReason === null ? { by, reason, isForced } : `reason ${wrongReason}`;
}
