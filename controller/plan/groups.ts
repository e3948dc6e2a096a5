/** VirtualIPs that move together, and which member each prefers. Pure. */
import { formatKey, keyOf, type ResourceOf } from "../resource/meta.ts";
import { spreadPriority } from "../resource/spread.ts";
import { type Index, routerName } from "./desired.ts";
import { spread } from "./spread.ts";

type VirtualIP = ResourceOf<"VirtualIP">;

/** All that share the decision, itself among them, by name. */
export function companionsOf(vip: VirtualIP, index: Index): readonly VirtualIP[] {
  const { group } = vip.spec;
  if (group === undefined) return [vip];
  return index
    .all("VirtualIP")
    .filter(({ metadata, spec }) => metadata.namespace === vip.metadata.namespace && spec.group === group);
}

/** `gateway, with inside and outside`; null for one that moves alone. */
export function groupInWords(vip: VirtualIP, index: Index): string | null {
  const { group } = vip.spec;
  if (group === undefined) return null;
  const others = companionsOf(vip, index).filter(({ metadata }) => metadata.name !== vip.metadata.name);
  return others.length === 0
    ? group
    : `${group}, with ${others.map(({ metadata }) => metadata.name).join(" and ")}`;
}

/** A group can have the name of a VirtualIP. */
export const fateName = (vip: VirtualIP): string =>
  vip.spec.group === undefined ? routerName(vip) : `${vip.metadata.namespace}/group/${vip.spec.group}`;

export interface PlacedMember {
  readonly node: string;
  /** As the manifest says it, or as it is computed. */
  readonly priority: number;
}

/** In the order of the manifest. */
export function placedMembers(vip: VirtualIP, index: Index): readonly PlacedMember[] {
  const { members } = vip.spec;
  if (vip.spec.placement === "Pinned") return members;
  const order = preference(vip, index);
  return members.map(({ node }) => ({ node, priority: spreadPriority(order.indexOf(node)) }));
}

/** Those are spread together that have the same members. */
function preference(vip: VirtualIP, index: Index): readonly string[] {
  const nodes = nodesOf(vip);
  const alike = index
    .all("VirtualIP")
    .filter(
      (other) =>
        other.metadata.namespace === vip.metadata.namespace &&
        other.spec.placement === "Spread" &&
        nodesOf(other).join() === nodes.join(),
    );
  const order = spread([...new Set(alike.map(fateName))], nodes).get(fateName(vip));
  if (order === undefined) throw new Error(`${formatKey(keyOf(vip))} is not among those of its own members`);
  return order;
}

const nodesOf = ({ spec }: VirtualIP): readonly string[] => spec.members.map(({ node }) => node).sort();
