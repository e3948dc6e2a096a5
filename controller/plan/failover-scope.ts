/**
 * What failover.ts is to judge a VirtualIP by: with a group what all of it tracks counts, and with placement Spread the
 * priorities are those of the ranks, whoever has which.
 */
import { spreadPriority } from "../resource/spread.ts";
import type { VirtualIPSpec } from "../resource/virtual-ip.ts";
import { type FailoverCaution, type FindCheck, failoverCautions } from "./failover.ts";

/** `companions`: the VirtualIPs of its group, itself among them or not. What concerns a track of another is said there. */
export function cautionsOf(
  spec: VirtualIPSpec,
  companions: readonly VirtualIPSpec[],
  find: FindCheck,
): readonly FailoverCaution[] {
  const { track, placement } = spec;
  const own = new Set(track.map(nameOf));
  const others = companions.flatMap((companion) => companion.track).filter((each) => !own.has(nameOf(each)));
  const joined = new Map(others.map((each) => [nameOf(each), each]));
  const members =
    placement === "Spread"
      ? spec.members.map((member, rank) => ({ ...member, priority: spreadPriority(rank) }))
      : spec.members;
  const cautions = failoverCautions({ ...spec, members, track: [...track, ...joined.values()] }, find);
  return cautions.filter(({ path: [, list, index] }) => list !== "track" || Number(index) < track.length);
}

const nameOf = ({ healthCheck, interface: link, gateway }: VirtualIPSpec["track"][number]): string =>
  [healthCheck, link, gateway].join(" ");
