/**
 * What is wrong between manifests that are each right by themselves. Of two that contradict each other the later is refused,
 * and the refusal names the place of the other. Pure.
 */

import type { Located } from "../resource/parse.ts";
import type { Rejection } from "../resource/rejection.ts";
import { checkAddresses, checkNames, checkVirtualRouterIDs } from "./cross-check-claims.ts";
import { checkFailover } from "./cross-check-failover.ts";
import { checkGroups } from "./cross-check-groups.ts";
import { checkListeners } from "./cross-check-listeners.ts";
import { ofKind } from "./cross-check-places.ts";
import { checkReferences, checkUse } from "./cross-check-references.ts";

export interface CrossCheck {
  readonly rejections: readonly Rejection[];
  readonly warnings: readonly Rejection[];
}

/**
 * `refused`: what is refused already. A document that is refused is not missing, and one that does not even tell its name may
 * be anything.
 */
export function crossCheck(manifests: readonly Located[], refused: readonly Rejection[] = []): CrossCheck {
  const { sole, rejections } = checkNames(manifests);
  const unreadable = {
    keys: new Set(refused.flatMap(({ resource }) => resource ?? [])),
    isAnybodysGuess: refused.some(({ resource }) => resource === null),
  };
  return {
    rejections: [
      ...rejections,
      ...checkReferences(sole, unreadable),
      ...checkAddresses(sole),
      ...checkVirtualRouterIDs(sole),
      ...checkGroups(sole),
      ...checkListeners(sole),
    ],
    warnings: [...checkUse(sole, unreadable), ...checkFailover(sole)],
  };
}

/** What is wrong with calling a node `node`: an agent that no VirtualIP knows would wait for ever. null when nothing is. */
export function checkNode(node: string, manifests: readonly Located[]): string | null {
  const members = ofKind(manifests, "VirtualIP").flatMap(({ manifest }) => manifest.spec.members);
  const known = [...new Set(members.map((member) => member.node))].sort();
  if (known.includes(node)) return null;
  const others = known.length === 0 ? "there is no VirtualIP" : `they name ${known.join(", ")}`;
  return `no VirtualIP has a member ${JSON.stringify(node)}; ${others}`;
}
