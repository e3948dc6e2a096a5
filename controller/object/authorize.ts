/** Who may do what at the API. What is not named here is for admins alone. */

import type { ApiResource } from "./api-resource.ts";
import { EVENTS, NAMESPACES, NODES, RESOURCES, REVIEWS } from "./api-resources.ts";
import type { Identity, Role } from "./identity.ts";
import { forbiddenPath, forbiddenTo, type Refusal } from "./refusal.ts";

/** What a request is about, in the words of a SelfSubjectAccessReview. */
export interface Attempt {
  readonly verb: string;
  readonly group: string;
  /** `virtualips`, `nodes`, `events`. */
  readonly resource: string;
  /** `status`; empty: none. */
  readonly subresource: string;
  /** Empty: in none, or in all. */
  readonly namespace: string;
  /** Empty: of the whole collection, or of what is yet to be named. */
  readonly name: string;
}

/** Verbs on resources and subresources of one group, as in the rules of Kubernetes' roles. `*`: all. */
export interface Rule {
  readonly verbs: readonly string[];
  readonly group: string;
  /** `virtualips`, `virtualips/status`. */
  readonly resources: readonly string[];
}

const READING = ["get", "list", "watch"];
const WRITING = ["create", "update", "patch", "delete", "deletecollection"];
const OURS = Object.values(RESOURCES);

const plurals = (resources: readonly ApiResource[]): string[] => resources.map(({ plural }) => plural);
const statuses = (resources: readonly ApiResource[]): string[] =>
  resources.map(({ plural }) => `${plural}/status`);
const ruleFor = (verbs: readonly string[], resources: readonly ApiResource[], paths: readonly string[]) => ({
  verbs,
  group: resources[0]?.group ?? "",
  resources: paths,
});

const FOR_EVERYBODY: readonly Rule[] = REVIEWS.map((review) =>
  ruleFor(["create"], [review], [review.plural]),
);

/** A list of what may be seen, not of what may not: what the API comes to serve later is closed until it is put here. */
const FOR_VIEWERS: readonly Rule[] = [
  ...FOR_EVERYBODY,
  ruleFor(READING, OURS, [...plurals(OURS), ...statuses(OURS)]),
  ruleFor(READING, [EVENTS], [...plurals([EVENTS, NODES, NAMESPACES]), "nodes/status", "pods", "pods/log"]),
];

/** Neither a node, which an admin takes out of service, nor a status, which is the agent's to write. */
const FOR_EDITORS: readonly Rule[] = [...FOR_VIEWERS, ruleFor(WRITING, OURS, plurals(OURS))];

const FOR_ADMINS: readonly Rule[] = [{ verbs: ["*"], group: "*", resources: ["*"] }];

const RULES: Readonly<Record<Role, readonly Rule[]>> = {
  viewer: FOR_VIEWERS,
  editor: FOR_EDITORS,
  admin: FOR_ADMINS,
};

export const rulesOf = (role: Role): readonly Rule[] => RULES[role];

export function isAllowed(role: Role, attempt: Omit<Attempt, "namespace" | "name">): boolean {
  const { verb, group, resource, subresource } = attempt;
  const path = subresource === "" ? resource : `${resource}/${subresource}`;
  return RULES[role].some(
    (rule) => covers(rule.verbs, verb) && covers([rule.group], group) && covers(rule.resources, path),
  );
}

const covers = (allowed: readonly string[], asked: string): boolean =>
  allowed.includes("*") || allowed.includes(asked);

/** null: go on. */
export const authorize = (identity: Identity, attempt: Attempt): Refusal | null =>
  isAllowed(identity.role, attempt) ? null : forbiddenAttempt(identity, attempt);

function forbiddenAttempt({ name: user }: Identity, attempt: Attempt): Refusal {
  const { verb, group, resource, subresource, namespace, name } = attempt;
  const path = subresource === "" ? resource : `${resource}/${subresource}`;
  const place = namespace === "" ? "at the cluster scope" : `in the namespace ${quote(namespace)}`;
  const why = `User ${quote(user)} cannot ${verb} resource ${quote(path)} in API group ${quote(group)} ${place}`;
  return forbiddenTo({ group, plural: resource }, name, why);
}

/** Go's %q, of which JSON is the same for all that occurs in names. */
const quote = (text: string): string => JSON.stringify(text);

/** Probes know no password. They are told whether we are well, and nothing else. */
const ANONYMOUS_PATHS = ["/healthz", "/livez", "/readyz"];

export const isAnonymousPath = (path: string): boolean => ANONYMOUS_PATHS.includes(path);

/** What kubectl asks before it knows a resource; each covers what lies below it. */
const DISCOVERY_PATHS = ["/api", "/apis", "/openapi", "/version", ...ANONYMOUS_PATHS];

export const readablePaths = (): readonly string[] =>
  DISCOVERY_PATHS.flatMap((path) => (isAnonymousPath(path) ? [path] : [path, `${path}/*`]));

export function isPathAllowed(role: Role, verb: string, path: string): boolean {
  if (role === "admin") return true;
  return (
    verb === "get" &&
    readablePaths().some(
      (each) => each === path || (each.endsWith("/*") && path.startsWith(each.slice(0, -1))),
    )
  );
}

/** Of a URL that is no resource. null: go on. */
export const authorizePath = (identity: Identity, verb: string, path: string): Refusal | null =>
  isPathAllowed(identity.role, verb, path)
    ? null
    : forbiddenPath(`User ${quote(identity.name)} cannot ${verb} path ${quote(path)}`);
