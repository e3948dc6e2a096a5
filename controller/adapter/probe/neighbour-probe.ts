/**
 * Whether anybody on a link of this node answers for an address: ARP for IPv4, neighbour discovery for IPv6. A gateway must,
 * or it could not be one, while many drop ICMP echo or answer it only now and then.
 */
import type { Probe, ProbeAnswer } from "../../health/probe.ts";
import { isIpv6 } from "../../net/ip.ts";
import type { Millis } from "../../net/time.ts";
import { type Libc, SystemCallFailure } from "../libc/libc.ts";
import { askByArp } from "./arp-question.ts";
import { askByDiscovery } from "./discovery-question.ts";
import { portsTo } from "./ports.ts";

export async function probeNeighbour(
  libc: Libc,
  { address }: Extract<Probe, { type: "neighbour" }>,
  timeout: Millis,
  signal: AbortSignal,
): Promise<ProbeAnswer> {
  const ports = portsTo(address);
  if (ports === "here") return { healthy: false, because: `${address} is an address of this node itself` };
  if (ports.length === 0)
    return { healthy: false, because: `no interface that is up is in the network of ${address}` };
  try {
    const patience = { timeout, signal };
    return isIpv6(address)
      ? await askByDiscovery(libc, ports, address, patience)
      : await askByArp(libc, ports, address, patience);
  } catch (error) {
    if (!(error instanceof SystemCallFailure)) throw error;
    return { healthy: false, because: `cannot ask for ${address}: ${error.message}` };
  }
}
