/** From two reports of a node, one after the other, to what happened in between. Pure. */

import type { AgentReport } from "../plan/report.ts";
import { shortName } from "../vrrp/priority.ts";
import type { RouterStatus } from "../vrrp/virtual-router.ts";
import type { Entry } from "./demo-timeline.ts";
import type { Topology } from "./topology.ts";

/** A report as it was asked for; null while the node is off or its agent does not answer. */
export type Seen = AgentReport | null;

export function nodeEntries(before: Seen, after: Seen, topology: Topology): Entry[] {
  if (after === null) return [];
  const entries = [
    ...nginxEntries(before, after),
    ...priorityEntries(before, after),
    ...roleEntries(before, after, topology),
    ...backendEntries(before, after),
  ];
  return entries.map((entry) => ({ ...entry, text: withNames(entry.text, topology) }));
}

/** Machines are known by name to whoever reads the story; addresses of machines say less. */
export function withNames(text: string, { machines }: Topology): string {
  return machines.reduce((said, { name, address }) => said.replaceAll(address, name), text);
}

function nginxEntries(before: Seen, after: AgentReport): Entry[] {
  const [was, is] = [before?.nginx ?? null, after.nginx];
  if (is === null) return [];
  const entry = (text: string): Entry => ({ at: nginxSince(after), who: after.node, text, tone: "node" });
  const isStuck = !is.programmed && is.reason === "PortInUse";
  if (isStuck && was?.reason !== is.reason) return [entry(`cannot start nginx: ${is.message}`)];
  const runs = (nginx: typeof is | null): number | null => (nginx?.programmed ? nginx.masterPid : null);
  // A short-lived failure lies between two looks; the other process tells of it.
  if (runs(is) === null || runs(is) === (runs(was) ?? was?.masterPid)) return [];
  return [entry(`nginx runs (pid ${is.masterPid})`)];
}

function nginxSince(report: AgentReport): number {
  const pool = report.resources.find(({ kind }) => kind === "ProxyPool");
  const own = pool?.status?.nodes.find(({ node }) => node === report.node);
  return own === undefined ? Date.parse(report.now) : Date.parse(own.since);
}

function priorityEntries(before: Seen, after: AgentReport): Entry[] {
  const changed = after.speaker.routers.flatMap((router) => {
    const was = routerIn(before, router.name);
    return was === null || was.effectivePriority === router.effectivePriority ? [] : [{ was, router }];
  });
  const [first] = changed;
  if (first === undefined) return [];
  const steps = changed.map(({ was, router }) => `${was.effectivePriority} -> ${router.effectivePriority}`);
  const word = steps.length === 1 ? "priority" : "priorities";
  const { at, because } = reasonFor(first.was, first.router, after);
  return [{ at, who: after.node, text: `${word} ${steps.join(", ")}: ${because}`, tone: "node" }];
}

function reasonFor(
  was: RouterStatus,
  is: RouterStatus,
  report: AgentReport,
): { at: number; because: string } {
  const has = (router: RouterStatus, check: string): boolean =>
    router.adjustments.some((adjustment) => adjustment.check === check);
  const turned = [...was.adjustments, ...is.adjustments].find(
    ({ check }) => has(was, check) !== has(is, check),
  );
  const now = Date.parse(report.now);
  if (turned === undefined) return { at: now, because: "the manifest was changed" };
  const standing = report.checks.find(({ check }) => check === turned.check);
  const said = standing?.because ?? turned.because;
  return { at: standing?.since ?? now, because: `check ${shortName(turned.check)} says ${said}` };
}

function roleEntries(before: Seen, after: AgentReport, topology: Topology): Entry[] {
  return after.speaker.routers.flatMap((router) => {
    const was = routerIn(before, router.name);
    if (was?.role === router.role && was.since === router.since) return [];
    const address = addressOf(router.name, topology);
    const text = roleSentence(was, router, address);
    return text === null ? [] : [{ at: router.since, who: after.node, text, tone: "role" as const }];
  });
}

function roleSentence(was: RouterStatus | null, is: RouterStatus, address: string): string | null {
  const because = simpler(is.because.slice(is.because.indexOf(": ") + 2));
  switch (is.role) {
    case "master":
      return `takes ${address}: ${because}`;
    case "backup":
      return was?.role === "master"
        ? `lets go of ${address}: ${because}`
        : `stands by for ${address}: ${because}`;
    case "fault":
      return `cannot hold ${address}: ${because}`;
    case "initialize":
      return null;
  }
}

/** The speaker's words are for operators of VRRP; these mean the same. */
function simpler(because: string): string {
  return because
    .replace(
      /(\S+) advertised priority (\d+) and was preempted; our priority is (\d+)/,
      "its priority $3 beats the $2 of $1",
    )
    .replace(/(\S+) has resigned; our priority is \d+/, "$1 hands it over")
    .replace(
      /(\S+) has resigned, and the highest of those that are left takes over; our priority is (.+)/,
      "$1 hands it over; its own priority is $2",
    )
    .replace(/(\S+) has fallen silent; our priority is \d+/, "$1 is not heard any more")
    .replace(/nobody else advertises; our priority is (\d+)/, "nobody else holds it; its priority is $1")
    .replace(/(\S+) advertises priority (\d+), (above|below) our (.+)/, "$1 has priority $2, $3 its own $4")
    .replace(
      "listening for a master before taking over; our priority is",
      "listening first; its priority is",
    );
}

function backendEntries(before: Seen, after: AgentReport): Entry[] {
  // Each node watches the web servers; the story tells what the one that serves has seen.
  if (before === null || after.speaker.routers.every(({ role }) => role !== "master")) return [];
  const down = (report: AgentReport): ReadonlySet<string> =>
    new Set(report.checks.filter(isUnwellBackend).map(({ check }) => check));
  const [was, is] = [down(before), down(after)];
  return after.checks.flatMap(({ check, because, since }) => {
    if (was.has(check) === is.has(check)) return [];
    const backend = check.slice(check.indexOf("@") + 1).replace(/:\d+$/, "");
    const text = is.has(check)
      ? `sends no more requests to ${backend}: ${because}`
      : `sends requests to ${backend} again: ${because}`;
    return [{ at: since, who: after.node, text, tone: "node" as const }];
  });
}

const isUnwellBackend = ({ check, verdict }: AgentReport["checks"][number]): boolean =>
  check.includes("@") && verdict === "unhealthy";

const routerIn = (report: Seen, name: string): RouterStatus | null =>
  report?.speaker.routers.find((router) => router.name === name) ?? null;

export const addressOf = (router: string, { virtualIPs }: Topology): string =>
  virtualIPs.find(({ name }) => name === shortName(router))?.addresses[0] ?? router;
