/** Whether a TCP connection is accepted. */
import type { Probe, ProbeAnswer } from "../../health/probe.ts";
import { authority } from "../../net/authority.ts";
import type { Millis } from "../../net/time.ts";
import { askTarget } from "./ask-target.ts";
import type { ProbeConnections } from "./probe-connections.ts";

type TcpProbe = Extract<Probe, { type: "tcp" }>;

export function probeTcp(
  connections: ProbeConnections,
  probe: TcpProbe,
  timeout: Millis,
  signal: AbortSignal,
): Promise<ProbeAnswer> {
  const because = `${authority(probe.host, probe.port)} accepts connections`;
  const exchange = { request: null, judge: () => ({ healthy: true, because }) };
  return askTarget(connections, probe, exchange, timeout, signal);
}
