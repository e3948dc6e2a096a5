/** The report of an agent as text for a terminal. */
import type { DrainReport } from "../plan/drain.ts";
import type { AgentReport } from "../plan/report.ts";
import type { Condition } from "../resource/condition.ts";
import type { Resource } from "../resource/meta.ts";
import { formatRejection } from "../resource/rejection.ts";
import { formatAge, formatTable } from "./table.ts";

export function statusText(report: AgentReport): string {
  return [head(report), vips(report), pools(report), checks(report), rejections(report), notices(report)]
    .filter((section) => section !== "")
    .join("\n\n");
}

function head({ node, version, startedAt, now, drain, speaker, nginx, sources }: AgentReport): string {
  const lines = [
    `Node ${node}, agent ${version}, up ${formatAge(startedAt, now)}`,
    ...(drain === null ? [] : [drainLine(drain, now)]),
    speaker.pid === null
      ? "Speaker: not connected"
      : `Speaker: pid ${speaker.pid}${speaker.membershipInForce ? "" : ", taking over a change"}`,
    nginx === null
      ? "nginx: not run by this agent"
      : `nginx: ${nginx.masterPid === null ? "not running" : `pid ${nginx.masterPid}`}, ${nginx.message}`,
    ...sources.map(
      (source) =>
        `${source.source}: ${source.available ? `${source.resources} resources in ${source.files} files` : source.message}`,
    ),
  ];
  return lines.join("\n");
}

function drainLine({ phase, by, reason, since, isForced }: DrainReport, now: string): string {
  const why = reason === "" ? "" : `: ${reason}`;
  const what = `${phase} by ${by} ${formatAge(since, now)} ago${isForced ? ", by force" : ""}${why}`;
  return `${what} (holdfast undrain takes it back into service)`;
}

const isKind =
  <K extends Resource["kind"]>(kind: K) =>
  (resource: Resource): resource is Extract<Resource, { kind: K }> =>
    resource.kind === kind;

function vips(report: AgentReport): string {
  const rows = report.resources.filter(isKind("VirtualIP")).map((vip) => {
    const entry = ownEntry(vip, report.node);
    return [
      vip.metadata.name,
      vip.spec.addresses.join(","),
      entry?.state ?? "-",
      String(entry?.priority ?? "-"),
      ready(vip),
      entry === undefined ? "-" : formatAge(entry.since, report.now),
      entry?.why ?? "not a member",
    ];
  });
  return section(["VIRTUALIP", "ADDRESSES", "STATE", "PRIORITY", "READY", "SINCE", "WHY"], rows);
}

function pools(report: AgentReport): string {
  const rows = report.resources.filter(isKind("ProxyPool")).map((pool) => {
    const entry = ownEntry(pool, report.node);
    const backends = conditionOf(pool, "BackendsHealthy");
    return [
      pool.metadata.name,
      pool.spec.listeners.map(({ port }) => String(port)).join(","),
      String(pool.spec.backends.length),
      ready(pool),
      entry === undefined ? "-" : formatAge(entry.since, report.now),
      backends?.reason === "SomeUnhealthy" ? backends.message : (conditionOf(pool, "Ready")?.message ?? "-"),
    ];
  });
  return section(["PROXYPOOL", "PORTS", "BACKENDS", "READY", "SINCE", "WHY"], rows);
}

function checks(report: AgentReport): string {
  const rows = report.resources.filter(isKind("HealthCheck")).map((check) => {
    const entry = ownEntry(check, report.node);
    return [
      check.metadata.name,
      entry?.state ?? "NotUsed",
      entry === undefined ? "-" : formatAge(entry.since, report.now),
      entry?.why ?? "nothing on this node refers to it",
    ];
  });
  return section(["HEALTHCHECK", "STATE", "SINCE", "WHY"], rows);
}

function rejections({ sources }: AgentReport): string {
  const lines = sources.flatMap((source) =>
    source.rejections.map((rejection) => `  ${formatRejection(rejection)}`),
  );
  return lines.length === 0
    ? ""
    : ["Rejected; the last good state of these stays in force:", ...lines].join("\n");
}

function notices({ sources }: AgentReport): string {
  const lines = sources.flatMap((source) => source.notices.map((notice) => `  ${formatRejection(notice)}`));
  return lines.length === 0 ? "" : ["To be known of the manifests:", ...lines].join("\n");
}

function section(header: readonly string[], rows: readonly (readonly string[])[]): string {
  return rows.length === 0 ? "" : formatTable(header, rows);
}

function ownEntry(resource: Resource, node: string) {
  return resource.status?.nodes.find((entry) => entry.node === node);
}

function conditionOf(resource: Resource, type: Condition["type"]): Condition | undefined {
  return resource.status?.conditions.find((condition) => condition.type === type);
}

const ready = (resource: Resource): string => conditionOf(resource, "Ready")?.status ?? "Unknown";
