/** How long something has been so, as kubectl shows it: `5m`, `3h12m`, `8d`. */
import { parseRfc3339, type WallTime } from "../net/time.ts";

const MINUTE = 60;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const YEAR = 365 * DAY;

/** Up to `below`, in `unit`s, with the rest in `fine` ones; Kubernetes' HumanDuration. */
const STEPS = [
  { below: 2 * MINUTE, unit: 1, name: "s", fine: 0, fineName: "" },
  { below: 10 * MINUTE, unit: MINUTE, name: "m", fine: 1, fineName: "s" },
  { below: 3 * HOUR, unit: MINUTE, name: "m", fine: 0, fineName: "" },
  { below: 8 * HOUR, unit: HOUR, name: "h", fine: MINUTE, fineName: "m" },
  { below: 2 * DAY, unit: HOUR, name: "h", fine: 0, fineName: "" },
  { below: 8 * DAY, unit: DAY, name: "d", fine: HOUR, fineName: "h" },
  { below: 2 * YEAR, unit: DAY, name: "d", fine: 0, fineName: "" },
  { below: 8 * YEAR, unit: YEAR, name: "y", fine: DAY, fineName: "d" },
  { below: Number.POSITIVE_INFINITY, unit: YEAR, name: "y", fine: 0, fineName: "" },
];

/** `<unknown>` for what is no time. A clock may be a second ahead of another. */
export function ageOf(timestamp: string, now: WallTime): string {
  const start = parseRfc3339(timestamp);
  if (start === null) return "<unknown>";
  const seconds = Math.trunc((now - start) / 1000);
  return seconds < -1 ? "<invalid>" : formatAge(Math.max(0, seconds));
}

function formatAge(seconds: number): string {
  const step = STEPS.find(({ below }) => seconds < below);
  if (step === undefined) return "";
  const rest = step.fine === 0 ? 0 : Math.floor((seconds % step.unit) / step.fine);
  const whole = `${Math.floor(seconds / step.unit)}${step.name}`;
  return rest === 0 ? whole : `${whole}${rest}${step.fineName}`;
}
