/** What every resource has around its spec, after the Kubernetes API conventions. */
import type { Condition } from "./condition.ts";
import type { HealthCheckSpec } from "./health-check.ts";
import type { ProxyPoolSpec } from "./proxy-pool.ts";
import type { VirtualIPSpec } from "./virtual-ip.ts";

export const API_VERSION = "holdfast.dev/v1alpha1";
export const DEFAULT_NAMESPACE = "default";
export const KINDS = ["HealthCheck", "VirtualIP", "ProxyPool"] as const;
export type Kind = (typeof KINDS)[number];

export interface ObjectMeta {
  readonly name: string;
  readonly namespace: string;
  readonly uid: string;
  /** Grows by one with each change of the spec, and only then. */
  readonly generation: number;
  /** Opaque to clients; grows with every write to the store. */
  readonly resourceVersion: string;
  /** RFC 3339. */
  readonly creationTimestamp: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
  /** Who must be done with the object before it may go. */
  readonly finalizers?: readonly string[];
  /** RFC 3339: deleted by somebody, and kept for the sake of its finalizers. */
  readonly deletionTimestamp?: string;
  readonly deletionGracePeriodSeconds?: number;
  /** Who set which field; of the form that the Kubernetes API prescribes, and read only by what implements it. */
  readonly managedFields?: readonly unknown[];
}

export interface SpecOf {
  readonly HealthCheck: HealthCheckSpec;
  readonly VirtualIP: VirtualIPSpec;
  readonly ProxyPool: ProxyPoolSpec;
}

/** One entry per node, written only by that node. */
export interface NodeStatus {
  readonly node: string;
  /** One word for a table: `Master`, `Backup`, `Fault`, `Healthy`, `Programmed`, ... */
  readonly state: string;
  /** Effective VRRP priority; absent for other kinds. */
  readonly priority?: number;
  /** Who holds the addresses of a VirtualIP as this node hears it: a node, or an address that no member is known by. */
  readonly holder?: string;
  /** RFC 3339. */
  readonly since: string;
  /** Why it is so, in words that an operator can act on. */
  readonly why: string;
}

export interface ResourceStatus {
  readonly observedGeneration: number;
  readonly conditions: readonly Condition[];
  readonly nodes: readonly NodeStatus[];
}

export interface ResourceOf<K extends Kind> {
  readonly apiVersion: typeof API_VERSION;
  readonly kind: K;
  readonly metadata: ObjectMeta;
  readonly spec: SpecOf[K];
  readonly status?: ResourceStatus;
}

/** A union that TypeScript narrows by `kind`. */
export type Resource = { readonly [K in Kind]: ResourceOf<K> }[Kind];

/** What a manifest says before the store has given it an identity. */
export interface ManifestOf<K extends Kind> {
  readonly apiVersion: typeof API_VERSION;
  readonly kind: K;
  readonly metadata: {
    readonly name: string;
    readonly namespace: string;
    readonly labels?: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
  };
  readonly spec: SpecOf[K];
}
export type Manifest = { readonly [K in Kind]: ManifestOf<K> }[Kind];

export interface ResourceKey {
  readonly kind: Kind;
  readonly namespace: string;
  readonly name: string;
}

/** `VirtualIP/default/web`: how a resource is named in logs, messages and maps. */
export const formatKey = (key: ResourceKey): string => `${key.kind}/${key.namespace}/${key.name}`;

/** The same as comparing what `formatKey` makes of both, which costs more. */
export const hasKey = ({ kind, metadata }: Resource | Manifest, key: ResourceKey): boolean =>
  metadata.name === key.name && kind === key.kind && metadata.namespace === key.namespace;

export const keyOf = (object: Resource | Manifest): ResourceKey => ({
  kind: object.kind,
  namespace: object.metadata.namespace,
  name: object.metadata.name,
});
