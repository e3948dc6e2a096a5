/** Durations as manifests spell them: `250ms`, `1s`, `1m30s`. */
import { type Millis, millis } from "../net/time.ts";

const UNITS: Readonly<Record<string, number>> = { h: 3_600_000, m: 60_000, s: 1000, ms: 1 };
const FORM = /^(?:(\d+)h)?(?:(\d+)m(?!s))?(?:(\d+(?:\.\d+)?)s)?(?:(\d+)ms)?$/;

/** `null` when the text is not a duration. Parts go from large to small; only seconds may have a fraction. */
export function parseDuration(text: string): Millis | null {
  const match = FORM.exec(text);
  if (text === "" || match === null) return null;
  const [, h, m, s, ms] = match;
  return millis(
    Number(h ?? 0) * (UNITS["h"] ?? 0) +
      Number(m ?? 0) * (UNITS["m"] ?? 0) +
      Number(s ?? 0) * (UNITS["s"] ?? 0) +
      Number(ms ?? 0),
  );
}

/** The shortest spelling, e.g. 90 000 ms → `1m30s`. */
export function formatDuration(span: Millis): string {
  if (span === 0) return "0s";
  let rest = Math.round(span);
  let text = "";
  for (const [name, size] of Object.entries(UNITS)) {
    const count = Math.floor(rest / size);
    if (count > 0) text += `${count}${name}`;
    rest -= count * size;
  }
  return text;
}
