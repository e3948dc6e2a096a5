/** How the interfaces stand that are tracked, from one look at the kernel's tables. Pure: no agent is needed for this. */
import type { Link } from "../port/address-table.ts";
import { interfaceCheck } from "../vrrp/priority.ts";
import type { CheckVerdict, Track } from "../vrrp/virtual-router.ts";

export function interfaceVerdicts(tracks: readonly Track[], links: readonly Link[]): readonly CheckVerdict[] {
  return tracks.flatMap((track) => ("interface" in track ? [verdictOf(track.interface, links)] : []));
}

function verdictOf(name: string, links: readonly Link[]): CheckVerdict {
  const check = interfaceCheck(name);
  const link = links.find((each) => each.name === name);
  if (link === undefined) return { check, verdict: "unhealthy", because: "there is no such interface" };
  return link.isUp
    ? { check, verdict: "healthy", because: "up" }
    : { check, verdict: "unhealthy", because: "down or without carrier" };
}
