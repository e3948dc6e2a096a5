/** Why a router has its role, as a sentence on which an operator can act. */
import type { IpAddress } from "../net/ip.ts";
import { unreachable } from "../net/unreachable.ts";
import { type EffectivePriority, shortName } from "./priority.ts";
import type {
  BackupState,
  Cause,
  LeavingReason,
  MasterState,
  RouterConfig,
  RouterState,
  Watch,
} from "./state.ts";
import type { Adjustment } from "./virtual-router.ts";

export interface Situation {
  readonly state: RouterState;
  readonly config: RouterConfig;
  /** Of the last change of role; `null` before the first. */
  readonly cause: Cause | null;
  readonly basePriority: number;
  readonly effective: EffectivePriority;
  /** Who advertised last; for a master, who did so before it took over; for one that has left, who followed it. */
  readonly heard: Heard | null;
  /** By whose will the node is to be out of service, as a sentence; `null`: it is in service. */
  readonly drain: string | null;
  /** Why nothing can be sent, e.g. `ens33 has no carrier`; `null` when it can. */
  readonly linkProblem: string | null;
  /** Where nothing has come in since the link came up, which is longer than startupDelay; `null`: nowhere. */
  readonly silentLink: string | null;
  /** Why its last advertisement could not be sent; `null` when it could. */
  readonly sendFailure: string | null;
}

export interface Heard {
  readonly address: IpAddress;
  readonly priority: number;
}

/** e.g. `backup: 172.16.253.108 advertises priority 100, above our 85 = 95 - 10 (nginx-alive: no process named nginx)` */
export function explain(situation: Situation): string {
  return `${situation.state.role}: ${reason(situation)}`;
}

function reason(situation: Situation): string {
  const { state } = situation;
  switch (state.role) {
    case "initialize":
      return situation.cause === null ? "not started" : `stopped${afterwards(situation)}`;
    case "fault":
      return whyFault(situation);
    case "backup":
      return whyBackup(situation, state);
    case "master":
      return whyMaster(situation, state);
    default:
      return unreachable(state);
  }
}

function whyFault(situation: Situation): string {
  const { config, linkProblem } = situation;
  if (config.fitness === "link-down") {
    return `${linkProblem ?? "the link is down"}${afterwards(situation)}`;
  }
  return `${whyUnfit(situation)}${afterwards(situation)}`;
}

/** The operator's will first: it is what most readers look for. */
function whyUnfit({ drain, effective }: Situation): string {
  const reasons = [...(drain === null ? [] : [drain]), ...effective.unfit];
  return reasons.length === 0 ? "unfit" : reasons.join("; ");
}

function afterwards({ cause, heard }: Situation): string {
  if (cause === "no-successor") return "; nobody took over";
  if (cause !== "heard-successor" && cause !== "heard-higher") return "";
  return heard === null ? "; another router took over" : `; ${heard.address} took over`;
}

function whyBackup(situation: Situation, state: BackupState): string {
  const { heard } = situation;
  const ours = arithmetic(situation);
  if (state.isMuted) {
    const why = situation.sendFailure === null ? "" : ` (${situation.sendFailure})`;
    return `its own advertisements are refused${why}, so that nobody hears it; it takes over with one that leaves; our priority is ${ours}`;
  }
  const { watch } = state;
  if (heard === null) return `${whyListening(watch, situation)}; our priority is ${ours}`;
  if (watch === "resigned" || heard.priority === 0) {
    return `${heard.address} has resigned, and the highest of those that are left takes over; our priority is ${ours}`;
  }
  const { priority } = situation.config;
  const theirs = `${heard.address} advertises priority ${heard.priority}`;
  if (heard.priority > priority) return `${theirs}, above our ${ours}`;
  if (heard.priority === priority) return `${theirs}, equal to our ${ours}, and was there first`;
  return `${theirs}, below our ${ours}, ${whyNotYet(watch, situation.config)}`;
}

function whyListening(watch: Watch, { silentLink }: Situation): string {
  if (watch !== "held") return "listening for a master before taking over";
  return silentLink === null
    ? "holding back, since the speaker or its link has just come up (startupDelay)"
    : `holding back, since nothing has come in on ${silentLink} yet, so that its port may be blocked (startupDelay)`;
}

function whyNotYet(watch: Watch, config: RouterConfig): string {
  if (!config.preempt) return "but preemption is off";
  switch (watch) {
    case "held":
      return "and is let be, since the speaker or its link has just come up (startupDelay)";
    case "delayed":
      return `and is let be for ${config.preemptDelay / 1000} s after this node came up or got better (preemptDelay)`;
    case "preempting":
      return "and will be preempted";
    default:
      return "and may be preempted";
  }
}

function whyMaster(situation: Situation, { leaving, isListening }: MasterState): string {
  const ours = arithmetic(situation);
  if (leaving === null && isListening)
    return `held up for longer than the others wait, and listening for another master before it speaks; our priority is ${ours}`;
  if (leaving === null && situation.config.fitness === "draining")
    return `${whyUnfit(situation)}; nobody takes over, so this node serves on`;
  if (leaving === null) return `${whyPromoted(situation)}; our priority is ${ours}`;
  return `${whyLeaving(leaving, situation, ours)}; serving until a successor is heard`;
}

function whyLeaving(leaving: LeavingReason, situation: Situation, ours: string): string {
  switch (leaving) {
    case "shutdown":
      return "stopping";
    case "unfit":
    case "draining":
      return whyUnfit(situation);
    case "outranked":
      return `our priority ${ours} is below ${situation.config.rivalPriority ?? "a rival's"}`;
    default:
      return unreachable(leaving);
  }
}

function whyPromoted({ cause, heard, config }: Situation): string {
  if (config.priority === 255) return "owner of the addresses";
  if (cause === "resumed") return "its speaker was killed and started again before the others have missed it";
  if (heard === null) return "nobody else advertises";
  switch (cause) {
    case "master-resigned":
      return `${heard.address} has resigned`;
    case "preempted":
      return `${heard.address} advertised priority ${heard.priority} and was preempted`;
    default:
      return `${heard.address} has fallen silent`;
  }
}

/** `85 = 95 - 10 (nginx-alive: no process named nginx)`, or only `95`. */
function arithmetic({ basePriority, effective }: Situation): string {
  const { priority, adjustments } = effective;
  if (adjustments.length === 0) return String(priority);
  const sum = adjustments.reduce((total, { weight }) => total + weight, basePriority);
  const held = sum === priority ? "" : ", held between 1 and 254";
  return `${priority} = ${basePriority}${adjustments.map(term).join("")}${held}`;
}

function term({ check, weight, because }: Adjustment): string {
  return ` ${weight < 0 ? "-" : "+"} ${Math.abs(weight)} (${shortName(check)}: ${because})`;
}
