/** What a VirtualIP tracks, and the others of its group with it: for the speaker, for the prober, and what is not there. */
import type { Check } from "../health/probe.ts";
import { type IpAddress, parseIpAddress } from "../net/ip.ts";
import { millis } from "../net/time.ts";
import { keyOf, type ResourceOf } from "../resource/meta.ts";
import type { VirtualIPSpec } from "../resource/virtual-ip.ts";
import { checkOf } from "../vrrp/priority.ts";
import type { Track } from "../vrrp/virtual-router.ts";
import type { Index, Problem } from "./desired.ts";
import { companionsOf } from "./groups.ts";

type VirtualIP = ResourceOf<"VirtualIP">;
type TrackSpec = VirtualIPSpec["track"][number];

/** Each once. Where two of a group disagree about a weight, which validation refuses, the first has its way. */
export function tracksOf(vip: VirtualIP, index: Index): readonly Track[] {
  const tracks = new Map<string, Track>();
  for (const companion of companionsOf(vip, index)) {
    for (const spec of companion.spec.track) {
      const track = trackOf(companion, spec, index);
      if (track !== null && !tracks.has(checkOf(track))) tracks.set(checkOf(track), track);
    }
  }
  return [...tracks.values()];
}

/** A track on a check that does not exist has no effect: deleting a check must not take an address down. */
function trackOf({ metadata }: VirtualIP, spec: TrackSpec, index: Index): Track | null {
  const weight = spec.weight ?? null;
  if (spec.interface !== undefined) return { interface: spec.interface, weight };
  if (spec.gateway !== undefined) return { check: gatewayCheckId(gatewayOf(spec.gateway)), weight };
  const { healthCheck } = spec;
  if (healthCheck === undefined || index.find("HealthCheck", metadata.namespace, healthCheck) === null)
    return null;
  return { check: `${metadata.namespace}/${healthCheck}`, weight };
}

export function unknownTracks(vip: VirtualIP, index: Index): Problem[] {
  return vip.spec.track.flatMap(({ healthCheck }) =>
    healthCheck === undefined || index.find("HealthCheck", vip.metadata.namespace, healthCheck) !== null
      ? []
      : [
          {
            key: keyOf(vip),
            condition: "ReferencesResolved",
            reason: "HealthCheckNotFound",
            message: `spec.track names HealthCheck ${healthCheck}, which does not exist: it has no effect on the priority`,
          },
        ],
  );
}

const GATEWAY_INTERVAL = millis(1_000);
const GATEWAY_FALL = 3;
const GATEWAY_RISE = 2;

/** No namespace begins like this. */
const gatewayCheckId = (gateway: IpAddress): string => `gateway ${gateway}`;

/** The gateways that it tracks, as checks of this node. */
export function gatewayChecks(vip: VirtualIP): readonly Check[] {
  return vip.spec.track.flatMap(({ gateway }) =>
    gateway === undefined ? [] : [gatewayCheck(gatewayOf(gateway))],
  );
}

const gatewayCheck = (gateway: IpAddress): Check => ({
  id: gatewayCheckId(gateway),
  probe: { type: "neighbour", address: gateway },
  interval: GATEWAY_INTERVAL,
  timeout: GATEWAY_INTERVAL,
  fall: GATEWAY_FALL,
  rise: GATEWAY_RISE,
  jitter: 0,
  initialState: "pending",
});

function gatewayOf(text: string): IpAddress {
  const gateway = parseIpAddress(text);
  if (gateway === null) throw new Error(`not an address, though the schema took it: ${text}`);
  return gateway;
}
