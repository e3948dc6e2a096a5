/** The words of planning: what this node is to do, what it knows beyond the resources, and what a resource lacks. */
import type { Check } from "../health/probe.ts";
import { type IpAddress, parseIpPrefix } from "../net/ip.ts";
import type { ProxyModel } from "../nginx/model.ts";
import type { ConditionType } from "../resource/condition.ts";
import { lowerBound } from "../resource/lower-bound.ts";
import type { Kind, Resource, ResourceKey, ResourceOf } from "../resource/meta.ts";
import type { NotifySpec } from "../resource/virtual-ip.ts";
import type { CheckVerdict, VirtualRouter } from "../vrrp/virtual-router.ts";
import type { Drain } from "./drain.ts";

/** What a resource lacks, in the words of its condition. */
export interface Problem {
  readonly key: ResourceKey;
  readonly condition: ConditionType;
  readonly reason: string;
  readonly message: string;
}

/** What the node knows beyond the resources. */
export interface Surroundings {
  readonly node: string;
  /** Contents of the password files that the resources name; an Error's message where one could not be read. */
  readonly passwords: ReadonlyMap<string, { readonly password: string } | { readonly unreadable: string }>;
  /** How the checks stand, by id. */
  readonly verdicts: ReadonlyMap<string, CheckVerdict>;
  readonly nginx: { readonly statusSocket: string; readonly runtimeDir: string };
  /** null: the node is in service. */
  readonly drain: Drain | null;
}

export interface DesiredNode {
  readonly routers: readonly VirtualRouter[];
  /** Routers of ours that cannot be resolved just now, and are to stay as they are. */
  readonly retained: readonly string[];
  /** VirtualIPs of others: a router of ours for one of them is to hand over. */
  readonly departed: readonly string[];
  readonly checks: readonly Check[];
  /** null: no pool is served here, and nginx is not ours to run. */
  readonly proxy: ProxyModel | null;
  /** Whom to tell of each router's transitions, by its name. */
  readonly audiences: ReadonlyMap<string, Audience>;
  readonly problems: readonly Problem[];
  /** Names of the VirtualIPs of which this node is a member. */
  readonly own: ReadonlySet<string>;
  /** What was looked for by name, whether it was there or not; by `formatKey`. */
  readonly consulted: ReadonlySet<string>;
}

/** Whom to tell of a VirtualIP's transitions. */
export interface Audience {
  readonly notify: readonly NotifySpec[];
  readonly addresses: readonly string[];
  /** What it moves together with, in words; null: it moves alone. */
  readonly group: string | null;
}

/** Resources by kind and name, for following references. */
export interface Index {
  find<K extends Kind>(kind: K, namespace: string, name: string): ResourceOf<K> | null;
  all<K extends Kind>(kind: K): readonly ResourceOf<K>[];
}

export const routerName = (vip: ResourceOf<"VirtualIP">): string =>
  `${vip.metadata.namespace}/${vip.metadata.name}`;

/** The addresses of a VirtualIP without their prefix lengths. */
export const addressesOf = (vip: ResourceOf<"VirtualIP">): readonly IpAddress[] =>
  vip.spec.addresses.flatMap((text) => parseIpPrefix(text)?.address ?? []);

/** What comes from a store is in order already, so that next to nothing is done for those that nobody asks for. */
export function indexOf(resources: readonly Resource[]): Index {
  const lists: { readonly [K in Kind]: Resource[] } = { HealthCheck: [], VirtualIP: [], ProxyPool: [] };
  for (const resource of resources) lists[resource.kind].push(resource);
  for (const list of Object.values(lists)) if (!isInOrder(list)) list.sort(byName);
  return {
    find: <K extends Kind>(kind: K, namespace: string, name: string) => {
      const found = findIn(lists[kind], namespace, name);
      return found === null ? null : (found as ResourceOf<K>);
    },
    all: <K extends Kind>(kind: K) => lists[kind] as unknown as readonly ResourceOf<K>[],
  };
}

function byName({ metadata: one }: Resource, { metadata: other }: Resource): number {
  if (one.namespace !== other.namespace) return one.namespace < other.namespace ? -1 : 1;
  return one.name === other.name ? 0 : one.name < other.name ? -1 : 1;
}

const isInOrder = (list: readonly Resource[]): boolean =>
  list.every((each, index) => {
    const before = list[index - 1];
    return before === undefined || byName(before, each) < 0;
  });

function findIn(list: readonly Resource[], namespace: string, name: string): Resource | null {
  const place = lowerBound(list.length, (index) => {
    const metadata = list[index]?.metadata;
    if (metadata === undefined) return false;
    return metadata.namespace === namespace ? metadata.name < name : metadata.namespace < namespace;
  });
  const found = list[place];
  return found?.metadata.name === name && found.metadata.namespace === namespace ? found : null;
}
