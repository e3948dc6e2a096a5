/** Whether a web server answers as it should, by its status or by a text in its page. */
import type { ProbeAnswer } from "../../health/probe.ts";
import type { Millis } from "../../net/time.ts";
import { probeHttpBody } from "./http-body-probe.ts";
import { probeHttpStatus } from "./http-status-probe.ts";
import type { ProbeConnections } from "./probe-connections.ts";
import type { HttpProbe } from "./words.ts";

export function probeHttp(
  connections: ProbeConnections,
  probe: HttpProbe,
  timeout: Millis,
  signal: AbortSignal,
): Promise<ProbeAnswer> {
  const { expectBody, method } = probe;
  // The answer to HEAD has no body.
  return expectBody === null || method === "HEAD"
    ? probeHttpStatus(connections, probe, timeout, signal)
    : probeHttpBody(probe, expectBody, timeout, signal);
}
