/**
 * One HTTP/1.1 request of which only the status is wanted, on a connection of its own. Where a text is looked for, Node.js's own
 * client does the work (see http-body-probe.ts).
 */
import { httpStatusOf } from "../../health/http-status.ts";
import type { ProbeAnswer } from "../../health/probe.ts";
import { authority } from "../../net/authority.ts";
import type { Millis } from "../../net/time.ts";
import { askTarget } from "./ask-target.ts";
import type { ProbeConnections } from "./probe-connections.ts";
import { type HttpProbe, isExpectedStatus, statusFrom } from "./words.ts";

export function probeHttpStatus(
  connections: ProbeConnections,
  probe: HttpProbe,
  timeout: Millis,
  signal: AbortSignal,
): Promise<ProbeAnswer> {
  const target = authority(probe.host, probe.port);
  const judge = (received: string): ProbeAnswer | null => {
    const status = httpStatusOf(received);
    if (status === "unfinished") return null;
    if (status === "no-http") return { healthy: false, because: `${target} does not speak HTTP` };
    return { healthy: isExpectedStatus(probe, status), because: statusFrom(target, status) };
  };
  return askTarget(connections, probe, { request: requestOf(probe, target), judge }, timeout, signal);
}

/** The schema lets neither blanks nor line breaks into what is written here. */
function requestOf({ method, path, hostHeader }: HttpProbe, target: string): Uint8Array {
  const lines = [`${method} ${path} HTTP/1.1`, `Host: ${hostHeader ?? target}`, "User-Agent: holdfast"];
  return Buffer.from(`${lines.join("\r\n")}\r\nConnection: close\r\n\r\n`, "latin1");
}
