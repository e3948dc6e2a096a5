/** A replayed step as a line for a person who looks for the moment at which things went wrong. Pure. */
import { rfc3339, since } from "../net/time.ts";
import { unreachable } from "../net/unreachable.ts";
import type { ReplayedStep } from "./replay.ts";
import type { RouterEvent, RouterState } from "./state.ts";

/** Whether anything happened beyond the daily round: an advertisement that was due, a master that was heard. */
export function isNews({ recorded, before, after, decided, isSame }: ReplayedStep): boolean {
  const isRound =
    (recorded.event.type === "deadline" || recorded.event.type === "advertisement") &&
    detailOf(before) === detailOf(after) &&
    decided.effects.every((effect) => effect.startsWith("advertise"));
  return !isRound || !isSame;
}

/** e.g. `2026-11-24T09:12:13.004Z  default/web  backup  heard priority 0 from a peer that loses ties: ...` */
export function formatReplayed(replayed: ReplayedStep): string {
  const { recorded, config, before, after, decided } = replayed;
  const roles =
    detailOf(before) === detailOf(after) ? detailOf(before) : `${detailOf(before)} -> ${detailOf(after)}`;
  const effects = decided.effects.length === 0 ? "nothing to do" : decided.effects.join(", ");
  const next =
    after.deadline === null ? "no deadline" : `deadline in ${round(since(recorded.at, after.deadline))} ms`;
  const line = `${rfc3339(recorded.wall)}  ${recorded.router}  priority ${config.priority}, ${roles}: ${heardOf(recorded.event)}: ${effects}; ${next}`;
  return replayed.isSame ? line : `${line}\n${differenceOf(replayed)}`;
}

function differenceOf({ line, recorded: { decided } }: ReplayedStep): string {
  return `  DIFFERS in line ${line}: recorded were ${decided.role}, [${decided.effects.join(", ")}], deadline ${decided.deadline ?? "none"}`;
}

function detailOf(state: RouterState): string {
  switch (state.role) {
    case "initialize":
    case "fault":
      return state.role;
    case "backup":
      return `backup (${state.watch})`;
    case "master":
      return state.leaving === null ? "master" : `master (leaving: ${state.leaving})`;
    default:
      return unreachable(state);
  }
}

function heardOf(event: RouterEvent): string {
  switch (event.type) {
    case "startup":
      return "started";
    case "shutdown":
      return "told to stop";
    case "deadline":
      return "deadline";
    case "sent":
      return "its advertisement has left";
    case "refused":
      return "its advertisement was refused";
    case "reconfigured":
      return "told of another configuration";
    case "advertisement":
      return `heard priority ${event.priority}, interval ${event.adverInterval} ms, ${event.senderWinsTie ? "wins" : "loses"} ties`;
    default:
      return unreachable(event);
  }
}

const round = (span: number): number => Math.round(span * 1000) / 1000;
