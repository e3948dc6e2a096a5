/** What speaks against taking this node out of service, as far as it can be known before a packet is sent. Pure. */
import type { Resource, ResourceOf } from "../resource/meta.ts";
import { OWNER_PRIORITY } from "../vrrp/priority.ts";
import type { RouterStatus } from "../vrrp/virtual-router.ts";
import { indexOf, routerName } from "./desired.ts";
import { type Objection, objection } from "./drain.ts";

export interface DrainSituation {
  readonly node: string;
  readonly resources: readonly Resource[];
  readonly speakerPid: number | null;
  /** Whether the speaker runs what the resources ask for. */
  readonly membershipInForce: boolean;
  readonly routers: readonly RouterStatus[];
  /** Routers that cannot be resolved just now. */
  readonly retained: readonly string[];
}

type VirtualIP = ResourceOf<"VirtualIP">;

/**
 * Empty: nothing that is known. Whether another member is alive and fit no master can know, since backups are silent: that is
 * found out by offering the addresses and serving on until somebody takes them.
 */
export function objectionsTo(situation: DrainSituation): readonly Objection[] {
  const { node, resources } = situation;
  const ours = indexOf(resources)
    .all("VirtualIP")
    .filter(({ spec }) => spec.members.some((member) => member.node === node));
  if (ours.length === 0) return [];
  const ofNode = objectionToNode(situation);
  if (ofNode !== null) return [objection(null, ofNode)];
  return ours.flatMap((vip) => {
    const message = objectionTo(vip, situation);
    return message === null ? [] : [objection(routerName(vip), message)];
  });
}

function objectionToNode({ speakerPid, membershipInForce }: DrainSituation): string | null {
  if (speakerPid === null) return "no speaker is connected, so nothing can be handed over";
  return membershipInForce
    ? null
    : "the speaker is taking over a change of the manifests; try again in a moment";
}

function objectionTo(vip: VirtualIP, { node, routers, retained }: DrainSituation): string | null {
  const { members, vrrp } = vip.spec;
  if (members.every((member) => member.node === node)) return `${node} is its only member`;
  if (members.some((member) => member.node === node && member.priority === OWNER_PRIORITY))
    return `${node} is the owner of its addresses (priority 255), and they stay on its interface`;
  if (retained.includes(routerName(vip)))
    return "its password file cannot be read, so the speaker can be told nothing of it";
  const router = routers.find(({ name }) => name === routerName(vip));
  switch (router?.role) {
    case "master":
      return vrrp.strictRFC ? STRICT : null;
    case "backup":
      return router.master === null ? ELECTION : null;
    case "fault":
      return null;
    default:
      return "the speaker has not begun with it; try again in a moment";
  }
}

const STRICT =
  "with strictRFC a holder lets go at once, and does not serve on until somebody takes over: whether anybody would is not known";
const ELECTION =
  "nobody is heard who holds it, and this node may be about to take over; try again in a moment";
