/** The resources that the API serves: the kinds of ours, and what kubectl wants of the core group. */
import { CATEGORIES, NAMING } from "../resource/crd.ts";
import { API_VERSION, KINDS, type Kind } from "../resource/meta.ts";
import type { ApiResource, Verb } from "./api-resource.ts";

const READING: readonly Verb[] = ["get", "list", "watch"];
const WRITING: readonly Verb[] = ["create", "delete", "deletecollection", "patch", "update"];
const ALL: readonly Verb[] = [...READING, ...WRITING].sort();
const OF_STATUS: readonly Verb[] = ["get", "patch", "update"];

const [GROUP = "", VERSION = ""] = API_VERSION.split("/");

function resourceOf(kind: Kind): ApiResource {
  const { plural, singular, shortName } = NAMING[kind];
  return {
    group: GROUP,
    version: VERSION,
    kind,
    plural,
    singular,
    shortNames: [shortName],
    categories: CATEGORIES,
    isNamespaced: true,
    verbs: ALL,
    statusVerbs: OF_STATUS,
  };
}

/** Ours, by kind. */
export const RESOURCES: { readonly [K in Kind]: ApiResource } = {
  HealthCheck: resourceOf("HealthCheck"),
  VirtualIP: resourceOf("VirtualIP"),
  ProxyPool: resourceOf("ProxyPool"),
};

const core = (
  naming: Pick<ApiResource, "kind" | "plural" | "singular" | "shortNames" | "isNamespaced" | "verbs">,
): ApiResource => ({ group: "", version: "v1", ...naming, categories: [], statusVerbs: [] });

/** What happened, told by the agents. */
export const EVENTS = core({
  kind: "Event",
  plural: "events",
  singular: "event",
  shortNames: ["ev"],
  isNamespaced: true,
  verbs: READING,
});

/** The agents; `kubectl cordon` patches them. */
export const NODES = core({
  kind: "Node",
  plural: "nodes",
  singular: "node",
  shortNames: ["no"],
  isNamespaced: false,
  verbs: [...READING, "patch"].sort() as readonly Verb[],
});

/** There is one; kubectl asks for it before it creates what names one. */
export const NAMESPACES = core({
  kind: "Namespace",
  plural: "namespaces",
  singular: "namespace",
  shortNames: ["ns"],
  isNamespaced: false,
  verbs: READING,
});

/** The kinds of ours as definitions: what asks whether a kind is there, or may be the parent of an ApplySet, looks here. */
export const DEFINITIONS: ApiResource = {
  group: "apiextensions.k8s.io",
  version: "v1",
  kind: "CustomResourceDefinition",
  plural: "customresourcedefinitions",
  singular: "customresourcedefinition",
  shortNames: ["crd", "crds"],
  categories: [],
  isNamespaced: false,
  verbs: READING,
  statusVerbs: [],
};

/** Questions of a client about itself: they are created and answered, never kept. */
const review = (group: string, kind: string, plural: string): ApiResource => ({
  group,
  version: "v1",
  kind,
  plural,
  singular: kind.toLowerCase(),
  shortNames: [],
  categories: [],
  isNamespaced: false,
  verbs: ["create"],
  statusVerbs: [],
});

export const SELF_SUBJECT_REVIEWS = review(
  "authentication.k8s.io",
  "SelfSubjectReview",
  "selfsubjectreviews",
);
/** kubectl 1.27 asks in this version alone. */
export const SELF_SUBJECT_REVIEWS_BETA: ApiResource = { ...SELF_SUBJECT_REVIEWS, version: "v1beta1" };
export const SELF_SUBJECT_ACCESS_REVIEWS = review(
  "authorization.k8s.io",
  "SelfSubjectAccessReview",
  "selfsubjectaccessreviews",
);
export const SELF_SUBJECT_RULES_REVIEWS = review(
  "authorization.k8s.io",
  "SelfSubjectRulesReview",
  "selfsubjectrulesreviews",
);

/** What everybody who is known may ask about themselves. */
export const REVIEWS: readonly ApiResource[] = [
  SELF_SUBJECT_REVIEWS,
  SELF_SUBJECT_ACCESS_REVIEWS,
  SELF_SUBJECT_RULES_REVIEWS,
];

export const API_RESOURCES: readonly ApiResource[] = [
  ...KINDS.map((kind) => RESOURCES[kind]),
  EVENTS,
  NODES,
  NAMESPACES,
  DEFINITIONS,
  ...REVIEWS,
  SELF_SUBJECT_REVIEWS_BETA,
];
