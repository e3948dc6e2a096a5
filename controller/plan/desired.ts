/** The words of planning: what this node is to do, what it knows beyond the resources, and what a resource lacks. */
import type { Check } from "../health/probe.ts";
import { type IpAddress, parseIpPrefix } from "../net/ip.ts";
import type { ProxyModel } from "../nginx/model.ts";
import type { ConditionType } from "../resource/condition.ts";
import {
  formatKey,
  type Kind,
  keyOf,
  type Resource,
  type ResourceKey,
  type ResourceOf,
} from "../resource/meta.ts";
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

export function indexOf(resources: readonly Resource[]): Index {
  const byKey = new Map(resources.map((resource) => [formatKey(keyOf(resource)), resource]));
  const isKind =
    <K extends Kind>(kind: K) =>
    (resource: Resource): resource is Extract<Resource, { kind: K }> =>
      resource.kind === kind;
  const byName = (a: Resource, b: Resource): number => (formatKey(keyOf(a)) < formatKey(keyOf(b)) ? -1 : 1);
  return {
    find: <K extends Kind>(kind: K, namespace: string, name: string) => {
      const found = byKey.get(formatKey({ kind, namespace, name }));
      return found === undefined ? null : (found as ResourceOf<K>);
    },
    all: <K extends Kind>(kind: K) =>
      resources.filter(isKind(kind)).sort(byName) as unknown as readonly ResourceOf<K>[],
  };
}
