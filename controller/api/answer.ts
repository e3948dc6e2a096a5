/** What the API answers, before anything of HTTP. */
import { type Refusal, refusalToStatus } from "../object/refusal.ts";
import { at } from "../object/tree.ts";
import type { JsonObject } from "../resource/json-schema.ts";

export interface Answer {
  readonly type: "answer";
  readonly status: number;
  readonly mediaType: string;
  /** Beyond the usual. */
  readonly headers: Readonly<Record<string, string | readonly string[]>>;
  readonly text: string;
  /** Name of the object that it is about; empty: there is none. For the audit. */
  readonly about: string;
}

/** One that goes on for as long as the client listens. */
export interface Stream {
  readonly type: "stream";
  /** Resolves when all is told, when `signal` aborts, or when `tell` says that the client does not keep up. */
  readonly run: (tell: Tell, signal: AbortSignal) => Promise<void>;
}

/** Resolves when the client has taken it, to whether there may be more. */
export type Tell = (text: string) => Promise<boolean>;

const JSON_TYPE = "application/json";

export const answerJson = (status: number, body: JsonObject, warnings: readonly string[] = []): Answer => ({
  type: "answer",
  status,
  mediaType: JSON_TYPE,
  headers: warnings.length === 0 ? {} : { Warning: warnings.slice(0, WARNINGS_MAX).map(warningHeader) },
  text: JSON.stringify(body),
  about: String(at(body, "metadata", "name") ?? ""),
});

export const answerText = (text: string): Answer => ({
  type: "answer",
  status: 200,
  mediaType: "text/plain; charset=utf-8",
  headers: {},
  text,
  about: "",
});

export function answerRefusal(refusal: Refusal): Answer {
  const answer = answerJson(refusal.code, refusalToStatus(refusal));
  const { retryAfterSeconds } = refusal.details;
  if (retryAfterSeconds === undefined) return answer;
  return { ...answer, headers: { "Retry-After": String(retryAfterSeconds) } };
}

/** kubectl prints each on a line of its own; more than these nobody reads. */
const WARNINGS_MAX = 20;
const WARNING_CHARACTERS_MAX = 500;

/** RFC 7234, section 5.5: a quoted string of the characters that a header may hold. */
function warningHeader(text: string): string {
  const plain = text.replaceAll(/[^\x20-\x7e]+/g, "?").slice(0, WARNING_CHARACTERS_MAX);
  return `299 - "${plain.replaceAll(/["\\]/g, "\\$&")}"`;
}
