/** `holdfast why`: everything that is known about one resource, as sentences. Pure. */
import { unreachable } from "../net/unreachable.ts";
import { KINDS, type Kind, type Resource, type ResourceOf } from "../resource/meta.ts";
import { formatRejection } from "../resource/rejection.ts";
import type { RouterStatus, Transition } from "../vrrp/virtual-router.ts";
import { backendName, nodeCheckId } from "./checks.ts";
import { indexOf, routerName } from "./desired.ts";
import { groupInWords, placedMembers } from "./groups.ts";
import type { AgentReport } from "./report.ts";
import { stateName } from "./status-router.ts";
import { historyLines } from "./why-history.ts";

const ALIASES: Readonly<Record<string, Kind>> = {
  hc: "HealthCheck",
  healthchecks: "HealthCheck",
  vip: "VirtualIP",
  virtualips: "VirtualIP",
  pp: "ProxyPool",
  proxypools: "ProxyPool",
};

/** `vip`, `virtualip`, `VirtualIP` and `virtualips` all mean the same, as with kubectl. */
export function kindOf(word: string): Kind | null {
  const lower = word.toLowerCase();
  return ALIASES[lower] ?? KINDS.find((kind) => kind.toLowerCase() === lower) ?? null;
}

/** Changes of role, oldest first, and how many of them are to be told. */
export interface History {
  readonly transitions: readonly Transition[];
  readonly shown: number;
}

export const NO_HISTORY: History = { transitions: [], shown: 0 };

/** null: there is no such resource. */
export function explainResource(
  report: AgentReport,
  kind: Kind,
  name: string,
  { transitions, shown }: History = NO_HISTORY,
): readonly string[] | null {
  const resource = report.resources.find(
    (candidate) => candidate.kind === kind && candidate.metadata.name === name,
  );
  if (resource === undefined) return null;
  return [
    ...facts(report, resource),
    ...conditionLines(resource),
    ...rejectionLines(report, kind, name),
    ...historyLines(transitions, shown),
  ];
}

function facts(report: AgentReport, resource: Resource): readonly string[] {
  switch (resource.kind) {
    case "VirtualIP":
      return routerLines(report, resource);
    case "ProxyPool":
      return poolLines(report, resource);
    case "HealthCheck":
      return checkLines(report, nodeCheckId(resource));
    default:
      return unreachable(resource);
  }
}

function routerLines(report: AgentReport, vip: ResourceOf<"VirtualIP">): readonly string[] {
  const router = report.speaker.routers.find(({ name }) => name === routerName(vip));
  if (router === undefined) return [`${report.node} takes no part in VirtualIP ${vip.metadata.name}.`];
  return [
    `${report.node} is ${stateName(router)} for ${vip.spec.addresses.join(", ")}: ${router.because}.`,
    ...placeLines(report, vip),
    `Priority ${arithmetic(router)}.`,
    ...router.adjustments.map(({ check, weight, because }) => `  ${signed(weight)}  ${check}: ${because}`),
    router.heldAddresses.length > 0
      ? `On the interface now: ${router.heldAddresses.join(", ")}.`
      : "None of the addresses is on this node's interface.",
    ...(router.master === null
      ? []
      : [`Heard from ${router.master.address}, which advertises priority ${router.master.priority}.`]),
    ...router.problems.map(({ message }) => `Problem: ${message}.`),
    ...router.conflicts.map(({ message }) => `Conflict: ${message}.`),
  ];
}

function placeLines(report: AgentReport, vip: ResourceOf<"VirtualIP">): readonly string[] {
  const index = indexOf(report.resources);
  const group = groupInWords(vip, index);
  const preferred = [...placedMembers(vip, index)].sort((a, b) => b.priority - a.priority);
  const order = preferred.map(({ node, priority }) => `${node} (${priority})`).join(", ");
  return [
    ...(group === null ? [] : [`It moves with its group: ${group}.`]),
    ...(vip.spec.placement === "Spread" ? [`Spread over its members in this order: ${order}.`] : []),
  ];
}

function arithmetic({ basePriority, effectivePriority, adjustments }: RouterStatus): string {
  if (adjustments.length === 0) return `${effectivePriority}, as the manifest says`;
  const terms = adjustments.map(({ weight }) => (weight < 0 ? `- ${-weight}` : `+ ${weight}`));
  return `${effectivePriority} = ${basePriority} ${terms.join(" ")}`;
}

const signed = (weight: number): string => (weight < 0 ? String(weight) : `+${weight}`);

function poolLines(report: AgentReport, pool: ResourceOf<"ProxyPool">): readonly string[] {
  const { nginx } = report;
  const check = pool.spec.healthCheck;
  const id = `${pool.metadata.namespace}/${check ?? ""}`;
  return [
    nginx === null
      ? "This agent does not run nginx (--nginx off)."
      : `nginx ${nginx.version ?? "is not installed"}, master ${nginx.masterPid ?? "not running"}: ${nginx.message}.`,
    ...pool.spec.backends.map((backend) => {
      const name = backendName(backend);
      const standing = report.checks.find((candidate) => candidate.check === `${id}@${name}`);
      if (standing === undefined) return `  ${name} is not checked and always in rotation`;
      const place = standing.verdict === "unhealthy" ? "out of rotation" : "in rotation";
      return `  ${name} ${place} (${standing.verdict}): ${standing.because}`;
    }),
  ];
}

function checkLines(report: AgentReport, id: string): readonly string[] {
  const standings = report.checks.filter(({ check }) => check === id || check.startsWith(`${id}@`));
  if (standings.length === 0) return ["Nothing on this node refers to this check, so it is not asked."];
  return standings.map(({ check, verdict, because }) => `${check} is ${verdict}: ${because}.`);
}

function conditionLines(resource: Resource): readonly string[] {
  const conditions = resource.status?.conditions ?? [];
  return conditions.map(
    ({ type, status, reason, message, lastTransitionTime }) =>
      `${type}=${status} since ${lastTransitionTime} (${reason}): ${message}`,
  );
}

function rejectionLines(report: AgentReport, kind: Kind, name: string): readonly string[] {
  return report.sources
    .flatMap(({ rejections }) => rejections)
    .filter(({ resource }) => resource?.startsWith(`${kind}/`) === true && resource.endsWith(`/${name}`))
    .map((rejection) => `Rejected: ${formatRejection(rejection)}`);
}
