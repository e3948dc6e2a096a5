/**
 * A recording of what virtual routers were fed and what they decided: one JSON object per line, a head first. The first
 * line of each router carries its configuration and its state; from there on the machine itself leads from line to line,
 * so the lines are short and can be checked against the machine of another version.
 */
import type { Instant, WallTime } from "../net/time.ts";
import type { Effect, RouterConfig, RouterEvent, RouterState, Step } from "./state.ts";

const FORMAT = 2;

export interface RecordingHead {
  readonly holdfastRecording: typeof FORMAT;
  /** Version of the program that wrote it. */
  readonly version: string;
}

export interface RecordedStep {
  /** `default/web`. */
  readonly router: string;
  readonly at: Instant;
  readonly wall: WallTime;
  /** In the first line of the router, and wherever it has changed. */
  readonly config?: RouterConfig;
  /** State before the event; in the first line of the router. */
  readonly before?: RouterState;
  readonly event: RouterEvent;
  readonly decided: Decision;
}

/** Enough of a step to see whether another machine decides the same. */
export interface Decision {
  readonly role: RouterState["role"];
  readonly deadline: Instant | null;
  /** e.g. `advertise 100`. */
  readonly effects: readonly string[];
}

export interface Recording {
  readonly head: RecordingHead;
  readonly steps: readonly (RecordedStep & { readonly line: number })[];
}

export type RecordingResult =
  | { readonly ok: true; readonly recording: Recording }
  | { readonly ok: false; readonly line: number; readonly message: string };

export const formatHead = (version: string): string =>
  JSON.stringify({ holdfastRecording: FORMAT, version } satisfies RecordingHead);

export const formatStep = (step: RecordedStep): string => JSON.stringify(step);

export function decisionOf({ state, effects }: Step): Decision {
  return { role: state.role, deadline: state.deadline, effects: effects.map(nameOf) };
}

function nameOf(effect: Effect): string {
  if (effect.type === "advertise") return `advertise ${effect.priority}`;
  return effect.type === "report" ? `report ${effect.cause}` : effect.type;
}

/** A last line that was cut off (the machine lost its power) is left out; any other that cannot be read is an error. */
export function parseRecording(text: string): RecordingResult {
  const lines = text.split("\n");
  const head = objectIn(lines[0] ?? "");
  if (head === null || head["holdfastRecording"] !== FORMAT)
    return { ok: false, line: 1, message: `is not the head of a recording in format ${FORMAT}` };
  const steps: (RecordedStep & { line: number })[] = [];
  const known = new Set<string>();
  for (const [index, each] of lines.entries()) {
    const value = objectIn(each);
    if (each === "" || (value === null && index === lines.length - 1)) continue;
    const result = read(value, known);
    if (typeof result === "string") return { ok: false, line: index + 1, message: result };
    if (result !== null) steps.push({ ...result, line: index + 1 });
  }
  return { ok: true, recording: { head: head as unknown as RecordingHead, steps } };
}

/** `known`: the routers that were introduced. A sentence says what is wrong; null: the line is a head. */
function read(value: Record<string, unknown> | null, known: Set<string>): RecordedStep | string | null {
  // A further head: lines were lost before it, and every router is introduced again.
  if (value !== null && "holdfastRecording" in value) {
    known.clear();
    return null;
  }
  if (value === null || !isStep(value)) return "is not a recorded step";
  const isIntroduced = known.has(value.router) || (value.config !== undefined && value.before !== undefined);
  known.add(value.router);
  return isIntroduced ? value : `is the first of ${value.router}, and lacks its configuration or state`;
}

function objectIn(line: string): Record<string, unknown> | null {
  try {
    const value = JSON.parse(line) as unknown;
    return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : null;
  } catch {
    return null;
  }
}

function isStep(value: object): value is RecordedStep {
  const step = value as Partial<RecordedStep>;
  return (
    typeof step.router === "string" &&
    typeof step.at === "number" &&
    typeof step.wall === "number" &&
    typeof step.event?.type === "string" &&
    Array.isArray(step.decided?.effects)
  );
}
