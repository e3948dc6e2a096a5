/** Asks a target, which is an address or a name, and puts what came of it into words. */
import { lookup } from "node:dns";
import type { ProbeAnswer } from "../../health/probe.ts";
import { authority } from "../../net/authority.ts";
import { type IpAddress, parseIpAddress } from "../../net/ip.ts";
import { type Millis, millis } from "../../net/time.ts";
import { unreachable } from "../../net/unreachable.ts";
import { formatDuration } from "../../resource/duration.ts";
import type { Exchange, Outcome, ProbeConnections, Unanswered } from "./probe-connections.ts";
import { connectionFailure, hungUp } from "./words.ts";

interface Target {
  readonly host: string;
  readonly port: number;
}

export async function askTarget(
  connections: ProbeConnections,
  { host, port }: Target,
  exchange: Exchange,
  timeout: Millis,
  signal: AbortSignal,
): Promise<ProbeAnswer> {
  const address = parseIpAddress(host);
  const outcome =
    address === null
      ? await askByName(connections, { host, port }, exchange, timeout, signal)
      : await connections.ask({ address, port }, exchange, timeout, signal);
  if (outcome.type === "answered") return outcome.answer;
  return { healthy: false, because: inWords(outcome, authority(host, port), timeout) };
}

/** Each of its addresses in turn, until a connection is made; as one, they have no more time than one. */
async function askByName(
  connections: ProbeConnections,
  { host, port }: Target,
  exchange: Exchange,
  timeout: Millis,
  signal: AbortSignal,
): Promise<Outcome> {
  const end = performance.now() + timeout;
  const found = await lookUp(host, timeout, signal);
  if ("type" in found) return found;
  let outcome: Outcome = { type: "failed", code: "ENOTFOUND", message: "it has no address" };
  for (const address of found) {
    const rest = millis(end - performance.now());
    outcome = await connections.ask({ address, port }, exchange, rest, signal);
    if (outcome.type !== "failed") break;
  }
  return outcome;
}

function lookUp(
  host: string,
  timeout: Millis,
  signal: AbortSignal,
): Promise<readonly IpAddress[] | Unanswered> {
  return new Promise((resolve) => {
    const end = (found: readonly IpAddress[] | Unanswered): void => {
      clearTimeout(timer);
      signal.removeEventListener("abort", abort);
      resolve(found);
    };
    const abort = (): void => end({ type: "called-off" });
    // Nothing ends a look-up that is under way; its answer comes to nobody.
    const timer = setTimeout(() => end({ type: "late" }), timeout);
    signal.addEventListener("abort", abort, { once: true });
    lookup(host, { all: true }, (error, addresses) => {
      if (error === null) end(addresses.flatMap(({ address }) => parseIpAddress(address) ?? []));
      else end({ type: "failed", code: error.code, message: error.message });
    });
  });
}

function inWords(outcome: Unanswered, target: string, timeout: Millis): string {
  switch (outcome.type) {
    case "failed":
      return connectionFailure(target, outcome);
    case "closed":
      return hungUp(target);
    case "late":
      return `no answer from ${target} within ${formatDuration(timeout)}`;
    case "called-off":
      return "called off";
    default:
      return unreachable(outcome);
  }
}
