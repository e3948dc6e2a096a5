/** The report as Prometheus metrics. Built anew for each scrape, so that a metric never outlives what it tells of. */
import { createServer } from "node:http";
import { Counter, Gauge, Registry } from "prom-client";
import type { DrainPhase, DrainReport } from "../plan/drain.ts";
import type { AgentReport } from "../plan/report.ts";
import { OperationFailure } from "../port/failure.ts";
import type { Role, RouterStatus } from "../vrrp/virtual-router.ts";

const DRAIN_PHASES: readonly DrainPhase[] = ["InService", "Draining", "Drained"];
const ROLES: readonly Role[] = ["initialize", "fault", "backup", "master"];

export async function renderMetrics(report: AgentReport): Promise<string> {
  const registry = new Registry();
  const gauge = (name: string, help: string, labelNames: string[] = []): Gauge =>
    new Gauge({ name, help, labelNames, registers: [registry] });
  gauge("holdfast_speaker_connected", "Whether a speaker process is connected").set(
    report.speaker.pid === null ? 0 : 1,
  );
  tellDrain(report.drain, gauge);
  tellRouters(report.speaker.routers, registry, gauge);
  const checks = gauge("holdfast_check_healthy", "1 healthy, 0 unhealthy; absent while pending", ["check"]);
  for (const { check, verdict } of report.checks) {
    if (verdict !== "pending") checks.set({ check }, verdict === "healthy" ? 1 : 0);
  }
  if (report.nginx !== null) {
    const { programmed, workers } = report.nginx;
    gauge("holdfast_nginx_programmed", "Whether every worker serves what the manifests ask for").set(
      programmed ? 1 : 0,
    );
    gauge("holdfast_nginx_workers", "Workers that accept connections").set(workers);
  }
  const rejections = gauge("holdfast_source_rejections", "Manifests that were rejected", ["source"]);
  for (const { source, rejections: found } of report.sources) rejections.set({ source }, found.length);
  return await registry.metrics();
}

type MakeGauge = (name: string, help: string, labelNames?: string[]) => Gauge;

function tellDrain(drain: DrainReport | null, gauge: MakeGauge): void {
  const phase = gauge("holdfast_node_drain", "1 for whether the node is in service", ["phase"]);
  const current = drain?.phase ?? "InService";
  for (const each of DRAIN_PHASES) phase.set({ phase: each }, current === each ? 1 : 0);
  if (drain === null) return;
  gauge("holdfast_node_drain_since_timestamp_seconds", "Since when it is not; absent while it is").set(
    Date.parse(drain.since) / 1000,
  );
}

function tellRouters(routers: readonly RouterStatus[], registry: Registry, gauge: MakeGauge): void {
  const labelNames = ["virtualip"];
  const counter = (name: string, help: string, more: string[] = []): Counter =>
    new Counter({ name, help, labelNames: [...labelNames, ...more], registers: [registry] });
  const role = gauge("holdfast_virtualip_role", "1 for the role that this node has", ["virtualip", "role"]);
  const priority = gauge("holdfast_virtualip_priority", "Effective VRRP priority", labelNames);
  const held = gauge(
    "holdfast_virtualip_addresses_held",
    "Addresses on the interface with our mark",
    labelNames,
  );
  const sent = counter("holdfast_vrrp_advertisements_sent_total", "VRRP advertisements sent");
  const received = counter("holdfast_vrrp_advertisements_received_total", "VRRP advertisements heard");
  const forms = counter(
    "holdfast_vrrp_advertisements_taken_total",
    "VRRP advertisements taken, by what their checksum covers",
    ["checksum"],
  );
  const dropped = counter("holdfast_vrrp_advertisements_dropped_total", "VRRP packets refused, by reason", [
    "reason",
  ]);
  const became = counter("holdfast_virtualip_became_master_total", "Times that this node became master");
  const repaired = counter(
    "holdfast_virtualip_addresses_repaired_total",
    "Addresses put back that somebody removed",
  );
  const conflicts = counter("holdfast_vrrp_conflicts_total", "What did not fit with others, by kind", [
    "conflict",
  ]);
  const conflict = gauge("holdfast_vrrp_conflict", "1 while it has been noticed lately", [
    "virtualip",
    "conflict",
  ]);
  const pauses = counter(
    "holdfast_virtualip_pauses_total",
    "Times that the speaker was held up for longer than the others wait",
  );
  const longestPause = gauge(
    "holdfast_virtualip_longest_pause_seconds",
    "The longest of these pauses since the speaker was started",
    labelNames,
  );
  for (const router of routers) {
    const virtualip = router.name;
    for (const each of ROLES) role.set({ virtualip, role: each }, router.role === each ? 1 : 0);
    priority.set({ virtualip }, router.effectivePriority);
    held.set({ virtualip }, router.heldAddresses.length);
    sent.inc({ virtualip }, router.counters.advertisementsSent);
    received.inc({ virtualip }, router.counters.advertisementsReceived);
    for (const [checksum, count] of Object.entries(router.counters.checksumForms))
      forms.inc({ virtualip, checksum }, count);
    became.inc({ virtualip }, router.counters.becameMaster);
    repaired.inc({ virtualip }, router.counters.addressesRepaired);
    pauses.inc({ virtualip }, router.counters.pauses);
    longestPause.set({ virtualip }, router.counters.longestPause / 1000);
    for (const [reason, count] of Object.entries(router.counters.advertisementsDropped)) {
      dropped.inc({ virtualip, reason }, count);
    }
    for (const [kind, count] of Object.entries(router.counters.conflicts)) {
      conflicts.inc({ virtualip, conflict: kind }, count);
      const isCurrent = router.conflicts.some(({ code }) => code === kind);
      conflict.set({ virtualip, conflict: kind }, isCurrent ? 1 : 0);
    }
  }
}

export interface MetricsEndpoint {
  /** `127.0.0.1:9440`. */
  readonly listen: string;
  readonly report: () => Promise<AgentReport>;
}

/** Serves `GET /metrics` until `signal` aborts. Rejects when the address cannot be listened on. */
export async function serveMetrics({ listen, report }: MetricsEndpoint, signal: AbortSignal): Promise<void> {
  const [host = "", port = ""] = listen.split(":");
  const server = createServer((request, response) => {
    if (request.method !== "GET" || request.url !== "/metrics") {
      response.writeHead(404).end("GET /metrics\n");
      return;
    }
    report()
      .then(renderMetrics)
      .then(
        (text) => response.writeHead(200, { "Content-Type": "text/plain; version=0.0.4" }).end(text),
        (error: unknown) => response.writeHead(500).end(`${String(error)}\n`),
      );
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", (error) =>
      reject(new OperationFailure({ code: "not-listening", address: listen, output: error.message }, error)),
    );
    server.listen(Number(port), host, () => resolve());
  });
  await new Promise<void>((resolve) => {
    if (signal.aborted) resolve();
    signal.addEventListener("abort", () => resolve(), { once: true });
  });
  server.closeAllConnections();
  await new Promise<void>((resolve) => server.close(() => resolve()));
}
