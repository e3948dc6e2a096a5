/**
 * Which settings of a VirtualIP keep it from ever failing over: the election is run over all that its checks can say, for each
 * member as the master. Pure.
 *
 * A member's checks are asked on the member itself, so its priority depends on its own answers alone. It is a sum of one
 * choice per weight, and there are few different sums: all outcomes are covered, however many checks there are.
 */
import type { FieldPath } from "../resource/complaint.ts";
import type { HealthCheckSpec } from "../resource/health-check.ts";
import type { VirtualIPSpec } from "../resource/virtual-ip.ts";
import { bestPriority, clampPriority, OWNER_PRIORITY } from "../vrrp/priority.ts";
import { reachableSums, type Sums } from "./sums.ts";

export interface FailoverCaution {
  /** For programs. */
  readonly reason: "WeightNeverMatters" | "MasterNeverYields" | "OrderIsLost" | "NeverFit";
  readonly path: FieldPath;
  /** What can never happen, why, and what to do. */
  readonly message: string;
}

/** The check of this name in the namespace of the VirtualIP; null where there is none. */
export type FindCheck = (name: string) => HealthCheckSpec | null;

type Member = VirtualIPSpec["members"][number];

export function failoverCautions(spec: VirtualIPSpec, find: FindCheck): readonly FailoverCaution[] {
  const useless = uselessWeights(spec);
  const isAllUseless = useless.length > 0 && useless.length === weightsOf(spec).length;
  return [
    ...neverFit(spec, find),
    ...useless,
    // Where no weight matters nobody yields to one, and to say so once is enough.
    ...(isAllUseless ? [] : stuckMasters(spec)),
    ...lostOrder(spec),
  ];
}

const weightsOf = ({
  track,
}: VirtualIPSpec): readonly { readonly index: number; readonly weight: number }[] =>
  track.flatMap(({ weight }, index) => (weight === undefined ? [] : [{ index, weight }]));

/** The owner of the addresses has one priority, whatever its checks say. */
const ordinaryMembers = ({ members }: VirtualIPSpec): readonly Member[] =>
  members.filter(({ priority }) => priority !== OWNER_PRIORITY);

/** A weight matters if for any member, any answers of its other checks and any one rival it can change who is ahead. */
function uselessWeights(spec: VirtualIPSpec): FailoverCaution[] {
  const weights = weightsOf(spec);
  const all = reachableSums(weights.map(({ weight }) => weight));
  const contests = ordinaryMembers(spec).map(({ node, priority }) => {
    const rivals = spec.members.filter((member) => member.node !== node);
    return { priority, rivals: rivalsUpTo(rivals, all) };
  });
  return weights.flatMap(({ index, weight }) => {
    const others = reachableSums(weights.filter((each) => each.index !== index).map((each) => each.weight));
    if (contests.some((contest) => canOvertake(contest, weight, others))) return [];
    const path = ["spec", "track", index, "weight"];
    return [
      { reason: "WeightNeverMatters", path, message: `can never change who is elected: ${whyUseless(spec)}` },
    ];
  });
}

function whyUseless(spec: VirtualIPSpec): string {
  const { members } = spec;
  if (members.length === 1) return "there is only one member";
  const worst = weightsOf(spec).reduce((sum, { weight }) => sum + Math.abs(weight), 0);
  const gap = smallestGap(members.map(({ priority }) => priority));
  if (worst < gap)
    return `no two priorities are less than ${gap} apart, and all weights together make ${worst}; leave it out to make a failing check mean FAULT`;
  return "no priority lies between those that a member has with it and without it; leave it out to make a failing check mean FAULT";
}

function smallestGap(priorities: readonly number[]): number {
  const sorted = [...priorities].sort((a, b) => a - b);
  return Math.min(...sorted.slice(1).map((priority, index) => priority - (sorted[index] ?? 0)));
}

interface Contest {
  readonly priority: number;
  /** By priority: how many priorities up to it a rival can have. */
  readonly rivals: readonly number[];
}

/** Between equals the address decides, so to draw level may be enough. */
function canOvertake({ priority, rivals }: Contest, weight: number, others: Sums): boolean {
  return others.some((sum) => {
    const one = clampPriority(priority + sum);
    const other = clampPriority(priority + sum + weight);
    const below = rivals[Math.min(one, other) - 1] ?? 0;
    return one !== other && (rivals[Math.max(one, other)] ?? 0) > below;
  });
}

function rivalsUpTo(members: readonly Member[], sums: Sums): readonly number[] {
  const possible = new Set(
    members.flatMap(({ priority }) =>
      priority === OWNER_PRIORITY ? [OWNER_PRIORITY] : sums.map((sum) => clampPriority(priority + sum)),
    ),
  );
  let count = 0;
  return Array.from({ length: OWNER_PRIORITY + 1 }, (_, priority) => {
    if (possible.has(priority)) count++;
    return count;
  });
}

/**
 * A member that stays master while all its checks with a weight fail and all is well with the others. With preemption it goes
 * when another has more; without, by resigning, when its own falls below what another has at best; and by the letter of the
 * RFC nobody resigns for that.
 */
function stuckMasters(spec: VirtualIPSpec): FailoverCaution[] {
  const weights = weightsOf(spec);
  const members = ordinaryMembers(spec);
  if (weights.length === 0 || members.length < 2) return [];
  const { preempt, strictRFC } = spec.vrrp;
  if (!preempt && strictRFC) {
    const path = ["spec", "vrrp", "preempt"];
    const message = `false together with strictRFC: true means that no master ever gives up the addresses for a check with a weight; ${REMEDY}, or allow preemption`;
    return [{ reason: "MasterNeverYields", path, message }];
  }
  const loss = weights.reduce((sum, { weight }) => sum + Math.min(0, weight), 0);
  return members.flatMap((member): FailoverCaution[] => {
    const worst = clampPriority(member.priority + loss);
    const best = bestOf(
      spec,
      members.filter((each) => each !== member),
    );
    if (worst < best) return [];
    const path = ["spec", "members", spec.members.indexOf(member), "priority"];
    const message = `${member.node} keeps the addresses even while all its checks with a weight fail: it then has ${worst}, and no other member has more than ${best}; ${REMEDY}, or let the weights together make more than ${member.priority - best}`;
    return [{ reason: "MasterNeverYields", path, message }];
  });
}

const REMEDY = "leave the weights out, so that a failing check means FAULT";

const bestOf = ({ track }: VirtualIPSpec, members: readonly Member[]): number =>
  Math.max(...members.map(({ priority }) => bestPriority(priority, tracksOf(track))));

const tracksOf = (track: VirtualIPSpec["track"]) => track.map(({ weight }) => ({ weight: weight ?? null }));

/** Positive weights that lift two members to the highest priority there is: their own order is then gone. */
function lostOrder(spec: VirtualIPSpec): FailoverCaution[] {
  const firsts = new Map<number, Member>();
  return ordinaryMembers(spec).flatMap((member): FailoverCaution[] => {
    const best = bestOf(spec, [member]);
    const first = firsts.get(best);
    if (first === undefined) firsts.set(best, member);
    if (first === undefined || first.priority === member.priority) return [];
    const path = ["spec", "members", spec.members.indexOf(member), "priority"];
    const message = `does not count while all checks are healthy: ${first.node} and ${member.node} then both have ${best}, the highest there is, and the higher address wins; choose smaller priorities or weights`;
    return [{ reason: "OrderIsLost", path, message }];
  });
}

/** Two checks without weight that are never both healthy: one wants a file to be there, the other wants it not to be. */
function neverFit({ track }: VirtualIPSpec, find: FindCheck): FailoverCaution[] {
  const wanted = new Map<string, { readonly name: string; readonly expect: string }>();
  return track.flatMap(({ healthCheck, weight }, index): FailoverCaution[] => {
    const file = weight === undefined && healthCheck !== undefined ? find(healthCheck)?.file : undefined;
    if (file === undefined || healthCheck === undefined) return [];
    const other = wanted.get(file.path);
    if (other === undefined) wanted.set(file.path, { name: healthCheck, expect: file.expect });
    if (other === undefined || other.expect === file.expect) return [];
    const path = ["spec", "track", index, "healthCheck"];
    const message = `${healthCheck} is never healthy together with ${other.name}, since one wants ${file.path} to be there and the other wants it not to be: no member can ever be master`;
    return [{ reason: "NeverFit", path, message }];
  });
}
