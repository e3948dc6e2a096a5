/** What the API serves: a kind, and how clients call it. */

export type Verb = "create" | "delete" | "deletecollection" | "get" | "list" | "patch" | "update" | "watch";

export interface ApiResource {
  /** Empty for the kinds of Kubernetes' own core group. */
  readonly group: string;
  readonly version: string;
  readonly kind: string;
  readonly plural: string;
  readonly singular: string;
  readonly shortNames: readonly string[];
  readonly categories: readonly string[];
  readonly isNamespaced: boolean;
  readonly verbs: readonly Verb[];
  /** Of `.../NAME/status`; empty: the resource has no status of its own. */
  readonly statusVerbs: readonly Verb[];
}

/** `holdfast.dev/v1alpha1`, or `v1` in the core group. */
export const apiVersionOf = ({ group, version }: ApiResource): string =>
  group === "" ? version : `${group}/${version}`;

/** `virtualips.holdfast.dev`: as messages about an object name its resource. */
export const qualifiedPlural = ({ group, plural }: Pick<ApiResource, "group" | "plural">): string =>
  qualified(plural, group);

/** `VirtualIP.holdfast.dev`: as messages about the content of an object name its kind. */
export const qualifiedKind = ({ group, kind }: ApiResource): string => qualified(kind, group);

const qualified = (name: string, group: string): string => (group === "" ? name : `${name}.${group}`);

export const hasStatus = ({ statusVerbs }: ApiResource): boolean => statusVerbs.length > 0;
