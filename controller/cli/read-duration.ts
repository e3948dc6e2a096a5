/** A span of time on the command line. */
import { InvalidArgumentError } from "commander";
import { type Millis, millis } from "../net/time.ts";
import { parseDuration } from "../resource/duration.ts";

/** A timer takes no more: almost 25 days. Who says more has no end in mind. */
const SPAN_MS_MAX = 2 ** 31 - 1;

/** For commander. Throws InvalidArgumentError. */
export function readDuration(text: string): Millis {
  const span = parseDuration(text);
  if (span === null) throw new InvalidArgumentError("It is a duration such as 10s or 1m30s.");
  return millis(Math.min(span, SPAN_MS_MAX));
}
