/** What a VirtualIP's status says of this node's part in the election. Pure. */

import { rfc3339 } from "../net/time.ts";
import { formatPath } from "../resource/complaint.ts";
import type { NodeStatus, ResourceOf } from "../resource/meta.ts";
import type { Role, RouterStatus } from "../vrrp/virtual-router.ts";
import { type Index, routerName } from "./desired.ts";
import type { FindCheck } from "./failover.ts";
import { cautionsOf } from "./failover-scope.ts";
import { companionsOf, groupInWords } from "./groups.ts";
import type { Findings, Seen } from "./seen.ts";
import { harmony, pascalCase } from "./status-conflicts.ts";
import type { Scene } from "./status-scene.ts";

/** The words of keepalived's operators, as the status column shows them. */
export const ROLE_NAMES: Readonly<Record<Role, string>> = {
  initialize: "Initialize",
  fault: "Fault",
  backup: "Backup",
  master: "Master",
};

/** A node that is to be out of service is not at fault. */
export function stateName({ role, drain }: RouterStatus): string {
  if (drain === undefined) return ROLE_NAMES[role];
  return drain === "away" ? "Drained" : "Draining";
}

export function routerFindings(vip: ResourceOf<"VirtualIP">, { seen, routers, index }: Scene): Findings {
  const router = routers.get(routerName(vip)) ?? null;
  if (!vip.spec.members.some(({ node }) => node === seen.node)) {
    return { conditions: [notAMember(seen.node)], node: null };
  }
  return {
    conditions: [
      programmed(router, groupInWords(vip, index), seen),
      elected(router),
      ...harmony(router),
      canFailOver(vip, index),
    ],
    node: nodeEntry(vip, router, seen),
  };
}

type Found = Findings["conditions"][number];

const notAMember = (node: string): Found => ({
  type: "Programmed",
  status: "True",
  reason: "NotAMember",
  message: `${node} is not among the members and takes no part`,
});

function programmed(router: RouterStatus | null, group: string | null, seen: Seen): Found {
  const type = "Programmed";
  if (seen.speakerPid === null) {
    return { type, status: "Unknown", reason: "NoSpeaker", message: "no speaker process is connected" };
  }
  if (router === null || !seen.membershipInForce) {
    return {
      type,
      status: "Unknown",
      reason: "Progressing",
      message: "the speaker has not taken this over yet",
    };
  }
  const [problem] = router.problems;
  if (problem !== undefined) {
    const message = router.problems.map((each) => each.message).join("; ");
    return { type, status: "False", reason: pascalCase(problem.code), message };
  }
  const together = group === null ? "" : `, in group ${group}`;
  return { type, status: "True", reason: "Converged", message: `the speaker runs this VirtualIP${together}` };
}

function elected(router: RouterStatus | null): Found {
  const type = "Elected";
  if (router === null) return { type, status: "Unknown", reason: "Unknown", message: "no role yet" };
  switch (router.role) {
    case "master":
      return router.drain === undefined
        ? { type, status: "True", reason: "Master", message: "this node holds the addresses" }
        : { type, status: "True", reason: "Draining", message: router.because };
    case "backup":
      return router.master === null
        ? { type, status: "Unknown", reason: "NoMasterHeard", message: "no master has been heard yet" }
        : { type, status: "True", reason: "Backup", message: `${router.master.address} holds the addresses` };
    default:
      return { type, status: "False", reason: stateName(router), message: router.because };
  }
}

/** What `holdfast validate` warns of. It says what will not happen one day, and nothing of how things stand. */
function canFailOver(vip: ResourceOf<"VirtualIP">, index: Index): Found {
  const type = "CanFailOver";
  const { namespace } = vip.metadata;
  const group = companionsOf(vip, index).map(({ spec }) => spec);
  const find: FindCheck = (name) => index.find("HealthCheck", namespace, name)?.spec ?? null;
  const [first, ...others] = cautionsOf(vip.spec, group, find);
  if (first === undefined) {
    const message = "every check that fails on the holder can make another member the holder";
    return { type, status: "True", reason: "EveryCheckCounts", message };
  }
  const message = [first, ...others].map(({ path, message: why }) => `${formatPath(path)} ${why}`).join("; ");
  return { type, status: "False", reason: first.reason, message };
}

function nodeEntry(vip: ResourceOf<"VirtualIP">, router: RouterStatus | null, seen: Seen): NodeStatus | null {
  if (router === null) return null;
  const holder = holderOf(vip, router, seen);
  return {
    node: seen.node,
    state: stateName(router),
    priority: router.effectivePriority,
    ...(holder === null ? {} : { holder }),
    since: rfc3339(router.since),
    why: router.because,
  };
}

/** By name where the manifest tells which member has the address that is heard; null: nobody is known to hold anything. */
function holderOf(vip: ResourceOf<"VirtualIP">, { role, master }: RouterStatus, seen: Seen): string | null {
  if (role === "master") return seen.node;
  if (master === null) return null;
  const member = vip.spec.members.find(
    ({ address, addressV6 }) => address === master.address || addressV6 === master.address,
  );
  return member?.node ?? master.address;
}
