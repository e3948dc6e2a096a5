/** Whether an object can have to do with what this node does; most of thousands have not, and a change of them changes nothing here. Pure. */
import { formatKey, keyOf, type Resource } from "../resource/meta.ts";
import type { DesiredNode } from "./desired.ts";

/**
 * `desired`: what the others, with or without it, come to. False: with the object as it is, or with another of its name that
 * does not concern the node either, all that the node does is the same.
 */
export function concerns(resource: Resource, node: string, desired: DesiredNode): boolean {
  if (desired.consulted.has(formatKey(keyOf(resource)))) return true;
  switch (resource.kind) {
    case "HealthCheck":
      return false;
    case "VirtualIP":
      // What a group tracks counts for all of it, also where this node is a member of another one only.
      return (
        resource.spec.group !== undefined || resource.spec.members.some((member) => member.node === node)
      );
    default: {
      const { namespace } = resource.metadata;
      const { virtualIPs } = resource.spec;
      return virtualIPs.length === 0 || virtualIPs.some((name) => desired.own.has(`${namespace}/${name}`));
    }
  }
}
