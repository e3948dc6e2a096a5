/** What a change of the manifests would do to this node, said beforehand. Pure. */
import { isSame } from "../resource/same.ts";
import type { VirtualRouter } from "../vrrp/virtual-router.ts";
import type { DesiredNode } from "./desired.ts";
import { changesOf, type RouterChange } from "./disruption.ts";

export interface Foreseen {
  /** All that the node would do, one line each. */
  readonly plan: readonly string[];
  /** What of it clients or peers may notice. */
  readonly warnings: readonly string[];
}

export function foreseen(node: string, before: DesiredNode, after: DesiredNode): Foreseen {
  const changes = changesOf(before.routers, after.routers);
  const disturbing = changes.filter(({ disruption }) => disruption !== "no packet");
  const gone = without(before.routers, after.routers).map(
    (name) => `${node} leaves ${name}, handing over first`,
  );
  const joined = without(after.routers, before.routers).map((name) => `${node} takes part in ${name}`);
  const proxy = isSame(before.proxy, after.proxy)
    ? []
    : [`nginx on ${node} gets a new configuration, tested first and reloaded without losing a connection`];
  return {
    plan: [...gone, ...joined, ...changes.map((change) => inWords(node, change)), ...proxy],
    warnings: [...gone, ...disturbing.map((change) => inWords(node, change))],
  };
}

/** Names of routers that only the first have. */
const without = (these: readonly VirtualRouter[], those: readonly VirtualRouter[]): readonly string[] => {
  const known = new Set(those.map(({ name }) => name));
  return [...new Set(these.map(({ name }) => name))].filter((name) => !known.has(name));
};

function inWords(node: string, { router, disruption, fields, cautions }: RouterChange): string {
  const mind = cautions.length === 0 ? "" : `; ${cautions.join("; ")}`;
  return `${router} on ${node}: ${disruption}, because of ${fields.join(", ")}${mind}`;
}
